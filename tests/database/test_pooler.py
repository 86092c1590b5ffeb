"""Behind a transaction pooler sessions are shared: every answer is still its own, and what cannot work there says so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from sahne.changes.judge import ProbingJudge, Question
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Tables
from sahne.database.actor import ANONYMOUS, SERVICE, actor_from_claims, user_actor
from sahne.database.migrate import migrate
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.pooler import PoolerInBetween, refuse_pooler
from sahne.database.result import StatementFailed
from sahne.jobs.worker import run_worker
from sahne.operations.backup.connection import connected
from sahne.settings import Settings
from tests.pgbouncer import pgbouncer, pooler_kinds
from tests.world import World

pytestmark = pytest.mark.anyio

STATEMENTS = 20  # fewer than there are, so that the pooler must forget some
ASKERS = 60
ANSWERS_EACH = 40


@pytest.fixture(
    scope="module",
    params=pooler_kinds(STATEMENTS),
    ids=lambda apart: "statements are kept apart" if apart else "statements are shared",
)
def pooler(
    request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The settings with a pooler in `DATABASE_URL` and the direct way beside it."""
    folder: Path = tmp_path_factory.mktemp("pooler")
    with pgbouncer(settings.admin_database_url, folder, apart=request.param) as url:
        yield replace(settings, database_url=url, replication_url=settings.admin_database_url)


async def test_each_answer_is_its_own_also_beside_failures_and_callers_who_left(pooler: Settings) -> None:
    chance = random.Random(7)

    async def ask(number: int) -> None:
        """Shapes that some share and some do not, each with the caller in its answer."""
        caller = actor_from_claims({"role": "anon", "sub": str(UUID(int=number))})
        for turn in range(ANSWERS_EACH):
            shape = (number + turn) % 25
            statement = b"select 'shape %d', $1::int, auth.uid()" % shape
            match turn % 8:
                case 3:
                    with pytest.raises(StatementFailed, match="division by zero"):
                        await pipeline.run(caller, b"select %d, 1 / $1::int" % shape, [0])
                case 5:
                    leaving = asyncio.create_task(pipeline.run(caller, b"select %d, pg_sleep(1)" % shape))
                    await asyncio.sleep(chance.random() / 50)
                    leaving.cancel()
                case _:
                    held = (lambda _: None) if turn % 8 == 6 else None
                    said = (await pipeline.run(caller, statement, [turn], check=held)).row()
                    assert said == (b"shape %d" % shape, b"%d" % turn, str(UUID(int=number)).encode())

    async with Pipeline(pooler.authenticator_url, connections=16) as pipeline:
        await asyncio.gather(*(ask(number) for number in range(ASKERS)))


async def test_a_table_that_changes_is_read_with_its_new_columns(pooler: Settings, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(
            "drop table if exists public.changing; create table public.changing (a int); insert into public.changing values (1)"
        )
        admin.execute("grant select on public.changing to anon")
        async with Pipeline(pooler.authenticator_url, connections=8) as pipeline:
            read = b"select * from public.changing"
            for columns in range(1, 5):
                rows = await asyncio.gather(*(pipeline.run(ANONYMOUS, read) for _ in range(40)))
                assert {len(row.row()) for row in rows} == {columns}
                admin.execute(f"alter table public.changing add column c{columns} int".encode())


async def test_transactions_of_the_pool_keep_their_actor(pooler: Settings) -> None:
    async def ask(number: int) -> None:
        me = UUID(int=number)
        for _ in range(6):
            async with database.transaction(user_actor(me)) as conn:
                for _ in range(3):
                    said = await (await conn.execute("select auth.uid() as me, current_user::text as role")).fetchone()
                    assert said == {"me": me, "role": "authenticated"}

    async with Database(pooler.authenticator_url, connections_max=12) as database:
        await asyncio.gather(*(ask(number) for number in range(24)))


async def test_the_judge_lets_each_viewer_see_their_own_and_answers_nobody_else(pooler: Settings, world: World) -> None:
    people = [world.person() for _ in range(20)]
    world.owner("alter publication supabase_realtime set table public.profiles")
    async with (
        Database(pooler.authenticator_url) as database,
        Pipeline(pooler.authenticator_url, connections=8) as pipeline,
    ):
        table = (await Tables(database).by_name())["public", "profiles"]
        viewers = {person: Viewer("authenticated", user_actor(person).claims) for person in people}
        questions = [
            Question(table=table, key=(str(person),), viewers=frozenset(viewers.values()), xid=3) for person in people
        ]

        async def ask(asker: int) -> None:
            for number in range(300):
                said = await pipeline.run(SERVICE, b"select %d, $1::int" % (number % 30), [asker])
                assert said.row() == (b"%d" % (number % 30), b"%d" % asker)

        judges = [ProbingJudge(pooler.direct_authenticator_url) for _ in range(4)]
        askers = [asyncio.create_task(ask(asker)) for asker in range(8)]
        for _ in range(5):
            for told in await asyncio.gather(*(judge.visible(questions) for judge in judges)):
                assert told == [{viewers[person]} for person in people]
        await asyncio.gather(*askers)
        for judge in judges:
            await judge.close()


async def test_what_needs_a_session_of_its_own_refuses_a_pooler_and_takes_the_direct_way(pooler: Settings) -> None:
    for url in (pooler.admin_database_url, pooler.authenticator_url):
        with pytest.raises(PoolerInBetween) as refused:
            refuse_pooler(url)
        assert "SAHNE_REPLICATION_URL" in str(refused.value.hint)
    with pytest.raises(PoolerInBetween):
        migrate(pooler.admin_database_url)
    with pytest.raises(PoolerInBetween), connected(pooler.admin_database_url):
        pass
    assert migrate(pooler.direct_admin_url) == []
    for url in (pooler.direct_admin_url, pooler.direct_authenticator_url, pooler.direct_database_url):
        refuse_pooler(url)
    await run_worker(pooler.direct_authenticator_url, [], wait=False)


def test_a_pooler_of_whole_sessions_is_as_good_as_none(settings: Settings, tmp_path: Path) -> None:
    with pgbouncer(settings.admin_database_url, tmp_path, mode="session") as url:
        refuse_pooler(url)
        assert migrate(url) == []


def test_a_pooler_that_is_not_there_is_no_pooler() -> None:
    refuse_pooler("postgresql://nobody@127.0.0.1:1/none")
