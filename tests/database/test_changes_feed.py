"""From a commit to those who may see it: policies, grants, filters, disappearances, gaps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import psycopg
import pytest

from sahne.database.actor import ANONYMOUS, SERVICE
from tests.database.audience import ADA, BO, Audience, ada, bo, opened_feed, run, shows

pytestmark = pytest.mark.anyio

TABLES = """
create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid not null, room text not null default 'hall', body text, secret text, open boolean not null default false
);
alter table public.notes enable row level security;
alter table public.notes replica identity full;
grant all on public.notes to service_role;
grant select (id, owner, room, body, open) on public.notes to authenticated;
create policy "own or open" on public.notes for select to authenticated using (owner = (select auth.uid()) or open);
create table public.news (id int primary key, title text, hidden text);
grant all on public.news to authenticated, service_role;
grant select (id, title) on public.news to anon;
create table public.unkeyed (title text);
create table public.unpublished (id int primary key);
create table public.broken (id int primary key, owner text);
grant all on public.unkeyed, public.unpublished, public.broken to anon, authenticated, service_role;
alter table public.broken enable row level security;
create policy "fails for some" on public.broken for select to authenticated
  using (owner = (select auth.uid())::text
         and (select 1 / case when auth.uid()::text like '%b0' then 0 else 1 end) = 1);
