"""The queue: a job exists with its transaction, is tried a bounded number of times, and outlives its worker."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from sahne.database.actor import SERVICE, user_actor
from sahne.database.pool import Database
from sahne.jobs.defer import cancel_jobs, defer_job
from sahne.jobs.tasks import Attempt, Task
from sahne.jobs.worker import run_worker
from sahne.settings import Settings
from tests.eventually import eventually_async

pytestmark = pytest.mark.anyio
QUEUE = "test"


@pytest.fixture(autouse=True)
def swept(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("truncate jobs.procrastinate_jobs, jobs.procrastinate_workers cascade")


def jobs_of(database_url: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        return conn.execute(
            "select * from jobs.procrastinate_jobs where queue_name = %s order by id", [QUEUE]
        ).fetchall()


class Diary:
    """A task that writes down its calls, and fails while `failures` last."""

    def __init__(self, failures: int = 0) -> None:
        self.attempts: list[Attempt] = []
        self.words: list[str] = []
        self.given_up: list[str] = []
        self._failures = failures

    async def run(self, attempt: Attempt, *, word: str) -> None:
        self.attempts.append(attempt)
        if len(self.attempts) <= self._failures:
            raise RuntimeError("not yet")
        self.words.append(word)

    async def give_up(self, *, word: str) -> None:
        self.given_up.append(word)

    def task(self, **bounds: Any) -> Task:
        return Task(name="note", queue=QUEUE, run=self.run, give_up=self.give_up, **{"retry_seconds": 0, **bounds})


async def ask(database: Database, word: str, **options: Any) -> int:
    async with database.transaction(SERVICE) as conn:
        return await defer_job(conn, "note", {"word": word}, queue=QUEUE, **options)


async def test_a_job_exists_with_its_transaction_or_not_at_all(database: Database, settings: Settings) -> None:
    with contextlib.suppress(LookupError):
        async with database.transaction(SERVICE) as conn:
            await defer_job(conn, "note", {"word": "lost"}, queue=QUEUE)
            raise LookupError
    await ask(database, "kept")
    diary = Diary()
    await run_worker(settings.authenticator_url, [diary.task()], wait=False)
    assert diary.words == ["kept"]


async def test_a_user_cannot_defer_a_job(database: Database) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with database.transaction(user_actor(uuid4())) as conn:
            await defer_job(conn, "note", {"word": "mine"}, queue=QUEUE)


async def test_a_failing_job_is_tried_again_and_then_done(database: Database, settings: Settings) -> None:
    await ask(database, "third time")
    diary = Diary(failures=2)
    await run_worker(settings.authenticator_url, [diary.task(attempts_max=3)], wait=False)
    assert [(each.number, each.last) for each in diary.attempts] == [(1, False), (2, False), (3, True)]
    assert (diary.words, diary.given_up) == (["third time"], [])


async def test_a_job_that_keeps_failing_is_given_up_once(
    database: Database, settings: Settings, database_url: str
) -> None:
    await ask(database, "never")
    diary = Diary(failures=99)
    await run_worker(settings.authenticator_url, [diary.task(attempts_max=2)], wait=False)
    assert (len(diary.attempts), diary.given_up) == (2, ["never"])
    assert [job["status"] for job in jobs_of(database_url)] == ["failed"]


async def test_a_job_that_takes_too_long_is_stopped(database: Database, settings: Settings) -> None:
    await ask(database, "slow")
    given_up = asyncio.Event()

    async def run(attempt: Attempt, *, word: str) -> None:
        await asyncio.Event().wait()

    async def give_up(*, word: str) -> None:
        given_up.set()

    task = Task(name="note", queue=QUEUE, run=run, give_up=give_up, attempts_max=1, seconds_max=0.05)
    await run_worker(settings.authenticator_url, [task], wait=False)
    assert given_up.is_set()


async def test_the_job_of_a_dead_worker_is_taken_over_and_that_of_a_living_one_is_not(
    database: Database, settings: Settings, database_url: str
) -> None:
    await ask(database, "orphan")
    await ask(database, "in good hands")
    with psycopg.connect(database_url) as conn:
        for word, age in (("orphan", "1 hour"), ("in good hands", "0 s")):
            (worker,) = conn.execute(
                "insert into jobs.procrastinate_workers (last_heartbeat) values (now() - %s::interval) returning id",
                [age],
            ).fetchone() or (0,)
            conn.execute(
                "update jobs.procrastinate_jobs set status = 'doing', worker_id = %s where args ->> 'word' = %s",
                [worker, word],
            )
    diary = Diary()
    await run_worker(settings.authenticator_url, [diary.task()], wait=False)
    assert diary.words == ["orphan"]
    assert diary.attempts[0].number == 2


async def test_a_job_that_kills_every_worker_is_given_up(
    database: Database, settings: Settings, database_url: str
) -> None:
    await ask(database, "poison")
    with psycopg.connect(database_url) as conn:
        conn.execute("update jobs.procrastinate_jobs set status = 'doing', attempts = 2")
    diary = Diary()
    await run_worker(settings.authenticator_url, [diary.task(attempts_max=3)], wait=False)
    assert (diary.words, diary.given_up) == ([], ["poison"])
    assert [job["status"] for job in jobs_of(database_url)] == ["failed"]


async def test_a_cancelled_job_does_not_run(database: Database, settings: Settings) -> None:
    await ask(database, "changed my mind", lock="mine")
    await ask(database, "somebody else's", lock="theirs")
    async with database.transaction(SERVICE) as conn:
        assert await cancel_jobs(conn, "mine") == 1
    diary = Diary()
    await run_worker(settings.authenticator_url, [diary.task()], wait=False)
    assert diary.words == ["somebody else's"]
    async with database.transaction(SERVICE) as conn:
        assert await cancel_jobs(conn, "theirs") == 0


async def test_a_waiting_worker_is_woken_by_a_commit_and_stops_when_told(
    database: Database, settings: Settings, database_url: str
) -> None:
    woken = asyncio.Event()

    async def run(attempt: Attempt, *, word: str) -> None:
        woken.set()

    async def listens() -> bool:
        with psycopg.connect(database_url) as conn:
            listening = "select 1 from pg_stat_activity where query like 'LISTEN%' and datname = current_database()"
            return conn.execute(listening).rowcount > 0

    task = Task(name="note", queue=QUEUE, run=run)
    working = asyncio.create_task(
        run_worker(settings.authenticator_url, [task], look_seconds=600, heartbeat_seconds=600)
    )
    await eventually_async(listens)
    await ask(database, "wake up")
    async with asyncio.timeout(20):
        await woken.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_two_jobs_with_one_lock_never_run_together(database: Database, settings: Settings) -> None:
    running = highest = 0

    async def run(attempt: Attempt, *, word: str) -> None:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        await asyncio.to_thread(lambda: None)
        running -= 1

    for word in ("one", "two", "three"):
        await ask(database, word, lock="one at a time")
    task = Task(name="note", queue=QUEUE, run=run)
    await asyncio.gather(*(run_worker(settings.authenticator_url, [task], wait=False) for _ in range(2)))
    await run_worker(settings.authenticator_url, [task], wait=False)
    assert highest == 1
