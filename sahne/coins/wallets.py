"""A user's coins: balance, grants, statement, earnings.

`conn` is a transaction as `service_role`; coins are whole numbers. Money moves only inside the
database's functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.fetch import every, one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)

Answer = dict[str, Any]

STATEMENT_ROWS_MAX = 100
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a grant did: `granted` is false when its key had been used for the same grant before."""

    balance: int
    granted: bool


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `queries.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer


async def read_balance(pipeline: Pipeline, actor: Actor) -> int:
    """Coins the actor can spend now, asked for in one round trip; 0 for somebody who never had any."""
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES["read_balance"], {"user_id": actor.user_id})
    return int(result.value() or 0)


async def grant_coins(conn: Connection, user_id: UUID, amount: int, key: str) -> Grant:
    """Give `amount` > 0 coins once per `key` (1 to 200 characters, over all users).

    Raises:
        Refused: `unprocessable`, `idempotency_key_required` or `idempotency_key_reused`.
    """
    values = {"user_id": user_id, "amount": amount, "key": key}
    with refusals():
        answer = (await one(conn, QUERIES["grant_coins"], values))["answer"]
    return Grant(balance=answer["balance"], granted=answer["granted"])


async def list_transactions(
    conn: Connection, user_id: UUID, *, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The statement, newest first: `{entry_id, id, kind, amount, reference_type, reference_id, created_at}`.

    `amount` is what the user's wallet gained or lost. Go on with `before` = the last `entry_id`.
    """
    values = {"user_id": user_id, "before": before, "limit": max(1, min(limit, STATEMENT_ROWS_MAX))}
    return await every(conn, QUERIES["list_transactions"], values)


async def read_earnings(conn: Connection, user_id: UUID, *, since: datetime = BEGINNING) -> dict[str, Any]:
    """Net coins a creator was credited since a moment: `{total, by_kind: {kind: {coins, transactions}}}`."""
    values = {"user_id": user_id, "since": since}
    rows = await every(conn, QUERIES["read_earnings"], values)
    by_kind = {row["kind"]: {"coins": row["coins"], "transactions": row["transactions"]} for row in rows}
    return {"total": sum(row["coins"] for row in rows), "by_kind": by_kind}
