"""Where spans go: opened where the settings name a collector, and otherwise nothing of it is loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sahne import tracing
from sahne.errors import SetupError
from sahne.settings import Settings
from sahne.watching_rules import headers_in


class TracingNotInstalled(SetupError):
    """What sends spans is not installed."""

    code = "tracing_not_installed"


@asynccontextmanager
async def traces(settings: Settings, program: str) -> AsyncIterator[None]:
    """Record spans as long as the block lasts, and send what is left at its end.

    Raises:
        TracingNotInstalled
    """
    if settings.traces_url is None:
        yield
        return
    try:
        from sahne.providers.traces.otlp import OtlpTracer
    except ImportError as error:
        hint = "Install sahne[tracing], or leave SAHNE_TRACES_URL out."
        raise TracingNotInstalled(details=error.name, hint=hint) from error

    tracer = OtlpTracer(settings.traces_url, program, headers_in(settings.traces_headers or ""))
    before = tracing.set_tracer(tracer, settings.traces_share)
    try:
        yield
    finally:
        tracing.set_tracer(*before)
        await tracer.close()
