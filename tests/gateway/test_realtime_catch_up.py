"""A client that was away for a moment says how far it had come and gets what it missed, once and in order."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sahne.settings import Settings
from tests.eventually import eventually_async
from tests.gateway.realtime_socket import Talk, talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server")]

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)
ROWS, ROWS_PROVEN, AHEAD_MAX = 240, 20_000, 100
PAGES = {"event": "*", "schema": "public", "table": "pages"}
TABLES = """
create table public.pages (id int primary key, owner uuid not null, open boolean not null default false, body text);
create table public.quiet (id int primary key);
grant all on public.pages, public.quiet to anon, authenticated, service_role;
alter table public.pages enable row level security;
alter table public.pages replica identity full;
create policy "own or open" on public.pages for select to authenticated using (owner = (select auth.uid()) or open);
alter publication supabase_realtime add table public.pages, public.quiet;
"""


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        if conn.execute("select to_regclass('public.pages')").fetchone() == (None,):
            conn.execute(TABLES)
        yield conn
        conn.execute("truncate public.pages, public.quiet")


@dataclass
class Reader:
    """A client that catches up. `seen` is what it says; `changes` and `load_again` are what it was told."""

    settings: Settings
    user: UUID
    asked: dict[str, Any] = field(default_factory=lambda: PAGES)
    version: str = "2.0.0"
    seen: str | None = None
    changes: list[tuple[str, int]] = field(default_factory=list)
    load_again: bool = False

    @contextlib.asynccontextmanager
    async def here(self) -> AsyncIterator[Talk]:
        async with talking(self.settings, self.version) as talk:
            config = {"postgres_changes": [self.asked], "postgres_changes_options": {"catch_up": {"since": self.seen}}}
            assert (await talk.join("realtime:db", config, token(self.user))).payload["status"] == "ok"
            assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
            await self.hear(talk)
            yield talk

    async def hear(self, talk: Talk) -> None:
        """Everything until it is told how far it has come."""
        while True:
            heard = await talk.hear()
            if heard.event == "system":
                self.seen, self.load_again = heard.payload["commit"], heard.payload["load_again"]
                return
            data = heard.payload["data"]
            self.changes.append((data["type"], data.get("record", data.get("old_record"))["id"]))


@contextlib.asynccontextmanager
async def told(settings: Settings, count: int, table: str = "*") -> AsyncIterator[None]:
    """Wait after the block until the server has told of so many changes."""
    async with talking(settings, key=settings.service_role_key) as witness:
        await witness.join("realtime:db", {"postgres_changes": [{"event": "*", "schema": "public", "table": table}]})
        await witness.hear()
        yield
        for _ in range(count):
            await witness.hear()


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
async def test_who_was_away_gets_what_it_missed_once_in_order_and_of_its_own(
    settings: Settings, sql: psycopg.Connection[Any], version: str
) -> None:
    ada = Reader(settings, ADA, version=version)
    async with ada.here() as talk:
        sql.execute("insert into public.pages values (1, %s)", (ADA,))
        await ada.hear(talk)
    async with told(settings, 6):
        sql.execute("insert into public.pages values (2, %s), (3, %s), (4, %s)", (ADA, BO, ADA))
        sql.execute("update public.pages set body = 'b' where id in (1, 3)")
        sql.execute("delete from public.pages where id = 2")
    async with ada.here() as talk:
        sql.execute("insert into public.pages values (5, %s)", (ADA,))
        await ada.hear(talk)
        await talk.silent()
    async with ada.here() as talk:
        await talk.silent()
    assert not ada.load_again
    missed = [("INSERT", 2), ("INSERT", 4), ("UPDATE", 1), ("DELETE", 2)]
    assert ada.changes == [("INSERT", 1), *missed, ("INSERT", 5)]


async def test_changes_are_kept_while_nobody_else_listens_to_their_table(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    ada = Reader(settings, ADA)
    async with ada.here():
        pass
    async with told(settings, 1, "quiet"):
        sql.execute("insert into public.pages values (1, %s)", (ADA,))
        sql.execute("insert into public.quiet values (1)")
    async with ada.here():
        assert (ada.changes, ada.load_again) == ([("INSERT", 1)], False)


async def test_a_row_is_not_shown_as_it_was_while_it_was_hidden(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    ada, bo = Reader(settings, ADA), Reader(settings, BO)
    async with ada.here(), bo.here():
        pass
    async with told(settings, 4):
        sql.execute("insert into public.pages values (1, %s, false, 'draft')", (ADA,))
        sql.execute("update public.pages set open = true, body = 'fair copy'")
        sql.execute("insert into public.pages values (2, %s, true)", (ADA,))
        sql.execute("update public.pages set open = false where id = 2")
    async with ada.here(), bo.here():
        pass
    assert ada.changes == [("INSERT", 1), ("UPDATE", 1), ("INSERT", 2), ("UPDATE", 2)]
    assert bo.changes == [("UPDATE", 1), ("INSERT", 2), ("DELETE", 2)]


async def test_what_may_not_be_seen_any_more_is_not_made_up_for(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    bo = Reader(settings, BO)
    async with bo.here():
        pass
    async with told(settings, 1):
        sql.execute("insert into public.pages values (1, %s, true)", (ADA,))
    sql.execute('alter policy "own or open" on public.pages using (owner = (select auth.uid()))')
    async with bo.here() as talk:
        await talk.silent()
    sql.execute('alter policy "own or open" on public.pages using (owner = (select auth.uid()) or open)')
    assert (bo.changes, bo.load_again) == ([], False)


async def test_who_comes_with_what_is_not_known_is_told_to_load_again(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    for seen in ("0/1.1", "FFFFFFFF/FFFFFFFF.1", "yesterday"):
        ada = Reader(settings, ADA, seen=seen)
        async with ada.here() as talk:
            assert ada.load_again
            sql.execute("insert into public.pages values (1, %s)", (ADA,))
            await ada.hear(talk)
            assert not ada.load_again
        sql.execute("delete from public.pages")


async def test_a_gap_in_the_stream_is_told_and_nothing_before_it_made_up(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    ada, away = Reader(settings, ADA), Reader(settings, ADA)
    async with away.here():
        pass
    async with ada.here() as talk:
        sql.execute(
            "select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()"
        )
        await ada.hear(talk)
        assert ada.load_again
        assert "may be missing" in (await talk.hear()).payload["message"]
    async with away.here(), ada.here():
        assert (away.load_again, ada.load_again) == (True, False)


async def test_a_quiet_table_is_not_lost_by_what_happens_elsewhere(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    quiet = Reader(settings, ADA, {"event": "INSERT", "schema": "public", "table": "quiet"})
    async with quiet.here(), Reader(settings, ADA).here():
        pass
    async with told(settings, 21):
        sql.execute(
            "insert into public.pages select n, %s, true, repeat('x', 1000000) from generate_series(1, 20) n", (ADA,)
        )
        sql.execute("insert into public.quiet values (7)")
    async with quiet.here():
        assert (quiet.changes, quiet.load_again) == ([("INSERT", 7)], False)


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_whoever_comes_and_goes_all_the_time_misses_nothing_and_hears_nothing_twice(
    settings: Settings, sql: psycopg.Connection[Any], database_url: str, pytestconfig: pytest.Config
) -> None:
    rows = ROWS_PROVEN if pytestconfig.getoption("--prove") else ROWS
    dice = random.Random(7)
    readers = [Reader(settings, user, version=version) for user in (ADA, BO) for version in ("1.0.0", "2.0.0")]
    for reader in readers:
        async with reader.here():
            pass
    async with (
        asyncio.TaskGroup() as group,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn,
    ):
        for reader in readers:
            group.create_task(come_and_go(reader, rows // 2, random.Random(dice.random())))
        for number in range(1, rows + 1):
            await conn.execute("insert into public.pages values (%s, %s)", (number, (ADA, BO)[number % 2]))
            if number % AHEAD_MAX == 0:
                await eventually_async(partial(have_heard, readers, (number - AHEAD_MAX) // 2), seconds=60)
    for reader in readers:
        assert reader.changes == [("INSERT", n) for n in range(1, rows + 1) if (ADA, BO)[n % 2] == reader.user]


async def have_heard(readers: list[Reader], rows: int) -> bool:
    return all(len(reader.changes) >= rows for reader in readers)


async def come_and_go(reader: Reader, rows: int, dice: random.Random) -> None:
    """Until it has heard of so many rows, with a new token each time; it is cut off in the middle of whatever it does."""
    while len(reader.changes) < rows:
        async with reader.here() as talk:
            assert not reader.load_again
            await talk.send("realtime:db", "access_token", {"access_token": token(reader.user, nonce=dice.random())})
            for _ in range(dice.randrange(8)):
                if len(reader.changes) < rows:
                    await reader.hear(talk)
            talk.socket.transport.abort()


async def test_others_are_told_nothing_of_commits(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    ada = Reader(settings, ADA)
    async with ada.here() as talk, talking(settings) as plain:
        await plain.join("realtime:db", {"postgres_changes": [PAGES]}, token(ADA))
        await plain.hear()
        sql.execute("insert into public.pages values (1, %s)", (ADA,))
        await ada.hear(talk)
        assert (await plain.hear()).event == "postgres_changes"
        await plain.silent()
