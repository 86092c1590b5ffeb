"""A studio at work for tests: its people, who asks, the worker that makes, a maker that can be interrupted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.pool import Database
from sahne.jobs.worker import run_worker
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import ImageRequest, Picture, Progress
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.making import Maker
from sahne.studio.requests import Wish, request_generation
from sahne.studio.tasks import make_generation_task
from tests.studio_world import Person, StudioWorld


@pytest.fixture
def world(database_url: str, settings: Settings) -> StudioWorld:
    world = StudioWorld(database_url, settings)
    world.rows("truncate jobs.procrastinate_jobs, public.generations cascade")
    return world


@pytest.fixture
def ada(world: StudioWorld) -> Person:
    return world.person()


@pytest.fixture
def scene(world: StudioWorld) -> UUID:
    return world.scene()


async def ask(database: Database, person: Person, wish: Wish, key: str | None = None) -> UUID:
    async with database.transaction(person.actor.as_service()) as conn:
        return await request_generation(conn, wish, key or str(uuid4()))


async def work(settings: Settings, database: Database, images: Any = None) -> None:
    maker = Maker(database, DiskBlobs(settings.objects_path), images or MemoryImages())
    task = replace(make_generation_task(maker), retry_seconds=0)
    await run_worker(settings.authenticator_url, [task], wait=False)


class Interrupted(MemoryImages):
    """Calls `before(number)` ahead of every picture: there a test cancels, fails or refuses."""

    def __init__(self, before: Callable[[int], Awaitable[None]]) -> None:
        self.made = 0
        self._before = before

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        self.made += 1
        await self._before(self.made)
        return await super().generate(request, progress)
