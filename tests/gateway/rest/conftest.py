"""What tests of the Data API share: a server over the films, and callers who are somebody or nobody."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Running
from tests.films import ADA, caller, films_database, serving_films
from tests.world import token


@pytest.fixture(scope="module")
def films_url(cluster_url: str) -> Iterator[str]:
    """The superuser's URL of this module's films."""
    with films_database(cluster_url) as url:
        yield url


@pytest.fixture(scope="module")
def films(films_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server over this module's films."""
    with serving_films(films_url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def ada(films: Running) -> Iterator[httpx.Client]:
    """Somebody signed in."""
    with caller(films, token(ADA)) as client:
        yield client


@pytest.fixture(scope="module")
def anon(films: Running) -> Iterator[httpx.Client]:
    """Nobody."""
    with caller(films, None) as client:
        yield client
