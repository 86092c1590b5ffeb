"""One question to a connection in one await: its one row, the row it may have, or all of them."""

from __future__ import annotations

from typing import TypeVar

from psycopg import AsyncConnection
from psycopg.abc import Params, QueryNoTemplate

Row = TypeVar("Row")


async def one(conn: AsyncConnection[Row], query: QueryNoTemplate, params: Params | None = None) -> Row:
    """The row of a question that always has one.

    Raises:
        LookupError: it had none, so the question was not of that kind.
    """
    row = await maybe(conn, query, params)
    if row is None:
        raise LookupError("a question that always has an answer had none")
    return row


async def maybe(conn: AsyncConnection[Row], query: QueryNoTemplate, params: Params | None = None) -> Row | None:
    """The first row, if there is any."""
    cursor = await conn.execute(query, params)
    return await cursor.fetchone()


async def every(conn: AsyncConnection[Row], query: QueryNoTemplate, params: Params | None = None) -> list[Row]:
    """All rows."""
    cursor = await conn.execute(query, params)
    return await cursor.fetchall()
