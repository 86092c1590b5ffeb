"""What tests of the storage door share: its buckets, two people, the service role and nobody."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sahne.settings import Settings
from tests.buckets import Caller, make_buckets
from tests.conftest import Running
from tests.world import World


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def buckets(database_url: str) -> str:
    """The database's URL, with the buckets in it."""
    make_buckets(database_url)
    return database_url


@pytest.fixture(scope="module")
def door(server: Running, buckets: str) -> Settings:
    """The settings of the server over these buckets."""
    return server.settings


@pytest.fixture
def ada(door: Settings, world: World, http: httpx.Client) -> Caller:
    return Caller(door, http, world.person())


@pytest.fixture
def bo(door: Settings, world: World, http: httpx.Client) -> Caller:
    return Caller(door, http, world.person())


@pytest.fixture
def service(door: Settings, http: httpx.Client) -> Caller:
    return Caller(door, http, key=door.service_role_key)


@pytest.fixture
def anon(door: Settings, http: httpx.Client) -> Caller:
    return Caller(door, http, key=door.anon_key)
