"""How PostgreSQL would answer a statement for somebody: under their role and claims, and nothing of it stays."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncConnection

from sahne.database.acting import Bounds, become
from sahne.database.actor import Actor
from sahne.database.reach import CONNECT_SECONDS_MAX, unreachable
from sahne.errors import InvalidRequest


class NotExplained(InvalidRequest):
    """PostgreSQL does not plan this statement for whoever asks."""

    code = "not_explained"


async def explain(url: str, actor: Actor, statement: str, *, as_json: bool, runs: bool, seconds_max: float) -> Any:
    """The plan's text, or the JSON it is. With `runs` the statement is carried out and rolled back.

    Raises:
        DatabaseUnreachable
        NotExplained: it is no one statement, names what is not there, may not be asked, or takes too long.
    """
    try:
        conn = await AsyncConnection.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne")
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
    async with conn:
        try:
            await become(conn, actor, Bounds.of(seconds_max))
            # prepared, because a prepared statement is one statement: none behind it can commit
            options = f"format {'json' if as_json else 'text'}{', analyze, buffers' if runs else ''}"
            asked = f"explain ({options}) {statement}".encode()
            rows = await (await conn.execute(asked, prepare=True)).fetchall()
        except psycopg.DatabaseError as error:
            said = error.diag
            raise NotExplained(details=said.message_primary or str(error), hint=said.message_hint) from error
        finally:
            await conn.rollback()
    return rows[0][0] if as_json else "\n".join(str(row[0]) for row in rows)
