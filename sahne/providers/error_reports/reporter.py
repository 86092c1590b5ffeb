"""Sends reports of what fails, one a minute of each kind and so many of all; who keeps them may want a rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sahne.providers.error_reports import ErrorReports, Report
from sahne.settings import Settings
from sahne.telemetry import Failed, Frame, subscribe
from sahne.watching_rules import dsn_in

REPORTS_PER_MINUTE_MAX = 30
WAITING_MAX = 50
KINDS_MAX = 500  # that are remembered
END_SECONDS_MAX = 3.0
MINUTE_SECONDS = 60.0


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
