"""Whether LiveKit answers, asked when somebody wants to know and not more often than every few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sahne.providers.livekit import LiveKit, LiveKitUnavailable

BELIEVED_SECONDS = 5.0


class Reach:
    """What LiveKit's last answer was. `clock` answers seconds."""

    def __init__(self, livekit: LiveKit, clock: Callable[[], float] = time.monotonic) -> None:
        self._livekit = livekit
        self._clock = clock
        self._asked_at = float("-inf")
        self._answers = False
        self._asking = asyncio.Lock()

    async def answers(self) -> bool:
        """Whether it answers now, or did so within the last `BELIEVED_SECONDS`."""
        async with self._asking:
            if self._clock() - self._asked_at >= BELIEVED_SECONDS:
                self._answers = await self._ask()
                self._asked_at = self._clock()
            return self._answers

    async def _ask(self) -> bool:
        try:
            await self._livekit.rooms()
        except LiveKitUnavailable:
            return False
        return True
