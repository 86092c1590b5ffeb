"""Many viewers of one change are one statement; what goes wrong for one of them is nobody else's loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import replace
from itertools import takewhile
from uuid import UUID

import psycopg
import pytest

from sahne.changes.judge import VIEWERS_PER_STATEMENT_MAX, ProbingJudge, Question
from sahne.changes.past import TemporaryTables
from sahne.changes.policies.set_based import SetBasedJudge
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table, Tables
from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.database.audience import run
from tests.eventually import eventually_async

pytestmark = pytest.mark.anyio

# A policy that tells each statement it is part of: equal notices of one transaction are one, and so is their time.
TABLES = """
create table public.told (viewers int, "key_1" text, seen int, primary key ("key_1", viewers));
alter table public.told enable row level security;
grant select on public.told to anon, authenticated;
create function public.tells() returns boolean language plpgsql as $$
begin
  perform pg_notify('judged', current_user || statement_timestamp()::text);
  if current_setting('request.jwt.claims')::json ->> 'sub' like '%d' then
    raise exception 'not for this one';
  end if;
  return current_setting('request.jwt.claims')::json ->> 'sub' like '%a';
end $$;
create policy told on public.told for select using (public.tells());
insert into public.told values (1, 'a', 1), (2, 'a', 2);
create table public.slow (id int primary key);
alter table public.slow enable row level security;
grant select on public.slow to authenticated;
create policy slow on public.slow for select using (
  case when auth.uid()::text like '%5' then pg_sleep(30) is not null else auth.uid()::text like '%a' end
);
insert into public.slow values (1);
create table public.doors (id int primary key, name text);
alter table public.doors enable row level security;
grant select on public.doors to authenticated;
create function public.opens(name text) returns boolean language sql stable security definer set search_path = '' as
  $$ select name = 'front' and auth.uid() is not null $$;
create policy doors on public.doors for select using (public.opens(name));
create table public.sealed (id int primary key, is_private boolean generated always as (id < 10) stored);
alter table public.sealed enable row level security;
grant select on public.sealed to authenticated;
create policy sealed on public.sealed for select using (is_private is not true);
create table public.shut (person uuid primary key);
alter table public.shut enable row level security;
create policy shut on public.shut for select using (true);
grant select on public.shut to authenticated;
create function public.is_shut() returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from shut where person = auth.uid()) $$;
create table public.posts (id int primary key);
alter table public.posts enable row level security;
grant select on public.posts to authenticated;
create policy posts on public.posts for select using (not public.is_shut());
create policy unwritten on public.posts for select;
insert into public.shut select lpad(to_hex(number), 32, '0')::uuid from generate_series(0, 7) number;
alter publication supabase_realtime add table public.told, public.slow, public.sealed, public.shut, public.posts;
"""
OTHER_DOORS = """
create or replace function public.opens(name text) returns boolean language sql stable security definer set search_path = '' as
  $$ select name = 'back' $$
