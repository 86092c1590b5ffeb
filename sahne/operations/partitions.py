"""The monthly partitions of `analytics_events` (ruling S9): seen, made ahead, put in order, dropped by age.

Every verb runs as `service_role`; the partitions themselves are the database's own affair and nobody's to touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.telemetry import observe

AHEAD_MONTHS_MAX = 120

QUERIES = load_queries(__package__, "partitions.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition: it holds `from_time` ≤ `created_at` < `to_time`; both are None for the default one.

    `events_about` is what PostgreSQL's statistics say, `bytes` are the table's with its indexes.
    """

    name: str
    from_time: datetime | None
    to_time: datetime | None
    bytes: int
    events_about: int


@dataclass(frozen=True, slots=True)
class Astray:
    """Events of one month that lie in the default partition."""

    month: date
    events: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings: partitions kept ahead and behind, in months."""

    ahead_months: int
    retention_months: int


@dataclass(frozen=True, slots=True)
class EventsMoved:
    """Events of a month left the default partition for one of their own."""

    month: str
    events: int


async def list_partitions(conn: Connection) -> list[Partition]:
    """All of them in the order of time, the default one last."""
    return [Partition(**row) for row in await every(conn, QUERIES["list_partitions"])]


async def read_rules(conn: Connection) -> Rules:
    """What the settings say."""
    return Rules(**await one(conn, QUERIES["read_rules"]))


async def make_ahead(conn: Connection, months: int | None = None) -> int:
    """Make what is missing of this month and the coming ones, by the settings or `months`; how many were made."""
    if months is None:
        row = await one(conn, QUERIES["make_ahead"])
    else:
        row = await one(conn, QUERIES["make_months"], {"months": months})
    return int(row["made"])


async def count_default(conn: Connection) -> list[Astray]:
    """What lies in the default partition, by month; it should be nothing."""
    return [Astray(**row) for row in await every(conn, QUERIES["count_default"])]


async def move_default(database: Database, *, months_max: int | None = None) -> list[Astray]:
    """Give each month in the default partition a partition of its own, the oldest first, one transaction each.

    Readers see every event at every moment; a stop in between leaves whole months moved and whole months not.
    """
    async with database.transaction(SERVICE) as conn:
        astray = await count_default(conn)
    moved = astray[:months_max]
    for each in moved:
        async with database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["make_month"], {"month": each.month})
        observe(EventsMoved(f"{each.month:%Y-%m}", each.events))
    return moved


async def old_partitions(conn: Connection) -> list[str]:
    """The names that `drop_old` would drop."""
    return [row["name"] for row in await every(conn, QUERIES["old_partitions"])]


async def drop_old(conn: Connection) -> list[str]:
    """Drop the months older than the retention of the settings; their names."""
    return [row["name"] for row in await every(conn, QUERIES["drop_old"])]
