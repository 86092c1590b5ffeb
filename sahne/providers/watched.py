"""What a program tells those who watch it while it runs: spans to a collector, failures to who keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sahne.providers.error_reports.reporter import error_reports
from sahne.providers.traces import traces
from sahne.settings import Settings


@asynccontextmanager
async def watched(settings: Settings, program: str) -> AsyncIterator[None]:
    """Both, as long as the block lasts, where the settings say where to.

    Raises:
        TracingNotInstalled
    """
    async with traces(settings, program), error_reports(settings, program):
        yield
