"""Rooms that must be open when somebody is let in, without asking LiveKit for each of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sahne.database.fetch import one
from sahne.database.pool import Connection
from sahne.database.sql import load_queries
from sahne.live.servers import Servers
from sahne.providers.livekit import LiveKit, LiveKitUnavailable
from sahne.remembered import Remembered

QUERIES = load_queries(__package__, "livekit.sql")

# A single livekit-server that restarts has lost its rooms; we notice this much later
BELIEVED_SECONDS = 5.0
# After a failure everybody is refused at once for this long, instead of each waiting for LiveKit
REFUSED_SECONDS = 1.0
ROOMS_REMEMBERED_MAX = 10_000


def room_of(session_id: UUID) -> str:
    """The name the database gives a session's room."""
    return f"live_{session_id}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A room that was open at `at`, in the clock's seconds."""

    livekit: LiveKit
    at: float


class Rooms:
    """What we lately saw open, and on which server. `clock` answers seconds."""

    def __init__(self, servers: Servers, clock: Callable[[], float] = time.monotonic) -> None:
        self._servers = servers
        self._clock = clock
        self._seen: Remembered[str, Seen] = Remembered(ROOMS_REMEMBERED_MAX)
        self._refused_until: dict[str, float] = {}

    async def open(self, conn: Connection, room: str, wanted: str | None = None) -> LiveKit:
        """The server that the room is open on; a room that never was is opened on the `wanted` one, else the default.

        Raises:
            UnknownLiveServer: there is none of the wanted name.
            LiveKitUnavailable: it cannot be made sure.
        """
        if livekit := self.believed(room):
            return livekit
        return await self.open_on(await self.place(conn, room, wanted), room)

    async def place(self, conn: Connection, room: str, wanted: str | None = None) -> str:
        """The name of the server that the room lies on from now on, if it did not before.

        Raises:
            UnknownLiveServer: there is none of the wanted name.
        """
        values = {"room": room, "server": self._servers.chosen(wanted).name}
        return str((await one(conn, QUERIES["place_room"], values))["server"])

    async def open_on(self, name: str, room: str) -> LiveKit:
        """The server of this name, with the room open on it; no transaction need wait for that.

        Raises:
            LiveKitUnavailable: it cannot be made sure.
        """
        livekit = self._servers.holding(name)
        await self._have_open(name, livekit, room)
        self._seen.keep(room, Seen(livekit, self._clock()))
        return livekit

    def believed(self, room: str) -> LiveKit | None:
        """The server it was seen open on lately."""
        seen = self._seen.find(room)
        return seen.livekit if seen and self._clock() - seen.at < BELIEVED_SECONDS else None

    def forget(self, room: str) -> None:
        """The room was closed."""
        self._seen.forget(room)

    async def _have_open(self, name: str, livekit: LiveKit, room: str) -> None:
        if self._clock() < self._refused_until.get(name, float("-inf")):
            raise LiveKitUnavailable(hint="It did not answer a moment ago; try again in a few seconds.")
        try:
            await livekit.create_room(room)
        except LiveKitUnavailable:
            self._refused_until[name] = self._clock() + REFUSED_SECONDS
            raise
