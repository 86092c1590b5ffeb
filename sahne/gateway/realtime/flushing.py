"""One write a loop tick: sockets that something was queued for are flushed together, after everything else."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Flushable(Protocol):
    """What has a queue."""

    def flush(self) -> None:
        """Write all that is queued."""


class Flushing:
    """The queues of this tick."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Flushable] = []

    def wants(self, queue: Flushable) -> None:
        """Something was queued where nothing was."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(queue)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for queue in waiting:
            queue.flush()
