"""What the ledger needs done on a clock: folding credits, forgetting old keys, asking whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sahne.coins.wallets import QUERIES
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection

WALLETS_FOLDED_MAX = 1_000
KEY_LIFETIME_HOURS = 24 * 7

FaultReason = Literal["sum_differs", "out_of_bounds"]


async def fold_coins(conn: Connection) -> int:
    """Add pending credits to balances; how many wallets. Any number of callers may do it at once."""
    row = await one(conn, QUERIES["fold_coins"], {"wallets_max": WALLETS_FOLDED_MAX})
    return int(row["folded"])


async def forget_keys(conn: Connection) -> int:
    """Delete idempotency keys older than `KEY_LIFETIME_HOURS`; how many."""
    row = await one(conn, QUERIES["forget_keys"], {"hours": KEY_LIFETIME_HOURS})
    return int(row["forgotten"])


@dataclass(frozen=True, slots=True)
class Check:
    """What the last check of the ledger found; `checked_at` is in Unix seconds."""

    faults: int
    checked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a wallet, and its coins by either count; `balance` is with the credits that wait.

    `sum_differs`: the two are not the same. `out_of_bounds`: no balance may hold what waits, so that it is not added.
    """

    wallet_id: str
    reason: FaultReason
    balance: int
    entries_sum: int


async def find_faults(conn: Connection) -> list[Fault]:
    """What is wrong with which wallets; kept as a check."""
    rows = await every(conn, QUERIES["find_faults"])
    await conn.execute(QUERIES["note_check"], {"faults": len(rows)})
    return [
        Fault(
            wallet_id=str(row["wallet_id"]),
            reason=row["reason"],
            balance=int(row["balance"]),
            entries_sum=int(row["entries_sum"]),
        )
        for row in rows
    ]


async def last_check(conn: Connection) -> Check | None:
    """The last check of the ledger, if there was any."""
    row = await maybe(conn, QUERIES["last_check"])
    return Check(**row) if row else None
