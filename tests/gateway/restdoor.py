"""A server over the films, and a caller who is somebody: what the Data API's door tests share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt
import pytest

from sahne.settings import Settings
from tests.conftest import Running, free_port, running_server
from tests.restworld import rest_world

ADA = "11111111-1111-1111-1111-111111111111"


def token(role: str = "authenticated", sub: str = ADA, **claims: object) -> str:
    """A signed token of the development secret, valid for an hour."""
    secret = Settings(_env_file=None).jwt_secret  # type: ignore[call-arg]
    return jwt.encode({"role": role, "sub": sub, "exp": int(time.time()) + 3600} | claims, secret, "HS256")


@contextmanager
def serving_films(database_url: str, data: Path) -> Iterator[Running]:
    settings = Settings(_env_file=None, data=data, port=free_port(), database_url=database_url)  # type: ignore[call-arg]
    with running_server(settings) as running:
        yield running


def caller(running: Running, bearer: str | None) -> httpx.Client:
    """A client of the door as the bearer of a token."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return httpx.Client(base_url=f"{running.url}/rest/v1", headers=headers, timeout=20)


@pytest.fixture(scope="module")
def films(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server over this module's films."""
    with rest_world(cluster_url) as url, serving_films(url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def ada(films: Running) -> Iterator[httpx.Client]:
    """Somebody signed in."""
    with caller(films, token()) as client:
        yield client


@pytest.fixture(scope="module")
def anon(films: Running) -> Iterator[httpx.Client]:
    """Nobody."""
    with caller(films, None) as client:
        yield client
