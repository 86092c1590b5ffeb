"""Pictures that are made elsewhere, for `/metrics`: how many are under way, and what they cost."""

from __future__ import annotations

from prometheus_client import Gauge
from psycopg import Error

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.image_providers import Budget
from sahne.studio.budget import count_unfinished, read_spent

UNFINISHED = Gauge("sahne_remote_pictures", "Pictures asked of a maker elsewhere and not ended", ["provider", "status"])
SPENT = Gauge("sahne_image_spent_dollars", "What pictures of makers elsewhere cost, UTC", ["period"])
BUDGET = Gauge("sahne_image_budget_dollars", "What they may cost; absent without a bound", ["period"])
MICRO = 1e-6


async def show_remote_pictures(database: Database, budget: Budget) -> None:
    """Set the gauges; without the database they stay as they were."""
    try:
        async with database.transaction(SERVICE) as conn:
            unfinished = await count_unfinished(conn)
            spent = await read_spent(conn)
    except (Error, Unavailable):
        return
    UNFINISHED.clear()
    for row in unfinished:
        UNFINISHED.labels(row["provider"], row["status"]).set(row["pictures"])
    for period, microdollars, bound in (("day", spent.day, budget.day), ("month", spent.month, budget.month)):
        SPENT.labels(period).set(microdollars * MICRO)
        if bound is not None:
            BUDGET.labels(period).set(bound * MICRO)
