"""Becoming an actor, as PostgreSQL is told: the statements of `acting.sql` and the values they take.

`BECOME` and `BECOME_FOR_REQUEST` are for libpq, which counts parameters; `become` is for a psycopg connection.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from sahne.database.actor import SERVICE, Actor
from sahne.database.parameters import numbered
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "acting.sql")
BECOME, _ = numbered(QUERIES["become"])
BECOME_FOR_REQUEST, _ = numbered(QUERIES["become_for_request"])


class Bounds(NamedTuple):
    """What a transaction may: how long a statement runs, as PostgreSQL reads it, and whether it writes."""

    timeout: str
    read_only: str

    @classmethod
    def of(cls, statement_seconds_max: float, *, read_only: bool = False) -> Bounds:
        """From seconds."""
        return cls(f"{int(statement_seconds_max * 1000)}ms", "on" if read_only else "off")


class RequestFacts(NamedTuple):
    """What functions may ask of a request (`current_setting('request.method')` …); `headers`, `cookies`: JSON."""

    method: bytes
    path: bytes
    headers: bytes
    cookies: bytes = b"{}"


def who(role: str, claims: str, bounds: Bounds) -> tuple[bytes, ...]:
    """The parameters of `BECOME`; with a request's facts behind them, those of `BECOME_FOR_REQUEST`."""
    return (role.encode(), claims.encode(), bounds.timeout.encode(), bounds.read_only.encode())


async def become(conn: AsyncConnection[Any], actor: Actor, bounds: Bounds) -> None:
    """Until the transaction under way ends."""
    await conn.execute(QUERIES["become"], {"role": actor.role, "claims": actor.claims} | bounds._asdict())


async def become_service_for_session(conn: AsyncConnection[Any], search_path: str) -> None:
    """As long as the connection lasts, whose session nobody else may share; names are looked for in `search_path`."""
    parameters = {"role": SERVICE.role, "claims": SERVICE.claims, "search_path": search_path}
    await conn.execute(QUERIES["become_for_session"], parameters)
    await conn.commit()
