"""`sahne serve`: the production server, beside a PostgreSQL (and a LiveKit) that somebody else runs."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, suppress
from typing import Annotated

import typer
import uvloop

from sahne.cli.long_running import (
    LOOK_SECONDS,
    must_name_database,
    telemetry,
    tell_misnamed,
    tell_newer,
    tell_outdated,
    tell_wait,
    told_to_stop,
)
from sahne.cli.output import failures_in_words, people
from sahne.cli.processes import serve_with
from sahne.database.named import refuse_misnamed
from sahne.database.pooler import refuse_pooler
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.gateway.listening import shared_socket
from sahne.gateway.parts import Parts
from sahne.lasting import set_aside
from sahne.server import is_ready, serving
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.telemetry import choose_log, hushed

PROCESSES_MAX = 64


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.", show_default="SAHNE_HOST, else 127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="The port of the API.", min=1, max=65535, show_default="SAHNE_PORT, else 54321"),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(help="Processes behind that port; more than one want SAHNE_BUS_URL.", min=1, max=PROCESSES_MAX),
    ] = 1,
    shared_port: Annotated[bool, typer.Option(help="Be one of several processes.", hidden=True)] = False,
) -> None:
    """Serve the API over DATABASE_URL until SIGTERM."""
    with failures_in_words(), telemetry():
        settings = read_settings(host=host, port=port)
        choose_log(settings.log_level, settings.log_format)
        tell_misnamed()
        must_name_database(settings)
        if processes > 1:
            refuse_unfit(settings)
            asyncio.run(serve_with(settings, processes))
        else:
            uvloop.run(serve_until_told(settings, shared_port=shared_port))


async def serve_until_told(settings: Settings, *, shared_port: bool) -> None:
    """Start → wait for SIGINT or SIGTERM → finish what is under way → end."""
    told = asyncio.create_task(told_to_stop().wait())
    doors = asyncio.create_task(serve_doors(settings, shared_socket(settings) if shared_port else None))
    await asyncio.wait({told, doors}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    doors.cancel()
    with suppress(asyncio.CancelledError):
        await doors


async def serve_doors(settings: Settings, knocked_at: socket.socket | None) -> None:
    """Listen, say what is waited for until the database answers, say ready, and stay until cancelled.

    Raises:
        SetupError: the settings cannot be, or name what is not there.
        PoolerInBetween: realtime and the catalog's news would not arrive.
        PostgresOutdated: it has a known hole, and the settings refuse such a one.
        SchemaNewer: a newer version has migrated the database, and says that this one may not serve it.
    """
    refuse_unfit(settings)
    tell_development_keys(settings)
    waiting_for = await tell_wait(settings, None)
    if waiting_for is None:  # before anybody is served
        await tell_newer(settings)
    async with AsyncExitStack() as exits:
        with hushed(when=waiting_for is not None):  # every part would tell the same in words of its own
            parts = await exits.enter_async_context(serving(settings, knocked_at=knocked_at))
            await until_ready(parts, settings, waiting_for)
        await asyncio.to_thread(refuse_pooler, settings.direct_authenticator_url)
        await asyncio.to_thread(refuse_misnamed, settings)
        await tell_outdated(settings)
        if waiting_for is not None:
            await tell_newer(settings)
        tell_no_livekit(settings)
        listens = f"{settings.host}:{settings.port}"
        people.print(f"[green]ready[/] {settings.api_url}  (listening on {listens})", soft_wrap=True)
        with set_aside():
            await asyncio.Event().wait()


def tell_development_keys(settings: Settings) -> None:
    """`serve` is for others than oneself: then these keys are not."""
    if settings.uses_development_keys:
        people.print(
            "[bold yellow]![/] [bold]The keys are the development ones, which everybody knows.[/] Fine on this machine"
            " alone; behind a proxy all is open to all. docs/guides/production.md says how to make others.",
            soft_wrap=True,
        )


def tell_no_livekit(settings: Settings) -> None:
    """The rest works without it."""
    if not settings.has_livekit:
        people.print(
            "[bold yellow]![/] No LiveKit is set: no session can go live and no call be answered; the rest works. It is"
            " SAHNE_LIVEKIT_URL, SAHNE_LIVEKIT_API_KEY and SAHNE_LIVEKIT_API_SECRET, or SAHNE_LIVEKIT_SERVERS.",
            soft_wrap=True,
        )


async def until_ready(parts: Parts, settings: Settings, waiting_for: str | None) -> None:
    """Return when `/ready` would answer 200; a new reason why it does not is told once."""
    while not await is_ready(parts):
        waiting_for = await tell_wait(settings, waiting_for)
        await asyncio.sleep(LOOK_SECONDS)
