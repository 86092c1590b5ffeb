"""Long answers come one after the other, whole, and each to its own; a connection is not kept for the room it took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from sahne.database.actor import SERVICE
from sahne.database.long_answers import LONG_ANSWER_BYTES, Turns
from sahne.database.pipeline import Pipeline
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import StatementFailed
from tests.database.test_pipeline import door_url
from tests.eventually import eventually_async
from tests.films import films_database

LONG = 5 * LONG_ANSWER_BYTES
SAY = b"select repeat($1, $2::int), pg_backend_pid()"

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Production runs on uvloop, which tells readers of bytes in an order of its own."""
    if request.param:
        pytest.importorskip("uvloop", reason="NO UVLOOP: it does not exist on this system")
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(scope="module")
def world_url(cluster_url: str) -> Iterator[str]:
    with films_database(cluster_url) as url:
        yield url


@asynccontextmanager
async def opened(url: str, connections: int) -> AsyncIterator[Pipeline]:
    """A pipeline whose every connection is up."""
    async with Pipeline(door_url(url), connections=connections, statement_timeout_seconds=20) as pipeline:
        await all_up(pipeline, connections)
        yield pipeline


async def all_up(pipeline: Pipeline, connections: int) -> None:
    async def are_up() -> bool:
        return pipeline.statistics()["free"] == connections

    await eventually_async(are_up)


async def say(pipeline: Pipeline, letter: str, size: int = LONG) -> bytes:
    """Who served it; what came is right."""
    said, pid = (await pipeline.run(SERVICE, SAY, [letter, size])).row()
    assert said == letter.encode() * size
    return pid or b""


async def test_each_of_many_has_its_own_answer_whole(world_url: str) -> None:
    async with opened(world_url, 4) as pipeline:
        letters = "abcdefghijklmnop"
        await asyncio.gather(*(say(pipeline, letter, LONG if letter < "l" else 100) for letter in letters))
        await all_up(pipeline, 4)


async def test_a_connection_that_a_long_answer_came_over_is_made_anew_and_others_stay(world_url: str) -> None:
    async with opened(world_url, 1) as pipeline:
        first = await say(pipeline, "a", LONG_ANSWER_BYTES // 2)
        assert await say(pipeline, "b") == first
        second, third = await asyncio.gather(say(pipeline, "c", 1), say(pipeline, "d", 1))
        assert second == third != first


async def test_what_is_checked_before_its_commit_may_be_long_and_is_kept_or_taken_back(world_url: str) -> None:
    insert = b"insert into films (title) values ($1) returning repeat(title, $2::int)"
    async with opened(world_url, 2) as pipeline:
        kept, lost = await asyncio.gather(
            pipeline.run(SERVICE, insert, ["kept", LONG_ANSWER_BYTES], check=lambda _: None),
            pipeline.run(SERVICE, insert, ["lost", LONG_ANSWER_BYTES], keep=False),
        )
        assert [len(each.value() or b"") for each in (kept, lost)] == [4 * LONG_ANSWER_BYTES] * 2
        await all_up(pipeline, 2)
        there = await pipeline.run(
            SERVICE, b"select string_agg(distinct title, ',') from films where title in ('kept', 'lost')"
        )
        assert there.value() == b"kept"


async def test_who_went_away_or_failed_in_the_midst_keeps_nobody_waiting(world_url: str) -> None:
    async with opened(world_url, 2) as pipeline:
        for _ in range(3):
            gone = [asyncio.create_task(say(pipeline, letter)) for letter in "ab"]
            failing = asyncio.create_task(pipeline.run(SERVICE, b"select repeat('x', $1) , 1 / 0", [LONG]))
            await asyncio.sleep(0)
            gone[0].cancel()
            await asyncio.wait([*gone, failing])
            with pytest.raises(StatementFailed):
                await failing
            await asyncio.gather(*(say(pipeline, letter) for letter in "cdef"))
        await all_up(pipeline, 2)


async def test_a_connection_that_cannot_be_made_anew_is_one_that_is_lost(world_url: str) -> None:
    name = world_url.rpartition("/")[2]
    with psycopg.connect(world_url.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
        async with opened(world_url, 1) as pipeline:
            admin.execute(f"alter database {name} allow_connections false".encode())
            try:
                await say(pipeline, "a")
                with pytest.raises(DatabaseUnreachable):
                    await say(pipeline, "b")
            finally:
                admin.execute(f"alter database {name} allow_connections true".encode())
            await all_up(pipeline, 1)
            await say(pipeline, "c")


class Reads:
    """A reader that notes when it is told to go on."""

    def __init__(self) -> None:
        self.told = 0

    def go_on(self) -> None:
        self.told += 1


async def test_a_turn_is_one_readers_until_they_leave_and_what_came_is_handed_over() -> None:
    turns, one, two, three = Turns(), Reads(), Reads(), Reads()
    assert turns.take(one)
    assert turns.take(one)
    assert not turns.take(two)
    assert not turns.take(three)
    turns.leave(two)
    turns.hand_over()
    turns.leave(one)
    assert (one.told, two.told, three.told) == (0, 0, 0)
    turns.handed_over()
    assert (one.told, two.told, three.told) == (0, 0, 1)
    assert turns.take(three)
    assert not turns.take(one)


async def test_who_would_begin_while_one_is_handed_over_is_told_afterwards() -> None:
    turns, one = Turns(), Reads()
    turns.hand_over()
    assert not turns.take(one)
    turns.handed_over()
    assert one.told == 1
