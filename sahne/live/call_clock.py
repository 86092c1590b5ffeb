"""What happens to calls because time passes: minutes are paid, whoever is lost is waited for, and a call ends.

look at all that go on → those that need something, each in a transaction of its own → LiveKit is told at once of those
that ended. One that cannot be kept is told of, tried again at the next look, and holds up no other. Several servers may
do so at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.live.clock import CONNECT_SECONDS_MAX
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__, "clock.sql")

# LiveKit tells of a lost connection after up to 20 s: with these both gone are so for 40 s at most
CALL_BOTH_GONE_SECONDS = 15
CALL_ONE_GONE_SECONDS = 20
BOUNDS = {
    "both_seconds": CALL_BOTH_GONE_SECONDS,
    "one_seconds": CALL_ONE_GONE_SECONDS,
    "connect_seconds": CONNECT_SECONDS_MAX,
}


@dataclass(frozen=True, slots=True)
class CallClosed:
    """The server ended a call by itself."""

    call_id: str
    reason: str


async def keep_calls(database: Database, wake_outbox: Callable[[], None]) -> bool:
    """One look; never more to do at once."""
    async with database.transaction(SERVICE) as conn:
        waiting = await every(conn, QUERIES["calls_to_keep"], BOUNDS)
    for row in waiting:
        try:
            ended = await _keep(database, row["id"])
        except Exception as error:
            observe(Failed.of("keep a call", error))
            continue
        if ended:
            observe(CallClosed(str(row["id"]), ended))
            wake_outbox()
    return False


async def _keep(database: Database, call_id: UUID) -> str | None:
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["keep_call"], {"call_id": call_id} | BOUNDS)
    ended: str | None = row["ended"]
    return ended
