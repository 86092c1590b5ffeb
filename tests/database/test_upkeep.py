"""What runs by the clock: each piece does its thing, tells it, and does not stand in another's way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from croniter import croniter

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.jobs.defer import defer_job
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.jobs.worker import OWN_LANES, Worker, run_worker
from sahne.operations.upkeep import (
    EventPartitionsKept,
    EventsOutOfPlace,
    KeysForgotten,
    MessagePartitionsKept,
    forget_old_keys,
    keep_event_partitions,
    keep_message_partitions,
    upkeep_schedule,
)
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from sahne.telemetry import Failed, subscribe
from sahne.worker import compose_schedule
from tests.connections import Connection
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def facts() -> Iterator[list[Any]]:
    seen: list[Any] = []
    stop = subscribe(seen.append)
    yield seen
    stop()


@pytest.fixture(autouse=True)
def swept(admin: Connection) -> None:
    admin.execute("truncate jobs.procrastinate_jobs, jobs.procrastinate_workers cascade")


def partitions_of(admin: Connection, table: str) -> set[str]:
    rows = admin.execute(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = %s::regclass", (table,)
    )
    return {row["name"] for row in rows.fetchall()}


async def test_message_partitions_of_coming_days_are_made(
    database: Database, admin: Connection, facts: list[Any]
) -> None:
    today = f"realtime.messages_{datetime.now(UTC):%Y_%m_%d}"
    admin.execute(f"drop table {today}".encode())
    await keep_message_partitions(database)
    assert today in partitions_of(admin, "realtime.messages")
    assert facts == [MessagePartitionsKept(1)]


async def test_where_realtime_is_somebody_elses_nothing_is_done(
    database: Database, admin: Connection, facts: list[Any]
) -> None:
    admin.execute("alter function realtime.keep_message_partitions rename to not_ours")
    try:
        await keep_message_partitions(database)
    finally:
        admin.execute("alter function realtime.not_ours rename to keep_message_partitions")
    assert facts == []


async def test_event_partitions_are_made_ahead_and_old_ones_dropped(
    database: Database, admin: Connection, facts: list[Any]
) -> None:
    this_month = f"private.analytics_events_{datetime.now(UTC):%Y_%m}"
    admin.execute(f"drop table {this_month}".encode())
    admin.execute("select private.create_analytics_partition('2019-03-01')")
    await keep_event_partitions(database)
    there = partitions_of(admin, "analytics_events")
    assert this_month in there
    assert "private.analytics_events_2019_03" not in there
    assert facts == [EventPartitionsKept(1, ("analytics_events_2019_03",))]


async def test_events_in_the_default_partition_are_told_of_and_left_alone(
    database: Database, admin: Connection, facts: list[Any]
) -> None:
    admin.execute(
        "insert into analytics_events (event_name, created_at) values ('x', '2040-01-05'), ('x', '2041-01-05')"
    )
    await keep_event_partitions(database)
    assert facts[-1] == EventsOutOfPlace(events=2, months=2)
    assert admin.execute("delete from private.analytics_events_default").rowcount == 2


async def test_old_idempotency_keys_are_forgotten_and_fresh_ones_kept(
    world: World, database: Database, admin: Connection, facts: list[Any]
) -> None:
    user_id = world.person()
    for key, age in (("old", "8 days"), ("fresh", "6 days")):
        admin.execute(
            "insert into private.idempotency_keys (user_id, key, operation, request, answer, created_at)"
            " values (%s, %s, 'gift', '{}', '{}', now() - %s::interval)",
            (user_id, key, age),
        )
    await forget_old_keys(database)
    assert facts == [KeysForgotten(1)]
    assert admin.execute("select key from private.idempotency_keys").fetchall() == [{"key": "fresh"}]


async def test_a_worker_that_starts_looks_after_the_partitions_at_once(
    database: Database, settings: Settings, admin: Connection, facts: list[Any]
) -> None:
    today = f"realtime.messages_{datetime.now(UTC):%Y_%m_%d}"
    admin.execute(f"drop table {today}".encode())
    await run_worker(settings.authenticator_url, [], upkeep_schedule(database), wait=False)
    assert today in partitions_of(admin, "realtime.messages")
    assert {MessagePartitionsKept, EventPartitionsKept} <= {type(fact) for fact in facts}


async def test_one_piece_that_fails_does_not_stop_the_others(
    database: Database, settings: Settings, facts: list[Any]
) -> None:
    async def fail(_: Attempt) -> None:
        raise RuntimeError("no")

    broken = Scheduled(Task(name="broken", queue=HOUSEKEEPING, run=fail, attempts_max=1), "0 0 1 1 *", at_start=True)
    await run_worker(settings.authenticator_url, [], [broken, *upkeep_schedule(database)], wait=False)
    assert Failed("job broken", "RuntimeError: no") in facts
    assert {MessagePartitionsKept, EventPartitionsKept} <= {type(fact) for fact in facts}


async def test_a_long_piece_of_housekeeping_holds_back_nobodys_job(database: Database, settings: Settings) -> None:
    done = asyncio.Event()

    async def make(_: Attempt) -> None:
        done.set()

    async def keep(_: Attempt) -> None:
        await done.wait()

    async with database.transaction(SERVICE) as conn:
        await defer_job(conn, "picture", {}, queue="pictures")
    await run_worker(
        settings.authenticator_url,
        [Task(name="picture", queue="pictures", run=make)],
        [
            Scheduled(
                Task(name="keep", queue=HOUSEKEEPING, run=keep, attempts_max=1, seconds_max=10),
                "0 0 1 1 *",
                at_start=True,
            )
        ],
        wait=False,
    )
    async with database.transaction(SERVICE) as conn:
        found = await conn.execute("select status from jobs.procrastinate_jobs where task_name in ('keep', 'picture')")
        assert await found.fetchall() == [{"status": "succeeded"}] * 2


async def test_two_workers_that_start_together_do_it_once(database: Database, admin: Connection) -> None:
    async def keep(_: Attempt) -> None:
        return None

    schedule = [Scheduled(Task(name=f"keep_{uuid4().hex}", queue=HOUSEKEEPING, run=keep), "0 0 1 1 *", at_start=True)]
    for _ in range(2):
        worker = Worker(database.url, [], schedule, 5.0)
        async with worker.app.open_async():
            await worker.defer_at_start(schedule)
    assert admin.execute("select from jobs.procrastinate_jobs").rowcount == 1


async def test_everything_scheduled_says_when_and_what(database: Database, settings: Settings) -> None:
    nightly = replace(settings, backup_hour=3)
    schedule = compose_schedule(nightly, database, DiskBlobs(settings.objects_path))
    names = [each.task.name for each in schedule]
    assert len(set(names)) == len(names)
    for each in schedule:
        assert croniter.is_valid(each.cron)
        assert each.what
        assert each.task.queue in OWN_LANES, "the clock's work stands beside the studio's, not before it"
