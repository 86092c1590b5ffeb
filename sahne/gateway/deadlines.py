"""Ends what takes too long, with one timer for everybody under way.

What waits for its client to take a piece does not wait in vain as long as the client gets on: that time is not counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


class Deadlines:
    """Everybody has the same time, so whoever began first is always the first to run out of it.

    `asyncio.timeout` would make and drop a timer of its own for each request.
    """

    def __init__(self, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._under_way: dict[asyncio.Task[Any], float] = {}
        self._expired: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def bound(self, task: asyncio.Task[Any], work: Awaitable[None]) -> None:
        """Await `work` in `task`, which is the current one.

        Raises:
            TimeoutError: it took longer than `seconds_max` and was cancelled.
        """
        self._count(task)
        try:
            await work
        except asyncio.CancelledError:
            if task in self._expired and task.uncancel() == 0:
                raise TimeoutError from None
            raise
        finally:
            self._under_way.pop(task, None)
            self._expired.discard(task)

    async def uncounted(self, task: asyncio.Task[Any] | None, wait: Awaitable[None]) -> None:
        """Await something for a bounded task, whose time begins anew behind it; for another only await."""
        if task is None or self._under_way.pop(task, None) is None:
            await wait
            return
        await wait
        self._count(task)

    def _count(self, task: asyncio.Task[Any]) -> None:
        loop = task.get_loop()
        self._under_way[task] = loop.time() + self._seconds_max
        if self._timer is None:
            self._timer = loop.call_later(self._seconds_max, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel who is over → sleep until the next could be → sweep; end when nobody is under way."""
        self._timer = None
        now = loop.time()
        for task, deadline in list(self._under_way.items()):
            if deadline > now:
                self._timer = loop.call_at(deadline, self._sweep, loop)
                break
            del self._under_way[task]
            self._expired.add(task)
            task.cancel()
