"""When what happens by the clock last ended well, kept for whoever watches from outside."""

from __future__ import annotations

from typing import Literal

from sahne.database.fetch import every
from sahne.database.pool import Connection
from sahne.jobs.defer import QUERIES

Step = Literal["backup", "drill"]


async def note_end(conn: Connection, step: Step) -> None:
    """This one did, now."""
    await conn.execute(QUERIES["note_end"], {"step": step})


async def last_ends(conn: Connection) -> dict[str, float]:
    """When each did, in Unix seconds; one that never did is not among them."""
    return {row["step"]: row["ended_at"] for row in await every(conn, QUERIES["last_ends"])}
