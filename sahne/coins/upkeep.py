"""What the ledger needs done on a clock: folding credits, forgetting old keys, asking whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sahne.coins.wallets import QUERIES
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection

WALLETS_FOLDED_MAX = 1_000
KEY_LIFETIME_HOURS = 24 * 7


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


async def find_faults(conn: Connection) -> list[dict[str, Any]]:
    """Wallets whose balance is not the sum of their entries: `{wallet_id, balance, entries_sum}`; kept as a check."""
    faults = await every(conn, QUERIES["find_faults"])
    await conn.execute(QUERIES["note_check"], {"faults": len(faults)})
    return faults


async def last_check(conn: Connection) -> Check | None:
    """The last check of the ledger, if there was any."""
    row = await maybe(conn, QUERIES["last_check"])
    return Check(**row) if row else None
