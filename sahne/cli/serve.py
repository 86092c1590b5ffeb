"""`sahne serve`: the production server, beside a PostgreSQL (and a LiveKit) that somebody else runs."""

from __future__ import annotations

from typing import Annotated

import typer
import uvloop

from sahne.cli.screen import failures_in_words, people
from sahne.cli.staying import must_name_database, telemetry, told_to_stop
from sahne.server import serving
from sahne.settings import Settings, read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port of the API.", min=1, max=65535)] = None,
) -> None:
    """Serve every door over DATABASE_URL until SIGTERM."""
    with failures_in_words(), telemetry():
        settings = read_settings(host=host, port=port)
        must_name_database(settings)
        uvloop.run(serve_until_told(settings))


async def serve_until_told(settings: Settings) -> None:
    """Start → wait for SIGINT or SIGTERM → finish what is under way → end."""
    told = told_to_stop()
    async with serving(settings):
        people.print(f"[green]ready[/] {settings.api_url}")
        await told.wait()
