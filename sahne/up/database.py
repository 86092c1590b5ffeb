"""The database a command works on: `DATABASE_URL`, that of the `sahne up` that runs, or the embedded one for the while.

And a scratch server for drills: the same server, or for an embedded database a cluster that is thrown away.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sahne.database.embedded import EmbeddedPostgres
from sahne.errors import SetupError
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.up.postgres import postgres_to_start
from sahne.up.state import folder_lock, settings_here

# Nobody keeps anything there.
SCRATCH_SETTINGS = {"fsync": "off", "wal_level": "minimal", "max_wal_senders": "0", "max_replication_slots": "0"}


class NoDatabaseYet(SetupError):
    """There is no database here yet."""

    code = "no_database_yet"


@contextmanager
def database_here(data: Path | None = None, *, make: bool = False) -> Iterator[Settings]:
    """Settings whose database answers as long as the block lasts. `make` starts a new embedded one where none is.

    Raises:
        NoDatabaseYet: nothing was ever set up here, and not `make`.
        AlreadyUp: a `sahne up` is starting or stopping at this moment.
    """
    settings = settings_here(data)
    if settings.database_url is not None:
        yield settings
        return
    folder = settings.data / "postgres"
    if not make and not (folder / "PG_VERSION").exists():
        raise NoDatabaseYet(details=f"{settings.data} has none", hint="Run `sahne up` once, or set DATABASE_URL.")
    with folder_lock(settings.data), _running(_cluster(settings, folder)) as url:
        yield replace(settings, database_url=url)


def is_embedded() -> bool:
    """Whether the settings leave the database to Sahne."""
    return read_settings().database_url is None


@contextmanager
def scratch_server(settings: Settings) -> Iterator[str]:
    """The superuser's URL of a server on which a database may be made and dropped: see the top."""
    if not is_embedded():
        yield settings.direct_database_url
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".scratch-", dir=settings.data.absolute()))
    try:
        with _running(_cluster(settings, folder / "postgres", SCRATCH_SETTINGS)) as url:
            yield url
    finally:
        shutil.rmtree(folder)


def _cluster(settings: Settings, folder: Path, server_settings: dict[str, str] | None = None) -> EmbeddedPostgres:
    """One of the PostgreSQL that the settings name, on a port nobody has."""
    binaries = postgres_to_start(settings.postgres)
    return EmbeddedPostgres(folder, _free_port(), server_settings=server_settings, binaries=binaries)


@contextmanager
def _running(cluster: EmbeddedPostgres) -> Iterator[str]:
    try:
        cluster.start()
        yield cluster.url
    finally:
        cluster.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
