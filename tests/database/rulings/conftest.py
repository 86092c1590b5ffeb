"""Two databases side by side: the seeds' own, as their SQL is written, and ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import cloned
from tests.world import World


@pytest.fixture(scope="module")
def seed(as_written_url: str) -> World:
    """The seeds' database. It has no verbs: what is not a client's statement is done as the owner."""
    return World(as_written_url)


@pytest.fixture(scope="module")
def mended_seed(cluster_url: str, as_written_template: str) -> Iterator[World]:
    """The seeds' database with S1 alone put right; before that nobody could keep a picture, nor attack it."""
    with cloned(cluster_url, as_written_template) as url:
        world = World(url)
        world.owner("alter function public.track_daily_usage() security definer set search_path = public")
        yield world


@pytest.fixture(scope="module")
def ours(database_url: str) -> World:
    return World(database_url)
