"""A message that is begun comes to its end: slowly it may come, but not stand still.

begun → some seconds, and all of them again whenever enough of it has come → whole; or its socket is told to go

How much is kept of it meanwhile is bounded elsewhere (`queues.py`), here for how long. A socket that has begun nothing
may be silent for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

STILL_SECONDS_MAX = 30.0
PROGRESS_BYTES_MIN = 16 * 1024


class Unfinished:
    """What one socket has begun."""

    __slots__ = ("_counted_bytes", "_deadline", "_timer")
    still_seconds_max = STILL_SECONDS_MAX

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._counted_bytes = 0

    def goes_on(self, size: int, late: Callable[[], None]) -> None:
        """So much of it is there by now. `late` is called once, when the rest was waited for in vain."""
        if self._timer is not None and size - self._counted_bytes < PROGRESS_BYTES_MIN:
            return
        loop = asyncio.get_running_loop()
        self._counted_bytes, self._deadline = size, loop.time() + self.still_seconds_max
        if self._timer is None:
            self._timer = loop.call_later(self.still_seconds_max, self._look, late)

    def ends(self) -> None:
        """It is whole, or nobody waits for it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, late: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        left = self._deadline - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._look, late)
        else:
            self._timer = None
            late()
