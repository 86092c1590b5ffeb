"""Who is in the calls on a LiveKit server, looked at every few seconds: a minute is money, and webhooks get lost.

all calls that go on → for each, whom LiveKit lists is written down as seen; who is there and was not known comes in;
who is listed no more in looks that lie `MISSED_SECONDS` apart was there until last seen. Such an end is taken back when
they are seen again for as long. LiveKit's silence proves nothing: a room it does not answer for stays as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.live.first_seen import FirstSeen
from sahne.live.inbox import corrected
from sahne.live.seats import profile_id
from sahne.live.servers import Server
from sahne.providers.livekit import LiveKitUnavailable, Occupant
from sahne.telemetry import observe

QUERIES = load_queries(__package__, "livekit.sql")

LOOK_SECONDS = 5.0
# With LiveKit's own 20 s until it notices, both who vanish have a call closed within 40 s
MISSED_SECONDS = 10.0
ROOMS_FAILED_MAX = 3  # then it is LiveKit that does not answer, and no room of its own trouble


@dataclass(frozen=True, slots=True)
class CallsCorrected:
    """So many connections to calls came or went, and no webhook told of it."""

    connections: int


class CallLooks:
    """One look per `work`. `clock` answers seconds."""

    def __init__(
        self,
        database: Database,
        server: Server,
        wake_outbox: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._server = server
        self._livekit = server.livekit
        self._wake_outbox = wake_outbox
        self._wrong = FirstSeen(MISSED_SECONDS, clock)
        self._corrected = 0

    async def work(self) -> bool:
        """Look once; never more to do at once.

        Raises:
            LiveKitUnavailable: of the rooms it did not answer for nothing was concluded.
        """
        self._corrected = 0
        async with self._database.transaction(SERVICE) as conn:
            which = {"server": self._server.name, "is_default": self._server.is_default}
            calls = await every(conn, QUERIES["calls_going_on"], which)
        self._wrong.begin()
        failures: list[LiveKitUnavailable] = []
        for call in calls:
            try:
                await self._look_at(call, await self._livekit.occupants(call["room"]))
            except LiveKitUnavailable as unavailable:
                failures.append(unavailable)
                if len(failures) == ROOMS_FAILED_MAX:
                    raise
        self._wrong.end()
        if self._corrected:
            observe(CallsCorrected(self._corrected))
        if failures:
            raise failures[0]
        return False

    async def _look_at(self, call: Mapping[str, Any], occupants: list[Occupant]) -> None:
        there = {person.sid: person for person in occupants if person.counted}
        known = frozenset(call["sids"])
        async with self._database.transaction(SERVICE) as conn:
            for sid in there.keys() - known:
                await self._let_in(conn, call["room"], there[sid])
            await conn.execute(QUERIES["call_still_connected"], {"call_id": call["call_id"], "sids": list(there)})
            for sid in known - there.keys():
                if self._wrong.long_enough(sid):
                    await conn.execute(QUERIES["call_missed"], {"call_id": call["call_id"], "sid": sid})
                    self._corrected += 1

    async def _let_in(self, conn: Connection, room: str, person: Occupant) -> None:
        """Whom no report named comes in, or is put out. Whom one took for gone is there if seen for a while."""
        values = {"room": room, "identity": profile_id(person.identity), "sid": person.sid}
        answer = (await one(conn, QUERIES["call_seen"], values | {"is_there": False}))["answer"] or {}
        if answer.get("state") == "gone" and self._wrong.long_enough(f"end of {person.sid}"):
            answer = (await one(conn, QUERIES["call_seen"], values | {"is_there": True}))["answer"]
        if await corrected(conn, room, person.identity, person.permission, answer):
            self._wake_outbox()
        self._corrected += answer.get("state") == "in"
