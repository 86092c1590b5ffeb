"""What the ledger needs done on a clock: folding credits, forgetting old keys, asking whether all is well."""

from __future__ import annotations

from typing import Any

from sahne.coins.wallets import QUERIES
from sahne.database.fetch import every, one
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


async def find_faults(conn: Connection) -> list[dict[str, Any]]:
    """Wallets whose balance is not the sum of their entries: `{wallet_id, balance, entries_sum}`."""
    return await every(conn, QUERIES["find_faults"])
