"""`sahne up`, from cold to ready and back.

Order: lock the folder → take the port → PostgreSQL → migrations → LiveKit → demo world → doors → worker; and the
reverse on the way out. Each step says what it does before it does it; a step that cannot be done leaves nothing
half-made and says what to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from socket import socket
from typing import Any

from sahne.database.embedded import Binaries, EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.database.pool import Database
from sahne.database.reach import check_doors, server_lacks
from sahne.errors import SetupError
from sahne.operations.demo import make_demo_world
from sahne.providers.livekit.install import install_livekit
from sahne.server import listening_socket, serving
from sahne.settings import Settings
from sahne.telemetry import Failed, observe
from sahne.up.children import Child, WorkerProcess, watch
from sahne.up.livekit import LiveKitServer
from sahne.up.postgres import postgres_to_start
from sahne.up.state import folder_lock, write_state

Say = Callable[[str], None]

LIVEKIT_MISSING = "LiveKit is missing: no video, no audio; the rest works. Try `sahne livekit install`."
LIVEKIT_LEFT_OUT = "LiveKit was left out (--no-livekit): no video, no audio; the rest works."


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that is up: its final settings, whether the demo world is in it, and what is missing, in words."""

    settings: Settings
    demo: bool
    missing: tuple[str, ...]


@asynccontextmanager
async def stack_up(settings: Settings, *, livekit: bool, demo: bool | None, say: Say) -> AsyncIterator[Stack]:
    """Everything running, as long as the block lasts. `demo` None: where only this machine can meet its people.

    Raises:
        SetupError: with what to do, when it cannot start like this.
    """
    settings = settings.model_copy(update={"data": settings.data.absolute()})
    settings.refuse_development_keys_off_loopback()
    missing: list[str] = []
    children: dict[str, Child] = {}
    async with AsyncExitStack() as exits:
        exits.enter_context(folder_lock(settings.data))
        knocked_at = exits.enter_context(closing(take_port(settings)))
        if settings.database_url is None:
            binaries = postgres_to_start(settings.postgres)
            say(f"Starting PostgreSQL {binaries.major}")
            settings = _with_postgres(settings, binaries, exits, children, say)
        say("Applying migrations")
        migrate(
            settings.direct_admin_url,
            authenticator_password=settings.authenticator_password,
            auto_expose_new_tables=settings.auto_expose_new_tables,
        )
        check_doors(settings.authenticator_url)
        missing += [f"{lack.message}  {lack.sql}" for lack in server_lacks(settings.direct_database_url)]
        if not settings.has_livekit:
            if livekit and (server := await _livekit(settings, say)):
                settings = _with_livekit(settings, server, exits, children)
            else:
                missing.append(LIVEKIT_MISSING if livekit else LIVEKIT_LEFT_OUT)
        if demo is None:
            demo = not settings.public_hosts and not settings.has_database_elsewhere
        if demo:
            say("Making the demo world")
            async with Database(settings.authenticator_url, connections_max=2) as database:
                await make_demo_world(settings, database)
        say("Opening the doors")
        await exits.enter_async_context(serving(settings, knocked_at=knocked_at))
        children["worker"] = worker = WorkerProcess(settings, settings.data / "worker.log")
        exits.callback(worker.stop)
        worker.launch()
        await exits.enter_async_context(_watched(children))
        write_state(settings.data, _state(settings, children))
        yield Stack(settings, demo, tuple(missing))


def _with_postgres(
    settings: Settings, binaries: Binaries, exits: AsyncExitStack, children: dict[str, Child], say: Say
) -> Settings:
    """The settings with a PostgreSQL of our own, which runs."""
    children["postgres"] = postgres = EmbeddedPostgres(settings.data / "postgres", settings.db_port, binaries=binaries)
    exits.callback(postgres.stop)
    postgres.start(say)
    return settings.model_copy(update={"database_url": postgres.url})


async def _livekit(settings: Settings, say: Say) -> LiveKitServer | None:
    """A livekit-server to start, found or got; None where there is none to be had."""
    say("Looking for LiveKit")
    try:
        installed = await asyncio.to_thread(install_livekit, settings.data, tell=say)
    except SetupError as failure:
        observe(Failed("livekit install", f"{failure.message} {failure.details}"))
        return None
    say("Starting LiveKit")
    return LiveKitServer(installed.path, settings.data / "livekit", f"{settings.api_url}/webhooks/livekit")


def _with_livekit(
    settings: Settings, server: LiveKitServer, exits: AsyncExitStack, children: dict[str, Child]
) -> Settings:
    """The settings with this livekit-server, which runs."""
    children["livekit"] = server
    exits.callback(server.stop)
    server.start()
    key = server.key
    of_livekit = {"livekit_url": server.url, "livekit_api_key": key.key, "livekit_api_secret": key.secret}
    return settings.model_copy(update=of_livekit)


def take_port(settings: Settings) -> socket:
    """The API's socket, which listens from here on; or a refusal, before anything is started.

    Raises:
        PortTaken, AddressNotHere, SetupError: the API cannot listen where it should.
    """
    if settings.database_url is None and settings.port == settings.db_port:
        raise SetupError(
            f"The API and PostgreSQL cannot both have port {settings.port}.", hint="Change --port or --db-port."
        )
    return listening_socket(settings)


@asynccontextmanager
async def _watched(children: dict[str, Child]) -> AsyncIterator[None]:
    watches = [asyncio.create_task(watch(name, child)) for name, child in children.items()]
    try:
        yield
    finally:
        for each in watches:
            each.cancel()
        for each in watches:
            with suppress(asyncio.CancelledError):
                await each


def _state(settings: Settings, children: dict[str, Child]) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "api_url": settings.api_url,
        "db_url": settings.admin_database_url,
        "livekit_url": settings.livekit_url,
        "processes": {name: getattr(child, "pid", None) for name, child in children.items()},
    }
