"""What tests of the database share: the superuser's own connection, the people of the stage, the seeds as written."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from sahne.database.binaries import Binaries
from sahne.database.migrate import migrate
from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.backups import Stored, fill
from tests.conftest import cloned, with_database
from tests.connections import Connection
from tests.database.conformance.as_written import write_seeds
from tests.restoring import restored_copy
from tests.studio import Studio

PLATFORM = "sahne_platform"
AS_WRITTEN = "sahne_as_written"


@pytest.fixture(scope="module")
def admin(database_url: str) -> Iterator[Connection]:
    """The superuser, autocommit, rows as dictionaries: arranges and looks, never the one under test."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """This module's database as the server opens it."""
    async with Database(settings.authenticator_url, connections_max=8) as opened:
        yield opened


@pytest.fixture
def studio(database_url: str, settings: Settings) -> Studio:
    """The studio of this module's database, with nothing asked of it yet."""
    studio = Studio(database_url, settings)
    studio.owner("truncate jobs.procrastinate_jobs, public.generations cascade")
    return studio


@pytest.fixture
def scene(studio: Studio) -> UUID:
    """A scene that everybody may use."""
    return studio.scene()


@pytest.fixture(scope="session")
def platform_template(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the platform alone, as Supabase handed one over when the seeds were written."""
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {PLATFORM} with (force)")
        conn.execute(f"create database {PLATFORM}")
    nothing = tmp_path_factory.mktemp("no_migrations")
    migrate(with_database(cluster_url, PLATFORM), folder=nothing, auto_expose_new_tables=True)
    return PLATFORM


@pytest.fixture(scope="session")
def as_written_template(cluster_url: str, platform_template: str) -> str:
    """The name of a database in which the seeds' SQL was run as it is written."""
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {AS_WRITTEN} with (force)")
        conn.execute(f"create database {AS_WRITTEN} template {platform_template}")
    with psycopg.connect(with_database(cluster_url, AS_WRITTEN), autocommit=True) as conn:
        write_seeds(conn)
    return AS_WRITTEN


@pytest.fixture(scope="module")
def as_written_url(cluster_url: str, as_written_template: str) -> Iterator[str]:
    """The superuser's URL of the seeds' own database for this module."""
    with cloned(cluster_url, as_written_template) as url:
        yield url


@pytest.fixture(scope="session")
def restored_template(
    cluster_url: str, template: str, binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database restored from a dump of the migrated one."""
    folder: Path = tmp_path_factory.mktemp("restored")
    with restored_copy(with_database(cluster_url, template), binaries, folder) as url:
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture(scope="module", params=["template", "restored_template"], ids=["migrated", "restored"])
def migrated_or_restored(request: pytest.FixtureRequest, cluster_url: str) -> Iterator[str]:
    """The superuser's URL of a fresh database that was migrated, and then of one that came out of its dump."""
    with cloned(cluster_url, request.getfixturevalue(request.param)) as url:
        yield url


@pytest.fixture(scope="session")
def filled_template(cluster_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of a database with something in every corner, and the folder of its objects."""
    name, data = "sahne_filled", tmp_path_factory.mktemp("filled")
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {name} with (force)")
        conn.execute(f"create database {name} template {template}")
    url = with_database(cluster_url, name)
    fill(read_settings(env_file=None, data=data, database_url=url))
    return name, data


@pytest.fixture(scope="module")
def stored(
    cluster_url: str, filled_template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stored]:
    """This module's copy of it."""
    name, data = filled_template
    folder: Path = tmp_path_factory.mktemp("stored")
    shutil.copytree(data / "objects", folder / "objects")
    with cloned(cluster_url, name) as url:
        yield Stored(url, folder / "objects", folder / "backups")
