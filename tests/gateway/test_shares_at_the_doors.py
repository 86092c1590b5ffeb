"""Whose requests are slow holds no more of the connections than their share, at every door: the others are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from sahne.settings.reading import read_settings
from tests.conftest import Running
from tests.eventually import eventually_async
from tests.films import films_database, serving_films
from tests.world import World, bearer

pytestmark = pytest.mark.anyio

BO, DILEK = UUID(int=0xB0), UUID(int=0xD1)
MANY = 20
CONNECTIONS = read_settings(env_file=None).pool_connections_max
SHARE = CONNECTIONS // 4
HELD = "create function held() returns void language sql as $$ select pg_advisory_xact_lock(1) $$"
WAITING = """select count(*) as number from pg_locks where not granted
             and database = (select oid from pg_database where datname = current_database())"""


@pytest.fixture(scope="module")
def films_url(cluster_url: str) -> Iterator[str]:
    with films_database(cluster_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(HELD)
        yield url


@pytest.fixture(scope="module")
def films(films_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving_films(films_url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=None)) as client:
        yield client


def waiting(database_url: str) -> int:
    """How many sessions of the database wait for a lock."""
    with psycopg.connect(database_url) as conn:
        row = conn.execute(WAITING.encode()).fetchone()
    assert row is not None
    return int(row[0])


@asynccontextmanager
async def held_up(
    client: httpx.AsyncClient, database_url: str, lock: str, method: str, url: str, **request: Any
) -> AsyncIterator[None]:
    """Many of one caller's requests, which all need a lock of ours: none is answered before the block ends, then all."""
    with psycopg.connect(database_url) as ours:
        ours.execute(lock.encode())
        asked = [asyncio.create_task(client.request(method, url, **request)) for _ in range(MANY)]

        async def have_come() -> bool:
            return waiting(database_url) >= SHARE

        await eventually_async(have_come)
        yield
        assert not any(task.done() for task in asked)
        ours.rollback()
    assert {answer.status_code for answer in await asyncio.gather(*asked)} <= {200, 204, 400, 404}


async def test_a_users_slow_requests_wait_for_each_other_and_nobody_else_does(
    client: httpx.AsyncClient, films: Running, films_url: str
) -> None:
    api, lock = f"{films.url}/rest/v1", "select pg_advisory_xact_lock(1)"
    async with held_up(client, films_url, lock, "POST", f"{api}/rpc/held", headers=bearer(BO)):
        for headers in (bearer(DILEK), {}):
            assert (await client.get(f"{api}/films?limit=1", headers=headers)).status_code == 200
        assert waiting(films_url) == SHARE


async def test_anonymous_requests_leave_some_connections_to_who_is_signed_in(
    client: httpx.AsyncClient, films: Running, films_url: str
) -> None:
    api, lock = f"{films.url}/rest/v1", "select pg_advisory_xact_lock(1)"
    async with held_up(client, films_url, lock, "POST", f"{api}/rpc/held"):
        assert (await client.get(f"{api}/films?limit=1", headers=bearer(BO))).status_code == 200
        assert waiting(films_url) == CONNECTIONS * 3 // 4


@pytest.mark.parametrize(
    ("table", "method", "path"),
    [
        ("auth.sessions", "GET", "/auth/v1/user"),
        ("storage.objects", "POST", "/storage/v1/object/list/photos"),
        ("public.coin_entries", "GET", "/functions/v1/coins/transactions"),
        (
            "public.live_guest_requests",
            "POST",
            "/functions/v1/live/guest-requests/00000000-0000-4000-8000-000000000000/cancel",
        ),
    ],
)
async def test_so_it_is_at_the_other_doors(
    client: httpx.AsyncClient, server: Running, world: World, database_url: str, table: str, method: str, path: str
) -> None:
    bo, dilek = bearer(world.person()), bearer(world.person())
    lock = f"lock table {table} in access exclusive mode"
    body = {"prefix": ""} if "list" in path else None
    async with held_up(client, database_url, lock, method, f"{server.url}{path}", headers=bo, json=body):
        for beside in ("/rest/v1/gifts?limit=1", "/storage/v1/bucket", "/functions/v1/studio/quota"):
            answer = await client.get(f"{server.url}{beside}", headers=dilek)
            assert answer.status_code == 200, answer.text


async def test_storage_leaves_some_connections_to_who_is_signed_in(
    client: httpx.AsyncClient, server: Running, world: World, database_url: str
) -> None:
    lock = "lock table storage.objects in access exclusive mode"
    public = f"{server.url}/storage/v1/object/public/avatars/nobody.png"
    async with held_up(client, database_url, lock, "GET", public):
        answer = await client.get(f"{server.url}/storage/v1/bucket", headers=bearer(world.person()))
        assert answer.status_code == 200
