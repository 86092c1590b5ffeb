"""What happens on the stage because time passes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sahne.coins.upkeep import WALLETS_FOLDED_MAX, fold_coins
from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.loops import Loop
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__, "clock.sql")

# A host who lost the connection may come back within this; then the session ends
HOST_GRACE_SECONDS = 60
# Nobody is on stage for longer: a browser was left open, and the tickets' money waits
SESSION_HOURS_MAX = 48

# Whoever was let in has this long to connect: a token's life and the connecting itself
CONNECT_SECONDS_MAX = 150

TICK_SECONDS = 1.0
SESSIONS_ENDED_AT_ONCE_MAX = 50

# Each in a transaction of its own: they lock different things and must not wait for each other
FOLDS = ("fold_session_counters", "fold_gift_tallies", "forget_combos")
# These go row by row; one that fails is written down, told of and passed over for a while
SWEEPS = ("expire_guests", "expire_calls", "cancel_no_shows", "tell_reminders")
TICKS = FOLDS + SWEEPS


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The server ended a session by itself."""

    session_id: str
    reason: str


def clock_loops(database: Database) -> list[Loop]:
    """Show counters, let offers and rings lapse, call off no-shows, remind, end sessions without a host or an end.

    Each is a loop of its own, so that one which fails is told and holds up no other. Several servers may do so at once.
    """
    ticks = [Loop(f"keep time: {tick}", partial(_tick, database, tick), TICK_SECONDS) for tick in TICKS]
    return [*ticks, Loop("keep time: end sessions", partial(end_sessions, database), TICK_SECONDS)]


async def _tick(database: Database, tick: str) -> bool:
    async with database.transaction(SERVICE) as conn:
        await conn.execute(QUERIES[tick])
        failures = await every(conn, QUERIES["put_off_now"]) if tick in SWEEPS else []
    for row in failures:
        observe(Failed(f"{row['sweep']} of {row['row_id']}", row["error"]))
    return False


async def end_sessions(database: Database) -> bool:
    """End what has no host or no end any more; True when there may be more.

    One that cannot be ended is told of, put off and holds up no other.
    """
    bounds = {"seconds": HOST_GRACE_SECONDS, "hours": SESSION_HOURS_MAX, "sessions_max": SESSIONS_ENDED_AT_ONCE_MAX}
    async with database.transaction(SERVICE) as conn:
        over = await every(conn, QUERIES["sessions_to_end"], bounds)
    for row in over:
        try:
            async with database.transaction(SERVICE) as conn:
                await conn.execute(QUERIES["close_session"], {"session_id": row["id"]})
        except Exception as error:
            await _put_off(database, row["id"], error)
        else:
            observe(SessionClosed(str(row["id"]), "the host was gone" if row["is_deserted"] else "it was left on"))
    return len(over) == SESSIONS_ENDED_AT_ONCE_MAX


async def _put_off(database: Database, session_id: UUID, error: Exception) -> None:
    failed = Failed.of(f"end_sessions of {session_id}", error)
    observe(failed)
    async with database.transaction(SERVICE) as conn:
        await conn.execute(QUERIES["put_off_session"], {"session_id": session_id, "error": failed.error})


async def fold_credits(database: Database) -> bool:
    """What gifts credited becomes balance; True when there may be more."""
    async with database.transaction(SERVICE) as conn:
        return await fold_coins(conn) == WALLETS_FOLDED_MAX
