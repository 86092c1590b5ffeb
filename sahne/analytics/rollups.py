"""What is counted of events and coins, kept true by the worker: a day a step, each in a transaction of its own.

start → a day that changed is counted, or one whose people did is summed → again, until nothing waits or the bound is
reached → the ways of several steps that admins look at are walked anew, one a step → a day of the ledger that is over
is counted, one a step → end; what is left waits for the next time.
"""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.actor import SERVICE
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.database.sql import load_queries

STEPS_MAX = 500
STEP_SECONDS_MAX = 60.0  # a day of millions of events

QUERIES = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class AnalyticsCounted:
    """So many days were counted or summed anew, ways of several steps walked anew, days of coins counted."""

    days: int
    funnels: int
    coin_days: int


async def fold_analytics(database: Database) -> AnalyticsCounted:
    """Count what waits, each within `STEPS_MAX`: days first, since they tell which ways have changed."""
    days = await _go_on(database, "fold_day")
    funnels = await _go_on(database, "recount_funnel")
    return AnalyticsCounted(days, funnels, await _go_on(database, "fold_coin_day"))


async def _go_on(database: Database, query: str) -> int:
    for step in range(STEPS_MAX):
        async with database.transaction(SERVICE, statement_seconds_max=STEP_SECONDS_MAX) as conn:
            if not (await one(conn, QUERIES[query]))["went_on"]:
                return step
    return STEPS_MAX
