"""What the last check of the ledger found, for `/metrics`: the worker checks, every server shows it."""

from __future__ import annotations

from prometheus_client import Gauge
from psycopg import Error

from sahne.coins.upkeep import last_check
from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.errors import Unavailable

FAULTS = Gauge("sahne_ledger_faults", "Faults of wallets that the last check of the ledger found")
CHECKED_AT = Gauge("sahne_ledger_checked_timestamp_seconds", "When the ledger was last checked, 0 for never")


async def show_last_check(database: Database) -> None:
    """Set the gauges; without the database they stay as they were."""
    try:
        async with database.transaction(SERVICE) as conn:
            check = await last_check(conn)
    except (Error, Unavailable):
        return
    if check:
        FAULTS.set(check.faults)
        CHECKED_AT.set(check.checked_at)
