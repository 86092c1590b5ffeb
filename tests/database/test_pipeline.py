"""The one-round-trip path: who acts, what commits, what is refused, and what survives a broken connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from sahne.database.acting import RequestFacts
from sahne.database.actor import ANONYMOUS, SERVICE, actor_from_claims
from sahne.database.pipeline import Pipeline
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import ConnectionsBusy, Result, StatementFailed
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async
from tests.films import films_database

pytestmark = pytest.mark.anyio

ADA = actor_from_claims({"role": "authenticated", "sub": "11111111-1111-1111-1111-111111111111"})


@pytest.fixture(scope="module")
def world_url(cluster_url: str) -> Iterator[str]:
    with films_database(cluster_url) as url:
        yield url


@pytest.fixture
async def pipeline(world_url: str) -> AsyncIterator[Pipeline]:
    async with Pipeline(door_url(world_url), connections=2, statement_timeout_seconds=5) as opened:
        yield opened


def door_url(url: str) -> str:
    return read_settings(env_file=None, database_url=url).authenticator_url


async def test_a_statement_runs_as_the_actor_and_leaves_no_trace_of_them(pipeline: Pipeline) -> None:
    asked = b"select current_user, auth.uid(), current_setting('request.path', true)"
    facts = RequestFacts(b"GET", b"/films", b"{}")
    assert (await pipeline.run(ADA, asked, request=facts)).row() == (
        b"authenticated",
        b"11111111-1111-1111-1111-111111111111",
        b"/films",
    )
    for _ in range(4):
        role, user, path = (await pipeline.run(ANONYMOUS, asked)).row()
        assert (role, user, path or b"") == (b"anon", None, b"")


async def test_values_travel_as_parameters_by_number_or_by_name(pipeline: Pipeline) -> None:
    nasty = "'; drop table films; --"
    assert (await pipeline.run(ANONYMOUS, b"select $1::text", [nasty])).value() == nasty.encode()
    named = b"select %(a)s::int + %(b)s::int, %(a)s::int %% 2"
    assert (await pipeline.run(ANONYMOUS, named, {"a": 3, "b": 4})).row() == (b"7", b"1")


async def test_a_read_only_statement_cannot_write(pipeline: Pipeline) -> None:
    with pytest.raises(StatementFailed) as refused:
        await pipeline.run(SERVICE, b"insert into films (title) values ('x')", read_only=True)
    assert refused.value.sqlstate == "25006"


async def test_a_failure_says_what_postgresql_said_and_the_slot_serves_on(pipeline: Pipeline) -> None:
    with pytest.raises(StatementFailed) as refused:
        await pipeline.run(SERVICE, b"insert into films (id, title) values (1, 'again')")
    assert (refused.value.sqlstate, refused.value.constraint) == ("23505", "films_pkey")
    assert "already exists" in str(refused.value.details)
    for number in range(6):
        assert (await pipeline.run(SERVICE, b"select $1::int", [number])).value() == b"%d" % number


async def test_a_deferred_constraint_is_reported_though_the_statement_itself_passed(
    pipeline: Pipeline,
) -> None:
    with pytest.raises(StatementFailed) as refused:
        await pipeline.run(SERVICE, b"insert into loans (film_id) values (999999)")
    assert refused.value.sqlstate == "23503"


async def test_a_check_that_raises_rolls_the_write_back(pipeline: Pipeline) -> None:
    def refuse(result: Result) -> None:
        raise ValueError(len(result.columns))

    insert = b"insert into films (title) values ('rolled back') returning id"
    with pytest.raises(ValueError, match="1"):
        await pipeline.run(SERVICE, insert, check=refuse)
    await pipeline.run(SERVICE, insert, keep=False)
    with pytest.raises(StatementFailed):
        await pipeline.run(SERVICE, b"insert into loans (film_id) values (999999)", check=lambda _: None)
    assert await titled(pipeline, "rolled back") == 0
    await pipeline.run(SERVICE, insert.replace(b"rolled back", b"kept"), check=lambda _: None)
    assert await titled(pipeline, "kept") == 1


async def test_a_cancelled_client_neither_stops_the_slot_nor_gets_anothers_answer(pipeline: Pipeline) -> None:
    asleep = [asyncio.create_task(pipeline.run(SERVICE, b"select pg_sleep(4)")) for _ in range(2)]
    await eventually_async(lambda: sleepers(pipeline))
    for task in asleep:
        task.cancel()
    answers = await asyncio.gather(*(pipeline.run(SERVICE, b"select $1::int", [n]) for n in range(20)))
    assert [answer.value() for answer in answers] == [b"%d" % n for n in range(20)]
    assert all(task.cancelled() for task in asleep)


async def test_a_cancelled_checked_write_is_rolled_back(pipeline: Pipeline) -> None:
    write = b"insert into films (title) select 'ghost' from pg_sleep(4) returning id"
    task = asyncio.create_task(pipeline.run(SERVICE, write, check=lambda _: None))
    await eventually_async(lambda: sleepers(pipeline))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def both_serve_again() -> bool:
        return pipeline.statistics()["free"] == 2

    await eventually_async(both_serve_again)
    assert await titled(pipeline, "ghost") == 0


@pytest.mark.parametrize("bounds", [{"wait_seconds_max": 0.1}, {"waiting_max": 0}], ids=["too long", "too many"])
async def test_who_would_wait_too_long_or_with_too_many_is_told_so(world_url: str, bounds: dict[str, Any]) -> None:
    async with Pipeline(door_url(world_url), connections=1, **bounds) as single:
        asleep = asyncio.create_task(single.run(SERVICE, b"select pg_sleep(1)"))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionsBusy):
            await single.run(SERVICE, b"select 1")
        await asleep
        assert (await single.run(SERVICE, b"select 1")).value() == b"1"


async def test_a_killed_connection_is_reported_and_made_anew(world_url: str, pipeline: Pipeline) -> None:
    asleep = asyncio.create_task(pipeline.run(SERVICE, b"select pg_sleep(4)"))
    await eventually_async(lambda: sleepers(pipeline))
    with psycopg.connect(world_url, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'sahne pipeline' and datname = current_database()"
        )
    with pytest.raises(DatabaseUnreachable):
        await asleep

    async def all_back() -> bool:
        return pipeline.statistics()["connections"] == 2

    await eventually_async(all_back)
    assert (await pipeline.run(SERVICE, b"select 1")).value() == b"1"


async def test_without_a_database_a_request_is_refused_at_once() -> None:
    nowhere = "postgresql://authenticator@127.0.0.1:1/none"
    async with Pipeline(nowhere, connections=1, first_connection_seconds_max=0.1) as unreachable:
        with pytest.raises(DatabaseUnreachable):
            await unreachable.run(SERVICE, b"select 1")


async def test_a_changed_table_does_not_trip_over_an_old_plan(world_url: str, pipeline: Pipeline) -> None:
    with psycopg.connect(world_url, autocommit=True) as admin:
        admin.execute(
            "create table changing (a int); insert into changing values (1); grant select on changing to anon"
        )
        for _ in range(4):
            assert (await pipeline.run(ANONYMOUS, b"select * from changing")).row() == (b"1",)
        admin.execute("alter table changing add b text default 'new'")
        for _ in range(4):
            assert (await pipeline.run(ANONYMOUS, b"select * from changing")).row() == (b"1", b"new")


async def test_more_statements_than_a_connection_remembers(world_url: str) -> None:
    async with Pipeline(door_url(world_url), connections=1, statements_max=5) as single:
        for number in range(40):
            assert (await single.run(SERVICE, b"select %d" % number)).value() == b"%d" % number
        held = await single.run(SERVICE, b"select count(*) from pg_prepared_statements")
        assert int(held.value() or 0) <= 6


async def sleepers(pipeline: Pipeline) -> bool:
    return pipeline.statistics()["free"] < 2


async def titled(pipeline: Pipeline, title: str) -> int:
    return int((await pipeline.run(SERVICE, b"select count(*) from films where title = $1", [title])).value() or 0)
