"""Rooms that must be open when somebody is let in, without asking LiveKit for each of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from sahne.providers.livekit import LiveKit, LiveKitUnavailable
from sahne.remembered import Remembered

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

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen_at: Remembered[str, float] = Remembered(ROOMS_REMEMBERED_MAX)
        self._refused_until = float("-inf")

    async def open(self, livekit: LiveKit, room: str) -> None:
        """Have the room open, asking LiveKit only when it was not seen lately.

        Raises:
            LiveKitUnavailable: it cannot be made sure.
        """
        if self.is_believed(room):
            return
        if self._clock() < self._refused_until:
            raise LiveKitUnavailable(hint="It did not answer a moment ago; try again in a few seconds.")
        try:
            await livekit.create_room(room)
        except LiveKitUnavailable:
            self._refused_until = self._clock() + REFUSED_SECONDS
            raise
        self._seen_at.keep(room, self._clock())

    def is_believed(self, room: str) -> bool:
        """Whether it was seen open lately."""
        seen_at = self._seen_at.find(room)
        return seen_at is not None and self._clock() - seen_at < BELIEVED_SECONDS

    def forget(self, room: str) -> None:
        """The room was closed."""
        self._seen_at.forget(room)
