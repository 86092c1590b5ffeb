"""What becomes of subscriptions because time passes: creators are paid for months that are over, subscribers are told
what is near, months are renewed, and what was paused for too long ends.

look for what is due, a page at a time → each in a transaction of its own, which passes over what somebody else holds →
the end of the list. One that fails is told of, tried again at the next look, and holds up no other. Any number of
workers may do it at once: a month is paid once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sahne.coins.wallets import QUERIES
from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.telemetry import Failed, observe

PAGE_ROWS_MAX = 500
BEFORE_ALL = {"after_due": datetime.min.replace(tzinfo=UTC), "after_id": UUID(int=0)}


@dataclass(frozen=True, slots=True)
class Duty:
    """What is to be done with each row of `due`: the query `act`, whose failure is told of as `what`."""

    due: str
    act: str
    what: str


SETTLE = Duty("months_over", "settle_month", "pay a creator for a month")
REMIND = Duty("renewals_near", "remind_of_renewal", "tell of a renewal")
RENEW = Duty("renewals_due", "renew_subscription", "renew a subscription")
END_PAUSES = Duty("pauses_too_long", "end_long_pause", "end a long pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsKept:
    """One look at the subscriptions: months that creators were paid for, and what became of renewals."""

    settled: int
    reminded: int
    renewed: int
    unpaid: int
    ended: int


async def keep_subscriptions(database: Database) -> SubscriptionsKept:
    """One look at everything that is due."""
    settled = await _fulfil(database, SETTLE)
    reminded = await _fulfil(database, REMIND)
    renewals = await _fulfil(database, RENEW)
    pauses = await _fulfil(database, END_PAUSES)
    return SubscriptionsKept(
        settled=settled[True],
        reminded=reminded[True],
        renewed=renewals["renewed"],
        unpaid=renewals["unpaid"],
        ended=renewals["ended"] + pauses[True],
    )


async def _fulfil(database: Database, duty: Duty) -> Counter[Any]:
    """What was done, by what the query answered."""
    done: Counter[Any] = Counter()
    after: dict[str, Any] = BEFORE_ALL
    while page := await _page(database, duty, after):
        for row in page:
            try:
                done[await _act(database, duty, row["id"])] += 1
            except Exception as error:
                observe(Failed.of(duty.what, error))
        after = {"after_due": page[-1]["due_at"], "after_id": page[-1]["id"]}
    return done


async def _page(database: Database, duty: Duty, after: dict[str, Any]) -> list[dict[str, Any]]:
    async with database.transaction(SERVICE) as conn:
        return await every(conn, QUERIES[duty.due], after | {"limit": PAGE_ROWS_MAX})


async def _act(database: Database, duty: Duty, row_id: UUID) -> Any:
    async with database.transaction(SERVICE) as conn:
        return (await one(conn, QUERIES[duty.act], {"id": row_id}))["done"]
