"""`sahne worker` as a process: it makes real pictures, outlives a kill -9, and stops when told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from sahne.database.pool import Database
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from sahne.studio.generations import IMAGES_URL
from sahne.studio.requests import Wish, request_generation
from tests.eventually import eventually
from tests.portraits import portrait_bytes
from tests.process.sahne_up import run_sahne
from tests.studio_world import Person, StudioWorld

pytestmark = pytest.mark.slow
HEARTBEAT_SECONDS = 0.3


@pytest.fixture
def world(database_url: str, settings: Settings) -> StudioWorld:
    return StudioWorld(database_url, settings.model_copy(update={"worker_heartbeat_seconds": HEARTBEAT_SECONDS}))


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sahne", "worker"],
        env=os.environ | settings.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def request(world: StudioWorld, person: Person, count: int = 1) -> UUID:
    async def ask() -> UUID:
        async with Database(world.settings.authenticator_url, connections_max=2) as database:
            photo = await world.photo(database, person, portrait_bytes(600, 800))
            async with database.transaction(person.actor.as_service()) as conn:
                return await request_generation(
                    conn, Wish(world.scene(), photo, seed=11, count=count, image_size="512x512"), str(uuid4())
                )

    return asyncio.run(ask())


def read_image(world: StudioWorld, person: Person, url: str) -> bytes:
    async def read() -> bytes:
        async with Database(world.settings.authenticator_url, connections_max=1) as database:
            blobs, place = DiskBlobs(world.settings.objects_path), Place("images", url.removeprefix(IMAGES_URL))
            async with read_object(database, blobs, person.actor, place) as opened:
                return b"".join([chunk async for chunk in opened.blob.chunks()])

    return asyncio.run(read())


def test_a_photo_becomes_a_real_picture_and_the_worker_stops_when_told(world: StudioWorld) -> None:
    ada = world.person()
    with worker(world.settings) as process:
        id = request(world, ada)
        eventually(lambda: world.generation(id)["status"] == "done", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    (row,) = world.images(id)
    assert (row["model"], row["image_size"], row["seed"]) == ("embedded-studio-1", "512x512", 11)
    assert row["metadata"]["provider"] == "embedded"
    assert row["metadata"]["text_prompt"] is False
    picture = Image.open(BytesIO(read_image(world, ada, row["image_url"])))
    assert (picture.format, picture.size) == ("PNG", (512, 512))
    thumbnail = Image.open(BytesIO(read_image(world, ada, row["thumbnail_url"])))
    assert max(thumbnail.size) == 320
    assert world.used(ada) == 1


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_finishes_once(world: StudioWorld) -> None:
    ada = world.person()
    id = request(world, ada, count=4)
    with worker(world.settings) as process:
        eventually(lambda: len(world.images(id)) >= 1, 60)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert world.generation(id)["status"] == "running"
    before = {row["id"] for row in world.images(id)}
    assert 1 <= len(before) < 4
    with worker(world.settings):
        eventually(lambda: world.generation(id)["status"] == "done", 60)
    rows = world.images(id)
    assert [row["seed"] for row in rows] == [11, 12, 13, 14]
    assert before <= {row["id"] for row in rows}, "what was stored is not made again"
    assert world.used(ada) == 4
    assert len(world.rows("select 1 from storage.objects where bucket_id = 'images'")) >= 8


def test_a_stopped_worker_leaves_no_job_half_done(world: StudioWorld) -> None:
    ada = world.person()
    id = request(world, ada, count=4)
    with worker(world.settings) as process:
        eventually(lambda: world.generation(id)["status"] == "running", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert world.generation(id)["status"] == "done"
    assert len(world.images(id)) == 4
    assert world.rows("select 1 from jobs.procrastinate_workers") == []


def test_the_worker_says_what_is_missing() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    ended = subprocess.run([sys.executable, "-m", "sahne", "worker"], env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr


def test_what_runs_when_is_told_to_people_and_to_scripts(tmp_path: Path) -> None:
    told = run_sahne("worker", "--schedule", "--json", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    schedule = json.loads(told.stdout)["schedule"]
    for each in schedule:
        assert each.keys() == {"task", "cron", "at_start", "what"}
        assert len(each["cron"].split()) == 5, each
        assert each["what"]
    names = [each["task"] for each in schedule]
    assert len(set(names)) == len(names) >= 4
    table = run_sahne("worker", "--schedule", cwd=tmp_path)
    assert (table.returncode, table.stdout) == (0, "")
    assert [name for name in names if name not in table.stderr] == []


def test_json_without_the_schedule_is_refused(tmp_path: Path) -> None:
    refused = run_sahne("worker", "--json", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--schedule" in json.loads(refused.stdout)["error"]["message"]
