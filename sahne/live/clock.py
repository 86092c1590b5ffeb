"""What happens on the stage because time passes."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.coins.upkeep import WALLETS_FOLDED_MAX, fold_coins
from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.telemetry import observe

QUERIES = load_queries(__package__)

# A host who lost the connection may come back within this; then the session ends
HOST_GRACE_SECONDS = 60
# Nobody is on stage for longer: a browser was left open, and the tickets' money waits
SESSION_HOURS_MAX = 48

# Whoever was let in has this long to connect: a token's life and the connecting itself
CONNECT_SECONDS_MAX = 150

# Each in a transaction of its own: they lock different things and must not wait for each other
TICKS = (
    "fold_session_counters",
    "fold_gift_tallies",
    "forget_combos",
    "expire_guests",
    "expire_calls",
    "cancel_no_shows",
)


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The server ended a session by itself."""

    session_id: str
    reason: str


async def keep_time(database: Database) -> bool:
    """Show counters, let offers and rings lapse, call off no-shows, end sessions without a host or an end.

    Several servers may do so at once.
    """
    for tick in TICKS:
        async with database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES[tick])
    async with database.transaction(SERVICE) as conn:
        over = await every(
            conn, QUERIES["sessions_to_end"], {"seconds": HOST_GRACE_SECONDS, "hours": SESSION_HOURS_MAX}
        )
    for row in over:
        async with database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["close_session"], {"session_id": row["id"]})
        observe(SessionClosed(str(row["id"]), "the host was gone" if row["is_deserted"] else "it was left on"))
    return False


async def fold_credits(database: Database) -> bool:
    """What gifts credited becomes balance; True when there may be more."""
    async with database.transaction(SERVICE) as conn:
        return await fold_coins(conn) == WALLETS_FOLDED_MAX
