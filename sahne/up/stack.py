"""`sahne up`, from cold to ready and back.

Order: lock the folder → take the port → begin PostgreSQL and LiveKit, and import meanwhile what serves → migrations →
LiveKit answers → demo world → doors → worker; and the reverse on the way out. Each step says what it does before it
does it; a step that cannot be done leaves nothing half-made and says what to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from sahne.database.embedded import EmbeddedPostgres, counting_statements
from sahne.database.floor import PostgresVersion, version_at
from sahne.database.migrate import MigrationFailed, migrate
from sahne.database.named import refuse_misnamed
from sahne.database.pool import Database
from sahne.database.reach import DoorsCannotLogIn, check_doors, server_lacks
from sahne.errors import SahneError, SetupError
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.gateway.listening import listening_socket
from sahne.lasting import nothing_collected
from sahne.operations.demo import DemoOffLoopback, make_demo_world
from sahne.providers.images.installed import refuse_without_studio
from sahne.providers.livekit_program import LiveKitProgram, find_livekit, install_livekit
from sahne.settings import Settings
from sahne.telemetry import Failed, observe
from sahne.up.children import Child, WorkerProcess, watch
from sahne.up.livekit import LiveKitServer
from sahne.up.postgres import EMBEDDED, postgres_to_start
from sahne.up.room import watch_room
from sahne.up.state import first_time, folder_lock, write_state

Say = Callable[[str], None]

LIVEKIT_MISSING = (
    "LiveKit is missing: no session can go live and no call be answered; the rest works. Try `sahne livekit install`."
)
LIVEKIT_LEFT_OUT = (
    "LiveKit was left out (--no-livekit): no session can go live and no call be answered; the rest works."
)
MEND_WITH = "`sahne up --database-only` starts PostgreSQL alone, to see and to mend; `sahne up` goes on from there."


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
    settings = replace(settings, data=settings.data.absolute())
    refuse_unfit(settings)
    refuse_without_studio(settings)
    missing: list[str] = []
    children: dict[str, Child] = {}
    async with AsyncExitStack() as exits:
        exits.enter_context(folder_lock(settings.data))
        knocked_at = exits.enter_context(closing(take_port(settings)))
        if settings.database_url is None:
            settings = _with_postgres(settings, exits, children, say)
        if livekit and not settings.has_livekit and (program := find_livekit(settings.data)):
            settings = _with_livekit(settings, program, exits, children, say)
        with nothing_collected():
            from sahne.server import serving  # here: it takes as long as the two that start meanwhile

        _wait_for_postgres(children, say)
        version = version_at(settings.admin_database_url)
        missing += _outdated(settings, version, ours="postgres" in children)
        say("Applying migrations")
        _migrate(settings, ours="postgres" in children)
        _log_in(settings, ours="postgres" in children)
        refuse_misnamed(settings)
        if isinstance(postgres := children.get("postgres"), EmbeddedPostgres):
            postgres.quiet_doors()
        missing += [lack.in_words for lack in server_lacks(settings.direct_database_url)]
        if livekit and not settings.has_livekit and (program := await _get_livekit(settings, say)):
            settings = _with_livekit(settings, program, exits, children, say)
        if isinstance(server := children.get("livekit"), LiveKitServer):
            server.wait()
        if not settings.has_livekit:
            missing.append(LIVEKIT_MISSING if livekit else LIVEKIT_LEFT_OUT)
        if demo is None:
            demo = not settings.public_hosts and not settings.has_database_elsewhere
        if demo:
            say("Seeing to the demo world")
            missing += await _demo_world(settings)
        say("Opening the API")
        await exits.enter_async_context(serving(settings, knocked_at=knocked_at))
        children["worker"] = worker = WorkerProcess(settings, settings.data / "worker.log")
        exits.callback(worker.stop)
        worker.launch()
        await exits.enter_async_context(_watched(settings.data, children))
        write_state(settings.data, _state(settings, version, children))
        yield Stack(settings, demo, tuple(missing))


@contextmanager
def database_up(settings: Settings, *, say: Say) -> Iterator[Settings]:
    """PostgreSQL alone, as it is and as long as the block lasts: to mend what keeps a start from going on.

    Raises:
        SetupError: it cannot start like this, or is not ours to start.
    """
    if settings.database_url is not None:
        raise SetupError(
            "There is a DATABASE_URL: that PostgreSQL is not ours to start.",
            hint="It is in the environment or in the file .env of this folder: take it away there, or start elsewhere.",
        )
    settings = replace(settings, data=settings.data.absolute())
    children: dict[str, Child] = {}
    with folder_lock(settings.data), ExitStack() as exits:
        settings = _with_postgres(settings, exits, children, say)
        _wait_for_postgres(children, say)
        yield settings


def _with_postgres(
    settings: Settings, exits: ExitStack | AsyncExitStack, children: dict[str, Child], say: Say
) -> Settings:
    """The settings with a PostgreSQL of our own, which starts."""
    binaries = postgres_to_start(settings.postgres)
    say(f"Starting PostgreSQL {binaries.major}")
    children["postgres"] = postgres = EmbeddedPostgres(
        settings.data / "postgres", settings.db_port, server_settings=counting_statements(binaries), binaries=binaries
    )
    exits.callback(postgres.stop)
    postgres.begin()
    return replace(settings, database_url=postgres.url)


def _wait_for_postgres(children: dict[str, Child], say: Say) -> None:
    if isinstance(postgres := children.get("postgres"), EmbeddedPostgres):
        postgres.wait(say)


async def _get_livekit(settings: Settings, say: Say) -> LiveKitProgram | None:
    """A livekit-server that was not here yet; None where there is none to be had."""
    try:
        return await asyncio.to_thread(install_livekit, settings.data, tell=say)
    except SetupError as failure:
        observe(Failed("livekit install", f"{failure.message} {failure.details}"))
        return None


def _with_livekit(
    settings: Settings, program: LiveKitProgram, exits: AsyncExitStack, children: dict[str, Child], say: Say
) -> Settings:
    """The settings with a livekit-server, which starts."""
    say("Starting LiveKit")
    server = LiveKitServer(program.path, settings.data / "livekit", f"{settings.api_url}/webhooks/livekit")
    children["livekit"] = server
    exits.callback(server.stop)
    server.begin()
    key = server.key
    return replace(settings, livekit_url=server.url, livekit_api_key=key.key, livekit_api_secret=key.secret)


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
async def _watched(data: Path, children: dict[str, Child]) -> AsyncIterator[None]:
    watches = [asyncio.create_task(watch(name, child)) for name, child in children.items()]
    watches.append(asyncio.create_task(watch_room(data)))
    try:
        yield
    finally:
        for each in watches:
            each.cancel()
        for each in watches:
            with suppress(asyncio.CancelledError):
                await each


def _migrate(settings: Settings, *, ours: bool, password: str | None = None) -> None:
    """Apply what is pending; `password` is given to `authenticator` then, whichever it has."""
    try:
        migrate(
            settings.direct_admin_url,
            authenticator_role=settings.authenticator_role,
            authenticator_password=password or settings.authenticator_password,
            auto_expose_new_tables=settings.auto_expose_new_tables,
        )
    except MigrationFailed as failure:
        if ours:  # it ends with this start, and nobody could mend anything in it
            failure.hint = f"{failure.hint}\n  {MEND_WITH}"
        raise


def _log_in(settings: Settings, *, ours: bool) -> None:
    """Log in as the doors do. In a PostgreSQL of our own nobody else could set the password right: it is done here.

    Raises:
        DoorsCannotLogIn: PostgreSQL refuses.
    """
    try:
        check_doors(settings.authenticator_url)
    except DoorsCannotLogIn:
        if not ours:
            raise
        _migrate(settings, ours=True, password=unquote(urlsplit(settings.authenticator_url).password or ""))
        check_doors(settings.authenticator_url)


async def _demo_world(settings: Settings) -> list[str]:
    """Have the demo world made; or what kept it from being made, which keeps nothing else from running."""
    async with Database(settings.authenticator_url, connections_max=2) as database:
        try:
            await make_demo_world(settings, database)
        except DemoOffLoopback:
            raise
        except (psycopg.Error, SahneError) as error:
            return [
                f"The demo world could not be made: {str(error).strip()}\n"
                "  Everything else runs. Mend the cause and start again, or leave it out with --no-demo."
            ]
    return []


def _outdated(settings: Settings, version: PostgresVersion, *, ours: bool) -> list[str]:
    """That it has a known hole; of the embedded one this is told once, as only a newer wheel can change it.

    Raises:
        PostgresOutdated: it has, and the settings refuse such a one.
    """
    outdated = version.outdated()
    if outdated is None:
        return []
    if settings.refuse_outdated_postgres:
        raise outdated
    embedded = ours and settings.postgres == EMBEDDED
    if embedded and not first_time(settings.data, f"PostgreSQL {version} is below {version.floor}"):
        return []
    return [outdated.as_lack.in_words]


def _state(settings: Settings, version: PostgresVersion, children: dict[str, Child]) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "api_url": settings.api_url,
        "db_url": settings.admin_database_url,
        "livekit_url": settings.livekit_url,
        "postgres": {"version": str(version), "floor": version.floor, "outdated": version.is_outdated},
        "processes": {name: getattr(child, "pid", None) for name, child in children.items()},
    }
