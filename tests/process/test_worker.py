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
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from sahne.database.actor import user_actor
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
from tests.studio import Studio

pytestmark = pytest.mark.slow
HEARTBEAT_SECONDS = 0.3


@pytest.fixture
def studio(database_url: str, settings: Settings) -> Studio:
    return Studio(database_url, replace(settings, worker_heartbeat_seconds=HEARTBEAT_SECONDS))


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sahne", "worker"],
        env=os.environ | settings.environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def request(studio: Studio, person: UUID, count: int = 1) -> UUID:
    async def ask() -> UUID:
        async with Database(studio.settings.authenticator_url, connections_max=2) as database:
            photo = await studio.photo(database, person, portrait_bytes(600, 800))
            async with database.transaction(user_actor(person).as_service()) as conn:
                return await request_generation(
                    conn, Wish(studio.scene(), photo, seed=11, count=count, image_size="512x512"), str(uuid4())
                )

    return asyncio.run(ask())


def read_image(studio: Studio, person: UUID, url: str) -> bytes:
    async def read() -> bytes:
        async with Database(studio.settings.authenticator_url, connections_max=1) as database:
            blobs, place = DiskBlobs(studio.settings.objects_path), Place("images", url.removeprefix(IMAGES_URL))
            async with read_object(database, blobs, user_actor(person), place) as opened:
                return b"".join([chunk async for chunk in opened.blob.chunks()])

    return asyncio.run(read())


def test_a_photo_becomes_a_real_picture_and_the_worker_stops_when_told(studio: Studio) -> None:
    ada = studio.person()
    with worker(studio.settings) as process:
        id = request(studio, ada)
        eventually(lambda: studio.generation(id)["status"] == "done", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    (row,) = studio.images(id)
    assert (row["model"], row["image_size"], row["seed"]) == ("embedded-studio-1", "512x512", 11)
    assert row["metadata"]["provider"] == "embedded"
    assert row["metadata"]["text_prompt"] is False
    picture = Image.open(BytesIO(read_image(studio, ada, row["image_url"])))
    assert (picture.format, picture.size) == ("PNG", (512, 512))
    thumbnail = Image.open(BytesIO(read_image(studio, ada, row["thumbnail_url"])))
    assert max(thumbnail.size) == 320
    assert studio.used(ada) == 1


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_finishes_once(studio: Studio) -> None:
    ada = studio.person()
    id = request(studio, ada, count=4)
    with worker(studio.settings) as process:
        eventually(lambda: len(studio.images(id)) >= 1, 60)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert studio.generation(id)["status"] == "running"
    before = {row["id"] for row in studio.images(id)}
    assert 1 <= len(before) < 4
    with worker(studio.settings):
        eventually(lambda: studio.generation(id)["status"] == "done", 60)
    rows = studio.images(id)
    assert [row["seed"] for row in rows] == [11, 12, 13, 14]
    assert before <= {row["id"] for row in rows}, "what was stored is not made again"
    assert studio.used(ada) == 4
    assert len(studio.owner("select 1 from storage.objects where bucket_id = 'images'")) >= 8


def test_a_stopped_worker_leaves_no_job_half_done(studio: Studio) -> None:
    ada = studio.person()
    id = request(studio, ada, count=2)
    dead = studio.workers()  # killed by the tests before, perhaps not missed yet
    with worker(studio.settings) as process:
        eventually(lambda: studio.generation(id)["status"] == "running", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert studio.workers() <= dead
    assert studio.owner("select 1 from jobs.procrastinate_jobs where status = 'doing'") == []
    # A machine too busy to finish within the worker's patience hands the job back, and the next worker goes on.
    if studio.generation(id)["status"] != "done":
        with worker(studio.settings):
            eventually(lambda: studio.generation(id)["status"] == "done", 60)
    assert len(studio.images(id)) == 2
    assert studio.used(ada) == 2


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
    assert (table.returncode, table.stderr) == (0, "")
    assert [name for name in names if name not in table.stdout] == []


def test_json_without_the_schedule_is_refused(tmp_path: Path) -> None:
    refused = run_sahne("worker", "--json", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--schedule" in json.loads(refused.stdout)["error"]["message"]
