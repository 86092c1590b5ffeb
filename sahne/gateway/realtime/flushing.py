"""One write a loop tick: sockets that something was queued for are flushed together, after everything else.

Where that is much work it rests twice as long before the next: what comes meanwhile for a crowd leaves in the same
writes, each of which costs what one message does, and the loop is left to others. Few sockets never wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

MUCH_SECONDS = 0.004  # some hundreds of sockets
REST_WORTH = 2  # so many times what the writing took
REST_SECONDS_MAX = 0.1

Schedule = Callable[[float, Callable[[], None]], object]


class Flushable(Protocol):
    """What has a queue."""

    def flush(self) -> None:
        """Write all that is queued."""


def on_the_loop(seconds: float, work: Callable[[], None]) -> None:
    """In so many seconds, or at the end of this tick."""
    loop = asyncio.get_running_loop()
    if seconds > 0:
        loop.call_later(seconds, work)
    else:
        loop.call_soon(work)


class Flushing:
    """The queues of this tick, or of those that pass while it rests."""

    __slots__ = ("_clock", "_rests_until", "_schedule", "_waiting")

    def __init__(self, schedule: Schedule = on_the_loop, clock: Callable[[], float] = time.perf_counter) -> None:
        self._schedule = schedule
        self._clock = clock
        self._waiting: list[Flushable] = []
        self._rests_until = 0.0

    def wants(self, queue: Flushable) -> None:
        """Something was queued where nothing was."""
        if not self._waiting:
            self._schedule(self._rests_until - self._clock(), self._flush)
        self._waiting.append(queue)

    def _flush(self) -> None:
        began = self._clock()
        waiting, self._waiting = self._waiting, []
        for queue in waiting:
            queue.flush()
        now = self._clock()
        took = now - began
        self._rests_until = now + min(took * REST_WORTH, REST_SECONDS_MAX) if took >= MUCH_SECONDS else 0.0
