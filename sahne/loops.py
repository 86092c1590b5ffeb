"""Work that goes on beside requests, again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sahne.backoff import Backoff
from sahne.telemetry import Failed, observe

BACK_OFF_SECONDS_MIN = 1.0
BACK_OFF_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class WorksAgain:
    """Work that had been failing succeeded."""

    what: str


class Loop:
    """One kind of work, done again and again, and at once when woken.

    start → `work` → again at once while it answers True → wait for `every_seconds` or a wake → … → stopped.
    A failure is told once, then tried again after 1, 2, 4 … 30 seconds (or when woken) until it works again.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], every_seconds: float) -> None:
        self.name = name
        self._work = work
        self._every_seconds = every_seconds
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last_failure: Failed | None = None
        self._backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)

    def start(self) -> None:
        """Begin; the first round is at once."""
        self._task = asyncio.create_task(self._run(), name=f"sahne {self.name}")

    def wake(self) -> None:
        """Do not wait any longer."""
        self._woken.set()

    async def stop(self) -> None:
        """End; a round under way is broken off."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            if await self._round():
                continue
            wait = max(self._every_seconds, self._backoff.next_seconds() if self._last_failure else 0.0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    async def _round(self) -> bool:
        """Whether there is more to do at once."""
        try:
            more = await self._work()
        except Exception as error:
            self._tell(Failed.of(self.name, error))
            return False
        if self._last_failure:
            self._last_failure = None
            self._backoff.reset()
            observe(WorksAgain(self.name))
        return more

    def _tell(self, failure: Failed) -> None:
        if failure != self._last_failure:
            self._last_failure = failure
            observe(failure)
