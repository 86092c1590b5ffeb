"""When the nightly backup and its drill last went well, for `/metrics`: a worker makes them, every server shows it."""

from __future__ import annotations

from prometheus_client import Gauge
from psycopg import Error

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.jobs.ends import last_ends

BACKED_UP_AT = Gauge("sahne_backup_timestamp_seconds", "When the last nightly backup was found whole, 0 for never")
DRILLED_AT = Gauge("sahne_backup_drill_timestamp_seconds", "When the last drill of a backup passed, 0 for never")


async def show_last_backups(database: Database) -> None:
    """Set the gauges; without the database they stay as they were."""
    try:
        async with database.transaction(SERVICE) as conn:
            ends = await last_ends(conn)
    except (Error, Unavailable):
        return
    BACKED_UP_AT.set(ends.get("backup", 0))
    DRILLED_AT.set(ends.get("drill", 0))
