"""Rooms that must be open when somebody is let in, without asking LiveKit for each of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from sahne.providers.livekit import LiveKit, LiveKitUnavailable

# A single livekit-server that restarts has lost its rooms; we notice this much later
BELIEVED_SECONDS = 5.0
# After a failure everybody is refused at once for this long, instead of each waiting for LiveKit
REFUSED_SECONDS = 1.0
ROOMS_REMEMBERED_MAX = 10_000


def room_of(session_id: UUID) -> str:
    """The name the database gives a session's room."""
    return f"live_{session_id}"


class Rooms:
    """What we lately saw open. `clock` answers seconds."""

    def __init__(self, livekit: LiveKit | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._livekit = livekit
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._refused_until = float("-inf")

    def livekit(self) -> LiveKit:
        """LiveKit, which must be there.

        Raises:
            LiveKitUnavailable: there is none.
        """
        if self._livekit is None:
            raise LiveKitUnavailable(
                "There is no live server here; everything else works.",
                hint="Get one with `sahne livekit install`, or set SAHNE_LIVEKIT_URL and its key.",
            )
        return self._livekit

    async def open(self, room: str) -> None:
        """Have the room open, asking LiveKit only when it was not seen lately.

        Raises:
            LiveKitUnavailable: it cannot be made sure.
        """
        if self.is_believed(room):
            return
        if self._clock() < self._refused_until:
            raise LiveKitUnavailable(hint="It did not answer a moment ago; try again in a few seconds.")
        try:
            await self.livekit().create_room(room)
        except LiveKitUnavailable:
            self._refused_until = self._clock() + REFUSED_SECONDS
            raise
        if len(self._seen) >= ROOMS_REMEMBERED_MAX:
            self._seen.clear()
        self._seen[room] = self._clock()

    def is_believed(self, room: str) -> bool:
        """Whether it was seen open lately."""
        return self._clock() - self._seen.get(room, float("-inf")) < BELIEVED_SECONDS

    def forget(self, room: str) -> None:
        """The room was closed."""
        self._seen.pop(room, None)