"""


@pytest.fixture(scope="module", autouse=True)
def tables(database_url: str) -> None:
    run(database_url, TABLES)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return read_settings(env_file=None, database_url=database_url)


@pytest.fixture
async def table(settings: Settings) -> Table:
    async with Database(settings.authenticator_url) as database:
        return (await Tables(database).by_name())["public", "told"]


@pytest.fixture
async def judge(settings: Settings) -> AsyncIterator[ProbingJudge]:
    judge = ProbingJudge(settings.authenticator_url)
    yield judge
    await judge.close()


@pytest.fixture
def listening(database_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("listen judged")
        yield conn


def viewers_of(count: int, role: str = "authenticated") -> list[Viewer]:
    return [Viewer(role, user_actor(UUID(int=number)).claims) for number in range(count)]


def statements(listening: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    """Those that the policy was part of so far."""
    listening.execute("notify judged, 'all'")
    return set(takewhile(lambda payload: payload != "all", (notice.payload for notice in listening.notifies())))


def seeing(viewers: list[Viewer]) -> set[Viewer]:
    return {viewer for viewer in viewers if '"sub":"' in viewer.claims and viewer.claims.split('"sub":"')[1][35] == "a"}


async def test_a_hundred_viewers_are_judged_by_one_statement(
    judge: ProbingJudge, table: Table, listening: psycopg.Connection[tuple[object, ...]]
) -> None:
    viewers = viewers_of(VIEWERS_PER_STATEMENT_MAX)
    (seen,) = await judge.visible([Question(table=table, key=("a", "1"), viewers=frozenset(viewers), xid=3)])
    assert seen == seeing(viewers)
    assert len(seen) == 6
    assert len(statements(listening)) == 1


async def test_each_change_and_role_is_a_statement_and_a_crowd_is_several(
    judge: ProbingJudge, table: Table, listening: psycopg.Connection[tuple[object, ...]]
) -> None:
    viewers = viewers_of(30) + viewers_of(30, "anon")
    crowd = viewers_of(VIEWERS_PER_STATEMENT_MAX * 6 + 1)
    questions = [
        Question(table=table, key=("a", "1"), viewers=frozenset(viewers), xid=3),
        Question(table=table, key=("b", "1"), viewers=frozenset(viewers), xid=3),  # there is none
        Question(table=table, key=("a", "2"), viewers=frozenset(crowd), xid=3),
    ]
    assert await judge.visible(questions) == [seeing(viewers), set(), seeing(crowd)]
    assert len(statements(listening)) == 2 + 7


async def test_the_rows_of_a_table_that_has_changed_are_judged_as_it_is_now(
    settings: Settings, judge: ProbingJudge, table: Table, database_url: str
) -> None:
    viewers = viewers_of(16)
    question = Question(table=table, key=("a", "1"), viewers=frozenset(viewers), xid=3)
    assert await judge.visible([question]) == [seeing(viewers)]
    run(database_url, "alter table public.told alter viewers type text")
    async with Database(settings.authenticator_url) as database:
        now = (await Tables(database).by_name())["public", "told"]
    assert await judge.visible([Question(table=now, key=("a", "1"), viewers=frozenset(viewers), xid=3)]) == [
        seeing(viewers)
    ]
    run(database_url, "alter table public.told alter viewers type int using viewers::int")


@pytest.mark.slow
async def test_one_viewer_whose_policy_takes_too_long_hides_the_row_from_that_one_alone(
    settings: Settings, judge: ProbingJudge
) -> None:
    async with Database(settings.authenticator_url) as database:
        table = (await Tables(database).by_name())["public", "slow"]
    viewers = viewers_of(16)
    assert await judge.visible([Question(table=table, key=("1",), viewers=frozenset(viewers), xid=3)]) == [
        seeing(viewers)
    ]


async def test_a_function_that_is_another_is_noticed_within_a_second(
    settings: Settings, judge: ProbingJudge, database_url: str
) -> None:
    async with Database(settings.authenticator_url) as database:
        table = (await Tables(database).find([("public", "doors")]))["public", "doors"]
    past, viewers = TemporaryTables(database_url), frozenset(viewers_of(16))
    of_all = SetBasedJudge(settings.authenticator_url, judge, past)
    row = {"id": "1", "name": "front"}  # which is nowhere: a verdict for all is on what the stream says
    question = Question(table=table, key=("1",), viewers=viewers, xid=3, row=row, settled=True)
    try:
        assert await of_all.visible([question, replace(question, row=row | {"name": "back"})]) == [viewers, set()]
        run(database_url, OTHER_DOORS)

        async def nobody_sees_it() -> bool:
            return await of_all.visible([question]) == [set()]

        await eventually_async(nobody_sees_it, 5)
        assert await of_all.saw(table, row | {"name": "back"}, viewers) == viewers
    finally:
        await of_all.close()
        await past.close()


async def hang_up_after(pauses: int, asking: Coroutine[object, object, object]) -> None:
    """Whoever asks is gone after so many turns of the loop, wherever the question stands by then."""
    task = asyncio.ensure_future(asking)
    for _ in range(pauses):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def test_an_answer_to_somebody_who_hung_up_is_not_the_next_ones(judge: ProbingJudge, table: Table) -> None:
    viewers = frozenset(viewers_of(16))
    there, gone = (Question(table=table, key=key, viewers=viewers, xid=3) for key in (("a", "1"), ("z", "9")))
    for pauses in range(0, 300, 3):
        await hang_up_after(pauses, judge.visible([there]))
        assert await judge.visible([gone]) == [set()], pauses
    assert await judge.visible([there]) == [seeing(list(viewers))]


async def test_so_it_is_with_rows_as_they_were(database_url: str, table: Table) -> None:
    past, viewers = TemporaryTables(database_url), frozenset(viewers_of(16))
    old = {"viewers": "1", "key_1": "a", "seen": "1"}
    for pauses in range(0, 300, 10):
        await hang_up_after(pauses, past.saw(table, old, viewers))
        assert await past.saw(table, old, frozenset(viewers_of(10))) == set(), pauses
    assert await past.saw(table, old, viewers) == seeing(list(viewers))
    await past.close()


async def test_what_the_stream_leaves_out_of_a_row_does_not_count_as_empty(
    database_url: str, settings: Settings
) -> None:
    async with Database(settings.authenticator_url) as database:
        sealed = (await Tables(database).by_name())["public", "sealed"]
    past = TemporaryTables(database_url)
    assert await past.saw(sealed, {"id": "1"}, frozenset(viewers_of(3))) == set()
    await past.close()


async def test_a_table_that_was_looked_into_is_still_the_one_that_functions_read(
    database_url: str, settings: Settings
) -> None:
    async with Database(settings.authenticator_url) as database:
        tables = await Tables(database).by_name()
    past, viewers = TemporaryTables(database_url), viewers_of(16)
    await past.saw(tables["public", "shut"], {"person": str(UUID(int=9))}, frozenset(viewers))
    assert await past.saw(tables["public", "posts"], {"id": "1"}, frozenset(viewers)) == set(viewers[8:])
    await past.close()


async def test_who_saw_a_row_before_is_one_statement_too(
    database_url: str, table: Table, listening: psycopg.Connection[tuple[object, ...]]
) -> None:
    past, viewers = TemporaryTables(database_url), viewers_of(VIEWERS_PER_STATEMENT_MAX)
    try:
        old = {"viewers": "1", "key_1": "a", "seen": None}
        assert await past.saw(table, old, frozenset(viewers)) == seeing(viewers)
    finally:
        await past.close()
    assert len(statements(listening)) == 1
