"""`sahne worker` killed while a picture is made elsewhere: the next one asks for that very picture and pays no second."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.studio.requests import Wish
from tests.eventually import eventually
from tests.image_providers import KEY, FakeBfl, fake_bfl
from tests.process.test_worker import HEARTBEAT_SECONDS, worker
from tests.studio import Studio, ask

pytestmark = pytest.mark.slow


@pytest.fixture
def bfl() -> Iterator[FakeBfl]:
    with fake_bfl() as fake:
        yield fake


@pytest.fixture
def studio(database_url: str, settings: Settings, bfl: FakeBfl) -> Studio:
    return Studio(
        database_url,
        replace(
            settings,
            image_providers="bfl, memory",
            bfl_url=bfl.url,
            bfl_api_key=KEY,
            worker_heartbeat_seconds=HEARTBEAT_SECONDS,
        ),
    )


def request(studio: Studio, person: UUID, count: int = 1, of: tuple[str, ...] = ("bfl",), times: int = 1) -> list[UUID]:
    async def asked() -> list[UUID]:
        async with Database(studio.settings.authenticator_url, connections_max=2) as database:
            photo = None if of[0] == "bfl" else await studio.photo(database, person)
            wish = Wish(studio.scene(), photo, seed=11, count=count, image_size="512x512")
            return [await ask(database, person, wish, of=of) for _ in range(times)]

    return asyncio.run(asked())


def killed_when(studio: Studio, reached: Callable[[], bool]) -> None:
    with worker(studio.settings) as process:
        eventually(reached, 60)
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def test_killed_before_its_answer_came_it_is_not_asked_for_again(studio: Studio, bfl: FakeBfl) -> None:
    ada = studio.person()
    bfl.answers_submissions.clear()
    (id,) = request(studio, ada)
    killed_when(studio, lambda: bool(bfl.jobs))
    bfl.answers_submissions.set()
    studio.owner("update private.remote_pictures set sent_at = now() - interval '1 hour'")
    with worker(studio.settings):
        eventually(lambda: studio.generation(id)["status"] == "failed", 60)
    assert [row["status"] for row in studio.remote(id)] == ["lost"]
    assert (bfl.submissions, studio.images(id), studio.used(ada)) == (1, [], 0)


@pytest.mark.parametrize("held_up", ["answers_polls", "delivers"])
def test_killed_while_it_is_made_or_fetched_there_is_one_picture_of_one_job(
    studio: Studio, bfl: FakeBfl, held_up: str
) -> None:
    ada = studio.person()
    door = getattr(bfl, held_up)
    door.clear()
    (id,) = request(studio, ada)
    killed_when(studio, lambda: any(job.polls > (held_up == "delivers") for job in bfl.jobs.values()))
    assert [row["status"] for row in studio.remote(id)] == ["waiting"]
    door.set()
    finished_once(studio, bfl, ada, id)


def test_killed_while_it_is_stored_there_is_one_picture_of_one_job(studio: Studio, bfl: FakeBfl) -> None:
    ada = studio.person()
    with psycopg.connect(studio.url) as conn:
        conn.execute("lock table public.generated_images in share row exclusive mode")
        (id,) = request(studio, ada)
        waits = "select count(*) from pg_locks where not granted and relation = 'public.generated_images'::regclass"
        killed_when(studio, lambda: studio.one(waits) > 0)
        conn.rollback()
    finished_once(studio, bfl, ada, id)


def test_many_wait_elsewhere_on_one_worker_while_another_is_made_here(studio: Studio, bfl: FakeBfl) -> None:
    ada = studio.person()
    studio.owner("update public.profiles set is_premium = true where user_id = %s", ada)
    bfl.says = [{"status": "Pending"}]
    bfl.answers_polls.clear()
    ids = request(studio, ada, count=4, times=50)
    with worker(studio.settings):
        eventually(lambda: len(bfl.jobs) == 200, 120)
        (here,) = request(studio, ada, of=("memory",))
        eventually(lambda: studio.generation(here)["status"] == "done", 60)
        assert studio.one("select count(*) from public.generations where status = 'running'") == 50
        bfl.answers_polls.set()
        eventually(lambda: {studio.generation(id)["status"] for id in ids} == {"done"}, 120)
    assert (bfl.submissions, studio.one("select count(*) from public.generated_images where user_id = %s", ada)) == (
        200,
        201,
    )
    assert studio.used(ada) == 201


def finished_once(studio: Studio, bfl: FakeBfl, person: UUID, id: UUID) -> None:
    with worker(studio.settings):
        eventually(lambda: studio.generation(id)["status"] == "done", 60)
    assert (bfl.submissions, len(bfl.jobs), len(studio.images(id)), studio.used(person)) == (1, 1, 1, 1)
