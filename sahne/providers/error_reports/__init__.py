"""Failures of ours, told to whoever keeps them: which class of error, where in the code, for which request.

No words of the error, no path, no argument and no person is in a report: what it says is made of names in our code, and
the request's id leads to the log, where the words are. One a minute of each kind, and so many a minute of all.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sahne.settings import Settings
from sahne.telemetry import Failed, Frame, subscribe
from sahne.watching_rules import dsn_in

REPORTS_PER_MINUTE_MAX = 30
WAITING_MAX = 50
KINDS_MAX = 500  # that are remembered
END_SECONDS_MAX = 3.0
MINUTE_SECONDS = 60.0
A_NAME = re.compile(r"[A-Za-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A failure as it may be told elsewhere; `happened_at` is in Unix seconds."""

    kind: str
    doing: str
    frames: tuple[Frame, ...]
    request_id: str | None
    happened_at: float

    @classmethod
    def of(cls, failure: Failed) -> Report:
        """What may be told of it: the error's class and not its words, and of what was done the plain words alone."""
        doing = (word for word in failure.what.split() if A_NAME.fullmatch(word))
        return cls(
            kind=failure.kind,
            doing=" ".join(doing),
            frames=failure.frames,
            request_id=failure.request_id,
            happened_at=time.time(),
        )


class ErrorReports(Protocol):
    """Who keeps reports."""

    async def send(self, report: Report) -> float:
        """Hand one over; answers for how many seconds no more are wanted. Never raises."""


class Reporter:
    """A subscriber of facts, which sends what failed: observed → told from what was told lately → waiting → sent."""

    def __init__(self, reports: ErrorReports) -> None:
        self._reports = reports
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[Report] = asyncio.Queue(WAITING_MAX)
        self._told_at: dict[tuple[str, tuple[Frame, ...]], float] = {}
        self._minute, self._in_minute = 0, 0

    def hear(self, fact: Any) -> None:
        """See `observe`; from whichever thread."""
        if isinstance(fact, Failed):
            self._loop.call_soon_threadsafe(self._take, Report.of(fact))

    async def work(self) -> None:
        """Send what waits, one after the other, for ever; whoever wants a rest gets it."""
        while True:
            rest = await self._reports.send(await self._waiting.get())
            self._waiting.task_done()
            await asyncio.sleep(rest)

    async def drain(self) -> None:
        """Return when nothing waits, and at the latest after `END_SECONDS_MAX`."""
        try:
            async with asyncio.timeout(END_SECONDS_MAX):
                await self._waiting.join()
        except TimeoutError:
            return

    def _take(self, report: Report) -> None:
        if not self._waiting.full() and self._is_new(report) and self._is_within_minute():
            self._waiting.put_nowait(report)

    def _is_new(self, report: Report) -> bool:
        key, now = (report.kind, report.frames[-1:]), time.monotonic()
        if now - self._told_at.get(key, -MINUTE_SECONDS) < MINUTE_SECONDS:
            return False
        self._told_at[key] = now
        if len(self._told_at) > KINDS_MAX:
            del self._told_at[next(iter(self._told_at))]
        return True

    def _is_within_minute(self) -> bool:
        minute = int(time.monotonic() / MINUTE_SECONDS)
        self._in_minute = self._in_minute + 1 if minute == self._minute else 1
        self._minute = minute
        return self._in_minute <= REPORTS_PER_MINUTE_MAX


@asynccontextmanager
async def error_reports(settings: Settings, program: str) -> AsyncIterator[None]:
    """Report what fails as long as the block lasts, where the settings say where to."""
    dsn = dsn_in(settings.error_reports or "")
    if dsn is None:
        yield
        return
    from sahne.providers.error_reports.sentry import Sentry  # only here: most report to nobody

    reporter = Reporter(Sentry(dsn, program))
    unsubscribe = subscribe(reporter.hear)
    working = asyncio.create_task(reporter.work(), name="sahne error reports")
    try:
        yield
    finally:
        unsubscribe()
        await reporter.drain()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
