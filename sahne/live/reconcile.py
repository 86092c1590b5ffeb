"""A LiveKit server's rooms and our rows, compared and brought into agreement once a minute and at each start.

Webhooks get lost, and a livekit-server that restarts forgets its rooms. What LiveKit lists may be a moment old, so
nobody is taken for gone unless two looks say so that lie far enough apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.live.clock import CONNECT_SECONDS_MAX
from sahne.live.first_seen import FirstSeen
from sahne.live.inbox import corrected
from sahne.live.seats import Seat, permission_of_seat, profile_id
from sahne.live.servers import Server
from sahne.providers.livekit import LiveKitUnavailable, Occupant
from sahne.telemetry import observe

QUERIES = load_queries(__package__, "livekit.sql")
OF_TIME = load_queries(__package__, "clock.sql")

LOOKS_APART_SECONDS = 20.0
ROOMS_FAILED_MAX = 3  # then it is LiveKit that does not answer, and no room of its own trouble
KEEP_HOURS = 24 * 7
CAMERA_KEEP_HOURS = 1  # no webhook is sent as late as that


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """LiveKit and the database disagreed; by how much, after which they agree."""

    rooms_opened: int
    rooms_closed: int
    seats_taken: int
    seats_left: int
    permissions_set: int
    cameras_shown: int


class Reconcile:
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
        self._missing = FirstSeen(LOOKS_APART_SECONDS, clock)
        self._counts: dict[str, int] = {}

    async def work(self) -> bool:
        """Look once and repair.

        Raises:
            LiveKitUnavailable: nothing was concluded from its silence; the rooms it did answer for agree.
        """
        self._counts = {count.name: 0 for count in fields(Reconciled)}
        # LiveKit first: a room that is opened after this look is not missed, one that is closed is looked at again
        open_rooms = {room.name for room in await self._livekit.rooms()}
        which = {"server": self._server.name, "is_default": self._server.is_default}
        rooms_wanted = {row["room"]: row for row in await self._ask("rooms_wanted", **which)}
        self._missing.begin()
        failures: list[LiveKitUnavailable] = []
        for name, row in rooms_wanted.items():
            try:
                await self._agree_on(name, row, is_open=name in open_rooms)
            except LiveKitUnavailable as unavailable:
                failures.append(unavailable)
                if len(failures) == ROOMS_FAILED_MAX:
                    raise
        # rooms we know nothing of are left alone: others may use this LiveKit too
        for row in await self._ask("rooms_over", rooms=list(open_rooms - rooms_wanted.keys())):
            await self._livekit.delete_room(row["room"])
            self._counts["rooms_closed"] += 1
        self._missing.end()
        await self._forget()
        if any(self._counts.values()):
            observe(Reconciled(**self._counts))
            self._wake_outbox()
        if failures:
            raise failures[0]
        return False

    async def _agree_on(self, room: str, row: dict[str, Any], *, is_open: bool) -> None:
        if not is_open:
            await self._ask("place_room", room=room, server=self._server.name)
            await self._livekit.create_room(room)
            self._counts["rooms_opened"] += 1
        occupants = await self._without_strangers(room, await self._livekit.occupants(room))
        if row["session_id"]:  # who talks in a call is looked at more often (`call_looks.py`)
            await self._agree_on_session(room, row["session_id"], occupants)

    async def _without_strangers(self, room: str, occupants: Iterable[Occupant]) -> list[Occupant]:
        """Who is left when whoever holds no seat, or hides what they send, is put out (as `Inbox` does it)."""
        stay = []
        for person in occupants:
            if person.counted and (person.disguised or profile_id(person.identity) is None):
                await self._livekit.remove(room, person.identity)
            else:
                stay.append(person)
        return stay

    async def _agree_on_session(self, room: str, session_id: UUID, occupants: Iterable[Occupant]) -> None:
        stays = {row["sid"]: row for row in await self._ask("open_stays", session_id=session_id)}
        there = {person.sid: person for person in occupants if person.counted}
        for sid, person in there.items():
            if sid in stays:
                await self._agree_on_permission(room, person, stays[sid]["seat"])
                if person.cameras != set(stays[sid]["cameras"]):
                    await self._show_cameras(room, person)
            else:
                await self._take(room, person)
        for sid, row in stays.items():
            if sid not in there and self._missing.long_enough(sid):
                await self._ask("seat_missed", room=room, identity=row["identity"], sid=sid)
                self._counts["seats_left"] += 1
        closed = await self._ask("close_unnamed_stays", session_id=session_id, seconds=CONNECT_SECONDS_MAX)
        self._counts["seats_left"] += sum(row["closed"] for row in closed)

    async def _agree_on_permission(self, room: str, person: Occupant, seat: Seat) -> None:
        if person.permission != permission_of_seat(seat):
            await self._ask("order_permission", room=room, identity=person.identity)
            self._counts["permissions_set"] += 1

    async def _show_cameras(self, room: str, person: Occupant) -> None:
        values = {"room": room, "identity": profile_id(person.identity), "sid": person.sid, "tracks": [*person.cameras]}
        await self._ask("cameras_seen", **values)
        self._counts["cameras_shown"] += 1

    async def _take(self, room: str, person: Occupant) -> None:
        """Seat somebody who is there, or have them put out. Whom a late report took for gone is there if seen twice."""
        async with self._database.transaction(SERVICE) as conn:
            values = {"room": room, "identity": profile_id(person.identity), "sid": person.sid}
            answer = (await one(conn, QUERIES["seat_seen"], values | {"is_there": False}))["answer"]
            if answer["state"] == "gone" and self._missing.long_enough(f"end of {person.sid}"):
                answer = (await one(conn, QUERIES["seat_seen"], values | {"is_there": True}))["answer"]
            await corrected(conn, room, person.identity, person.permission, answer)
        if answer.get("state") == "seated":
            self._counts["seats_taken"] += 1
            if person.cameras:
                await self._show_cameras(room, person)
        self._wake_outbox()

    async def _forget(self) -> None:
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["forget_events"], {"hours": KEEP_HOURS})
            await conn.execute(QUERIES["forget_orders"], {"hours": KEEP_HOURS})
            await conn.execute(QUERIES["forget_rooms"], {"hours": KEEP_HOURS})
            await conn.execute(QUERIES["forget_cameras"], {"hours": CAMERA_KEEP_HOURS})
            await conn.execute(OF_TIME["forget_paces"])
            await conn.execute(OF_TIME["forget_boards"])
            await conn.execute(OF_TIME["forget_failures"], {"hours": KEEP_HOURS})

    async def _ask(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self._database.transaction(SERVICE) as conn:
            return await every(conn, QUERIES[query], values)
