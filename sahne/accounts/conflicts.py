"""Two accounts meet: somebody wants an address, a number or an identity for one that another has.

They never become one by themselves. Who wants it is refused, or told nothing where that would say who has an account;
an admin sees both with what they hold, and decides by hand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

from sahne.accounts.identity_errors import AccountsMeet
from sahne.accounts.transaction import accounts_transaction
from sahne.database.actor import ANONYMOUS, Actor
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection, Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "conflicts.sql")

Kind = Literal["identity", "email", "phone"]
Answer = dict[str, Any]


async def note_conflict(
    conn: Connection, kind: Kind, *, wanted_by: UUID | None, held_by: UUID, provider: str = ""
) -> None:
    """Somebody wants what another has; nobody, where a newcomer was not let in."""
    values = {"kind": kind, "provider": provider, "wanted_by": wanted_by, "held_by": held_by}
    await conn.execute(QUERIES["note_account_conflict"], values)


@asynccontextmanager
async def conflicts_noted(database: Database) -> AsyncIterator[None]:
    """Whoever is refused within because another has it is noted, after the refusal undid everything else."""
    try:
        yield
    except AccountsMeet as error:
        if error.held_by is not None:
            async with accounts_transaction(database, ANONYMOUS) as conn:
                wanted_by, held_by, provider = error.wanted_by, error.held_by, error.provider
                await note_conflict(conn, error.kind, wanted_by=wanted_by, held_by=held_by, provider=provider)
        raise


async def read_conflicts(pipeline: Pipeline, actor: Actor, after: int | None, limit: int, *, is_open: bool) -> Answer:
    """`{"conflicts": [row with both accounts, …]}`, the oldest first."""
    return await _say(pipeline, actor, "read_account_conflicts", is_open=is_open, after=after, limit=limit)


async def settle_conflict(pipeline: Pipeline, actor: Actor, conflict_id: UUID, note: str) -> Answer:
    """`{"conflict": row with both accounts}`, settled."""
    return await _say(pipeline, actor, "settle_account_conflict", conflict_id=conflict_id, note=note)


async def _say(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