alter publication supabase_realtime add table public.notes, public.news, public.unkeyed, public.broken;
"""


@pytest.fixture(scope="module")
def tables(database_url: str) -> str:
    run(database_url, TABLES)
    return database_url


@pytest.fixture
async def audience(tables: str) -> AsyncIterator[Audience]:
    async with opened_feed(tables) as opened:
        yield opened
    run(tables, "truncate public.notes, public.news, public.unkeyed, public.broken")


def add_note(url: str, owner: object, *, body: str = "b", open_: bool = False, room: str = "hall") -> int:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(
            "insert into public.notes (owner, body, open, room, secret) values (%s, %s, %s, %s, 'hush') returning id",
            (owner, body, open_, room),
        ).fetchone()
        assert row is not None
        return int(row[0])


async def test_a_row_is_shown_to_those_whose_policies_let_them_select_it(audience: Audience, tables: str) -> None:
    adas, bos, service = (
        audience.watch("ada", ada(), "notes"),
        audience.watch("bo", bo(), "notes"),
        audience.watch("s", SERVICE, "notes"),
    )
    private = add_note(tables, ADA)
    shared = add_note(tables, ADA, open_=True)
    await shows(lambda: len(bos.shown) == 1 and len(adas.shown) == 2 and len(service.shown) == 2)
    assert [data["record"]["id"] for data in bos.shown] == [shared]
    assert [data["record"]["id"] for data in adas.shown] == [private, shared]


async def test_columns_without_a_grant_are_in_no_part_of_a_change(audience: Audience, tables: str) -> None:
    adas, service = audience.watch("ada", ada(), "notes"), audience.watch("s", SERVICE, "notes")
    note = add_note(tables, ADA)
    run(tables, f"update public.notes set secret = 'more' where id = {note}")
    await shows(lambda: len(adas.shown) == 2 and len(service.shown) == 2)
    assert all("hush" not in str(data) and "secret" not in str(data) for data in adas.shown)
    assert service.shown[0]["record"]["secret"] == "hush"
    assert service.shown[1]["old_record"]["secret"] == "hush"


async def test_of_an_old_row_under_row_security_only_the_key_travels(audience: Audience, tables: str) -> None:
    adas = audience.watch("ada", ada(), "notes")
    note = add_note(tables, ADA)
    await shows(lambda: adas.types() == ["INSERT"])
    run(tables, f"update public.notes set body = 'c' where id = {note}")
    await shows(lambda: adas.types() == ["INSERT", "UPDATE"])
    run(tables, f"delete from public.notes where id = {note}")
    await shows(lambda: adas.types() == ["INSERT", "UPDATE", "DELETE"])
    assert adas.shown[1]["old_record"] == {"id": note}
    assert adas.shown[2]["old_record"] == {"id": note}
    assert "record" not in adas.shown[2]


async def test_an_update_that_hides_a_row_is_a_delete_for_those_who_saw_it_and_for_nobody_else(
    audience: Audience, tables: str
) -> None:
    adas, bos = audience.watch("ada", ada(), "notes"), audience.watch("bo", bo(), "notes")
    deaf = audience.watch("bo hears updates", bo(), "notes", event="UPDATE")
    private, shared = add_note(tables, ADA), add_note(tables, ADA, open_=True)
    await shows(lambda: len(adas.shown) == 2)  # each step is judged by the rows as they are then
    run(
        tables,
        f"update public.notes set body = 'still private' where id = {private}",
        f"update public.notes set open = false where id = {shared}",
    )
    await shows(lambda: len(adas.shown) == 4)
    run(tables, f"update public.notes set open = true where id = {private}")
    await shows(lambda: len(adas.shown) == 5 and len(bos.shown) == 3)
    assert [(d["type"], (d.get("record") or d["old_record"])["id"]) for d in bos.shown] == [
        ("INSERT", shared),
        ("DELETE", shared),
        ("UPDATE", private),
    ]
    assert bos.shown[1]["old_record"] == {"id": shared}
    assert "DELETE" not in adas.types()
    assert deaf.types() == ["UPDATE"]


async def test_a_filter_does_not_tell_what_stood_in_a_deleted_row_that_was_hidden(
    audience: Audience, tables: str
) -> None:
    guesses = [
        audience.watch(f"bo {guess}", bo(), "notes", event="DELETE", filter=guess)
        for guess in ("body=eq.the code is 4711", "body=match.4711", "body=like.the%", f"owner=eq.{ADA}")
    ]
    plain, by_key = audience.watch("plain", bo(), "notes"), audience.watch("key", bo(), "notes", filter="id=gt.0")
    own = audience.watch("ada", ada(), "notes", event="DELETE", filter="body=eq.the code is 4711")
    hidden = add_note(tables, ADA, body="the code is 4711")
    seen = add_note(tables, ADA, body="the door is open", open_=True)
    await shows(lambda: plain.types() == by_key.types() == ["INSERT"])
    run(tables, f"delete from public.notes where id = {hidden}", f"delete from public.notes where id = {seen}")
    await shows(lambda: plain.types() == by_key.types() == ["INSERT", "DELETE", "DELETE"])
    assert [data["old_record"] for data in own.shown] == [{"id": hidden}]
    heard = [[data["old_record"]["id"] for data in screen.shown] for screen in guesses]
    assert heard == [[], [], [seen], [seen]]


async def test_filters_narrow_by_value_event_and_pattern(audience: Audience, tables: str) -> None:
    hall = audience.watch("hall", SERVICE, "notes", filter="room=eq.hall")
    inserts = audience.watch("inserts", SERVICE, "notes", event="INSERT")
    pattern = audience.watch("pattern", SERVICE, "notes", filter="body=match.^b+$")
    not_pattern = audience.watch("not", SERVICE, "notes", filter="body=not.imatch.^B")
    add_note(tables, ADA, room="attic", body="bbb")
    note = add_note(tables, ADA, room="hall", body="abc")
    run(tables, f"update public.notes set body = 'x' where id = {note}")
    everything = audience.watch("last", SERVICE, "news")
    run(tables, "insert into public.news values (1)")
    await shows(lambda: everything.shown)
    assert [data["record"]["room"] for data in hall.shown] == ["hall", "hall"]
    assert inserts.types() == ["INSERT", "INSERT"]
    assert [data["record"]["body"] for data in pattern.shown] == ["bbb"]
    assert [data["record"]["body"] for data in not_pattern.shown] == ["abc", "x"]


async def test_a_pattern_that_fails_is_nobody_elses_loss(audience: Audience, tables: str) -> None:
    broken = audience.watch("broken", SERVICE, "notes", filter="body=match.(")  # past the check at the join
    whole = audience.watch("whole", SERVICE, "notes", filter="body=match.^b+$")
    add_note(tables, ADA, body="bbb")
    add_note(tables, ADA, body="abc")
    everything = audience.watch("last", SERVICE, "news")
    run(tables, "insert into public.news values (2)")
    await shows(lambda: everything.shown)
    assert [data["record"]["body"] for data in whole.shown] == ["bbb"]
    assert broken.shown == []


async def test_a_filter_on_a_column_without_a_grant_matches_nothing(audience: Audience, tables: str) -> None:
    guess = audience.watch("guess", ada(), "notes", filter="secret=eq.hush")
    sure = audience.watch("sure", ada(), "notes")
    add_note(tables, ADA)
    await shows(lambda: sure.shown)
    assert guess.shown == []


async def test_select_keeps_the_columns_asked_for_and_the_key(audience: Audience, tables: str) -> None:
    titles = audience.watch("titles", SERVICE, "news", select=("title",))
    run(tables, "insert into public.news values (1, 'a', 'b')")
    await shows(lambda: titles.shown)
    assert titles.shown[0]["record"] == {"id": 1, "title": "a"}
    assert [column["name"] for column in titles.shown[0]["columns"]] == ["id", "title"]


async def test_a_grant_taken_back_holds_from_the_next_change_on(audience: Audience, tables: str) -> None:
    anon = audience.watch("anon", ANONYMOUS, "news")
    run(tables, "insert into public.news values (1, 'a', 'b')")
    await shows(lambda: anon.shown)
    run(tables, "revoke select (title) on public.news from anon", "insert into public.news values (2, 'a', 'b')")
    await shows(lambda: len(anon.shown) == 2)
    run(tables, "grant select (title) on public.news to anon")
    assert anon.shown[0]["record"] == {"id": 1, "title": "a"}
    assert anon.shown[1]["record"] == {"id": 2}


async def test_a_table_that_is_not_published_or_has_no_key_shows_nothing_of_its_rows(
    audience: Audience, tables: str
) -> None:
    nothing = audience.watch("nothing", SERVICE, "unpublished")
    unkeyed = audience.watch("unkeyed", SERVICE, "unkeyed")
    run(tables, "insert into public.unpublished values (1)", "insert into public.unkeyed values ('a')")
    await shows(lambda: unkeyed.shown)
    assert nothing.shown == []
    assert "record" not in unkeyed.shown[0]
    assert unkeyed.shown[0]["errors"] == ["Error 400: Bad Request, no primary key"]


async def test_a_row_too_large_keeps_its_small_fields(audience: Audience, tables: str) -> None:
    news = audience.watch("news", SERVICE, "news")
    run(tables, "insert into public.news values (1, 'small', repeat('x', 2000000))")
    await shows(lambda: news.shown)
    assert news.shown[0]["record"] == {"id": 1, "title": "small"}
    assert news.shown[0]["errors"] == ["Error 413: Payload Too Large"]


async def test_a_policy_that_fails_for_one_viewer_hides_the_row_from_that_one_alone(
    audience: Audience, tables: str
) -> None:
    adas, bos = audience.watch("ada", ada(), "broken"), audience.watch("bo", bo(), "broken")
    news = audience.watch("news", SERVICE, "news")
    run(
        tables,
        f"insert into public.broken values (1, '{ADA}'), (2, '{BO}'), (3, '{ADA}')",
        "insert into public.news values (1)",
    )
    await shows(lambda: news.shown)
    assert [data["record"]["id"] for data in adas.shown] == [1, 3]
    assert bos.shown == []


async def test_a_lost_replication_connection_comes_back_and_the_gap_is_told(audience: Audience, tables: str) -> None:
    news = audience.watch("news", SERVICE, "news")
    run(tables, "insert into public.news values (1)")
    await shows(lambda: len(news.shown) == 1)
    run(
        tables,
        "select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()",
    )
    await shows(lambda: audience.started == 2 and len(audience.gaps) == 1)
    run(tables, "insert into public.news values (2)")
    await shows(lambda: len(news.shown) == 2)
    with psycopg.connect(tables) as conn:
        slots = conn.execute(
            "select temporary from pg_replication_slots where database = current_database()"
        ).fetchall()
    assert slots == [(True,)]


async def test_a_lost_judge_or_past_is_asked_again(audience: Audience, tables: str) -> None:
    bos = audience.watch("bo", bo(), "notes")
    first = add_note(tables, ADA, open_=True)
    await shows(lambda: bos.types() == ["INSERT"])
    run(tables, f"update public.notes set open = false where id = {first}")
    await shows(lambda: bos.types() == ["INSERT", "DELETE"])
    run(
        tables,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name in ('sahne judge', 'sahne past') and datname = current_database()",
    )
    second = add_note(tables, ADA, open_=True)
    await shows(lambda: bos.types() == ["INSERT", "DELETE", "INSERT"])
    run(tables, f"update public.notes set open = false where id = {second}")
    await shows(lambda: bos.types() == ["INSERT", "DELETE", "INSERT", "DELETE"])


async def test_messages_stored_by_sql_arrive_after_their_commit_only(audience: Audience, tables: str) -> None:
    with psycopg.connect(tables) as conn:
        conn.execute("""select realtime.send('{"x": 1}', 'new', 'room', false)""")
        conn.rollback()
    run(tables, """select realtime.send('{"x": 2}', 'new', 'room', false)""")
    await shows(lambda: audience.stored)
    (message,) = audience.stored
    assert (message.row["topic"], message.row["event"], message.row["private"]) == ("room", "new", "f")
    assert '"x": 2' in (message.row["payload"] or "")


@pytest.mark.slow
async def test_the_position_is_confirmed_so_that_the_slot_holds_no_wal(audience: Audience, tables: str) -> None:
    news = audience.watch("news", SERVICE, "news")
    run(tables, "insert into public.news values (1)")
    await shows(lambda: news.shown)
    with psycopg.connect(tables, autocommit=True) as conn:
        written = conn.execute("select pg_current_wal_flush_lsn()::text").fetchone()
        assert written is not None
        question = (
            "select bool_and(confirmed_flush_lsn >= %s::pg_lsn) from pg_replication_slots"
            " where database = current_database()"
        )
        await shows(lambda: conn.execute(question, written).fetchone() == (True,), seconds=25)


async def test_a_row_is_judged_when_its_transaction_is_there_for_others(audience: Audience, tables: str) -> None:
    """The stream tells of a commit before other sessions see it; a standby that never answers holds that moment open."""
    adas = audience.watch("ada", ada(), "notes")
    first = add_note(tables, ADA)
    await shows(lambda: len(adas.shown) == 1)  # so that the judge's connection is open
    inserting = threading.Thread(target=add_note, args=(tables, ADA), kwargs={"open_": True})  # another verdict
    run(tables, "alter system set synchronous_standby_names = 'nobody'", "select pg_reload_conf()")
    try:
        with psycopg.connect(tables, autocommit=True) as conn:

            def asked_while_unseen() -> bool:
                row = conn.execute(
                    """select bool_and(judges.query_start > writers.query_start) and (select count(*) = 1 from public.notes)
                         from pg_stat_activity writers
                         join pg_stat_activity judges on judges.application_name = 'sahne judge of all'
                                                     and judges.datname = writers.datname
                        where writers.wait_event = 'SyncRep' and writers.datname = current_database()"""
                ).fetchone()
                return bool(row and row[0])

            inserting.start()
            await shows(asked_while_unseen)
            assert [data["record"]["id"] for data in adas.shown] == [first]
    finally:
        run(tables, "alter system reset synchronous_standby_names", "select pg_reload_conf()")
        await asyncio.to_thread(inserting.join, 30)
    await shows(lambda: len(adas.shown) == 2)
