"""`sahne serve`: the production server, beside a PostgreSQL (and a LiveKit) that somebody else runs."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer
import uvloop

from sahne.cli.screen import failures_in_words, people
from sahne.errors import SetupError
from sahne.server import serving
from sahne.settings import Settings
from sahne.telemetry import start_telemetry


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port of the API.", min=1, max=65535)] = None,
) -> None:
    """Serve every door over DATABASE_URL until SIGTERM."""
    with failures_in_words():
        given = {"host": host, "port": port}
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        if settings.database_url is None:
            raise SetupError(
                "There is no DATABASE_URL.", hint="Set it, or use `sahne up`, which brings a PostgreSQL of its own."
            )
        stop_telemetry = start_telemetry()
        try:
            uvloop.run(serve_until_told(settings))
        finally:
            stop_telemetry()


async def serve_until_told(settings: Settings) -> None:
    """Start → wait for SIGINT or SIGTERM → finish what is under way → end."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told.set)
    async with serving(settings):
        people.print(f"[green]ready[/] {settings.api_url}")
        await told.wait()
