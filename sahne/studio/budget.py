"""What may be spent on pictures that are made elsewhere, a day and a month, both UTC's; and what was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection
from sahne.image_providers import Budget
from sahne.studio.errors import BudgetSpent
from sahne.studio.requests import REMOTE_QUERIES


@dataclass(frozen=True, slots=True)
class Spent:
    """What pictures cost so far, in micro-dollars."""

    day: int
    month: int


async def reserve(conn: Connection, budget: Budget, microdollars: int) -> None:
    """See that it fits, in the transaction that books it; one after another, so that all together fit too.

    Raises:
        BudgetSpent: it does not.
    """
    if not budget.is_bounded:
        return
    await maybe(conn, REMOTE_QUERIES["lock_budget"])
    spent = await read_spent(conn)
    if not budget.allows(spent.day + microdollars, spent.month + microdollars):
        raise BudgetSpent()


async def read_spent(conn: Connection) -> Spent:
    """As the books have it: what providers said, else the price, of all that was or may have been taken."""
    row = await one(conn, REMOTE_QUERIES["read_spent"])
    return Spent(row["day"], row["month"])


async def count_unfinished(conn: Connection) -> list[dict[str, Any]]:
    """`{"provider", "status", "pictures"}`: how many are under way."""
    return await every(conn, REMOTE_QUERIES["count_unfinished"])
