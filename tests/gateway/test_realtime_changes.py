"""postgres_changes over a raw socket: row security, several askings of one channel, tokens, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sahne.changes.counts import TOLD
from sahne.settings import Settings
from tests.eventually import eventually_async
from tests.gateway.realtime_socket import Talk, talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server")]

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)
SUBSCRIBED = {"extension": "postgres_changes", "status": "ok", "message": "Subscribed to PostgreSQL", "channel": "db"}
NOTES = {"event": "*", "schema": "public", "table": "notes"}
TABLES = """
create table public.notes (id int primary key, owner uuid not null, room int not null, body text);
grant all on public.notes to anon, authenticated, service_role;
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner);
alter publication supabase_realtime add table public.notes;
"""


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        if conn.execute("select to_regclass('public.notes')").fetchone() == (None,):
            conn.execute(TABLES)
        yield conn
        conn.execute("truncate public.notes")


async def subscribe(talk: Talk, *asked: dict[str, Any], token: str | None = None) -> list[int]:
    answer = await talk.join("realtime:db", {"postgres_changes": list(asked)}, token)
    assert (await talk.hear()).payload == SUBSCRIBED
    return [item["id"] for item in answer.payload["response"]["postgres_changes"]]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
async def test_each_sees_their_own_rows_and_no_row_of_another(
    settings: Settings, sql: psycopg.Connection[Any], version: str
) -> None:
    async with talking(settings, version) as ada, talking(settings, version) as bo, talking(settings, version) as anon:
        (ada_id,) = await subscribe(ada, NOTES, token=token(ADA))
        await subscribe(bo, NOTES, token=token(BO))
        await subscribe(anon, NOTES)
        assert "deletions alone" in (await anon.hear()).payload["message"]
        sql.execute("insert into public.notes values (1, %s, 7, 'hers'), (2, %s, 7, 'his')", (ADA, BO))
        heard = await ada.hear()
        assert (heard.event, heard.topic, heard.ref, heard.payload["ids"]) == (
            "postgres_changes",
            "realtime:db",
            None,
            [ada_id],
        )
        data = heard.payload["data"]
        assert data["record"] == {"id": 1, "owner": str(ADA), "room": 7, "body": "hers"}
        assert (data["type"], data["schema"], data["table"], data["errors"]) == ("INSERT", "public", "notes", None)
        assert (await bo.hear()).payload["data"]["record"]["body"] == "his"
        for talk in (ada, bo, anon):
            await talk.silent()


async def test_a_change_comes_once_with_the_ids_of_every_asking_it_answers(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    async with talking(settings, key=settings.service_role_key) as talk:
        ids = await subscribe(talk, NOTES, NOTES | {"filter": "room=eq.7"}, NOTES | {"filter": "room=eq.8"}, NOTES)
        sql.execute("insert into public.notes values (1, %s, 7)", (ADA,))
        assert sorted((await talk.hear()).payload["ids"]) == sorted({ids[0], ids[1]})
        await talk.silent()


async def test_a_new_token_sees_what_its_owner_may_see(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    async with talking(settings) as talk:
        await subscribe(talk, NOTES, token=token(ADA))
        await talk.send("realtime:db", "access_token", {"access_token": token(BO)})
        await talk.silent()
        sql.execute("insert into public.notes values (1, %s, 7), (2, %s, 7)", (ADA, BO))
        assert (await talk.hear()).payload["data"]["record"]["id"] == 2
        await talk.silent()


async def test_after_leaving_no_change_arrives(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    async with (
        talking(settings, key=settings.service_role_key) as gone,
        talking(settings, key=settings.secret_key) as here,
    ):
        await subscribe(gone, NOTES)
        await subscribe(here, NOTES)
        await gone.send("realtime:db", "phx_leave", {})
        assert (await gone.hear()).event == "phx_reply"
        assert (await gone.hear()).event == "phx_close"
        sql.execute("insert into public.notes values (1, %s, 7)", (ADA,))
        await here.hear()
        await gone.silent()


async def test_of_a_hundred_tables_each_that_is_missing_is_named(settings: Settings) -> None:
    asked = [NOTES | {"table": f"nowhere_{number}"} for number in range(98)]
    async with talking(settings) as talk:
        wanted = [NOTES, *asked, {"schema": "auth", "table": "users"}]
        await talk.join("realtime:db", {"postgres_changes": wanted}, token(ADA))
        told = [(await talk.hear()).payload["message"] for _ in range(99)]
        assert [message.rpartition(": ")[2] for message in told] == [
            *(f"there is no table public.nowhere_{number}" for number in range(98)),
            "auth.users is not in the publication supabase_realtime",
        ]
        await talk.silent()


async def test_a_table_published_later_begins_to_arrive_without_a_new_join(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    sql.execute(
        "create table public.later (id int primary key); grant select on public.later to anon, authenticated, service_role"
    )
    async with talking(settings) as talk:
        await talk.join("realtime:db", {"postgres_changes": [NOTES | {"table": "later"}]})
        assert (
            (await talk.hear()).payload["message"].endswith("public.later is not in the publication supabase_realtime")
        )
        sql.execute("alter publication supabase_realtime add table public.later")
        sql.execute("insert into public.later values (1)")
        assert (await talk.hear()).payload["data"]["record"] == {"id": 1}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"table": "nowhere"}, "there is no table public.nowhere"),
        ({"filter": "nothing=eq.1"}, "There is no column 'nothing'."),
        ({"filter": "id=about.1"}, "The filter of a subscription cannot be understood."),
        ({"filter": "body=match.("}, "A pattern is not a regular expression, or a slow one."),
        ({"schema": "auth", "table": "users"}, "auth.users is not in the publication supabase_realtime"),
    ],
)
async def test_the_reason_why_no_change_can_come_is_named(
    settings: Settings, sql: psycopg.Connection[Any], asked: dict[str, str], reason: str
) -> None:
    async with talking(settings) as talk:
        await talk.join("realtime:db", {"postgres_changes": [NOTES | asked]})
        message = (await talk.hear()).payload["message"]
        assert reason in message
        assert "[event: *, schema: " in message


async def test_a_missing_grant_is_named(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    sql.execute("create table public.closed (id int primary key)")
    sql.execute("alter publication supabase_realtime add table public.closed")
    async with talking(settings) as talk:
        await talk.join("realtime:db", {"postgres_changes": [NOTES | {"table": "closed"}]})
        assert (await talk.hear()).payload["message"].endswith("anon has no SELECT grant on public.closed")
        sql.execute("insert into public.closed values (1)")
        await talk.silent()


WALLED = """
create table public.walled (id int primary key, room int);
alter table public.walled enable row level security;
grant select on public.walled to anon, authenticated, service_role;
create policy "nobody" on public.walled for select to anon using (false);
create policy "everybody else's" on public.walled for select to authenticated using (true);
create policy "who writes reads nothing" on public.walled for insert to anon with check (true);
alter publication supabase_realtime add table public.walled;
"""


async def test_a_table_of_which_no_policy_shows_a_row_is_named_until_one_does(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    sql.execute(WALLED)
    walled = NOTES | {"table": "walled"}
    inserted, in_a_room = walled | {"event": "INSERT"}, walled | {"filter": "room=eq.1"}
    reason = "no policy lets anon see a row of public.walled"
    async with talking(settings) as talk:
        for topic, asked in (("realtime:one", inserted), ("realtime:two", in_a_room)):
            await talk.join(topic, {"postgres_changes": [asked]})
            heard = (await talk.hear()).payload
            assert (heard["status"], heard["message"].endswith(reason)) == ("error", True)
        waits = {"postgres_changes": [inserted], "postgres_changes_options": {"wait": True}}
        assert reason in (await talk.join("realtime:three", waits)).payload["response"]["reason"]
        await subscribe(talk, walled, token=token(ADA))
    sql.execute("alter policy nobody on public.walled using (id = 1)")

    async def told_that_it_comes() -> bool:
        async with talking(settings) as talk:
            await talk.join("realtime:db", {"postgres_changes": [inserted]})
            return (await talk.hear()).payload == SUBSCRIBED

    await eventually_async(told_that_it_comes)


async def test_who_is_shown_no_row_hears_of_deletions_and_that_it_is_these_alone(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    async with talking(settings) as waiting, talking(settings) as talk:
        await waiting.join("realtime:db", {"postgres_changes": [NOTES], "postgres_changes_options": {"wait": True}})
        await talk.join("realtime:db", {"postgres_changes": [NOTES]})
        before = Counter(TOLD.deliveries)
        for each in (waiting, talk):
            assert (await each.hear()).payload == SUBSCRIBED
            message = (await each.hear()).payload["message"]
            assert message.startswith("Subscribed to deletions alone: [event: *,")
            assert message.endswith("no policy lets anon see a row of public.notes")
        sql.execute("insert into public.notes values (9, gen_random_uuid(), 1, 'a')")
        sql.execute("delete from public.notes")
        assert (await talk.hear()).payload["data"]["type"] == "DELETE"
        assert TOLD.deliveries - before == Counter({"public.notes": 2})


async def test_a_channel_learns_of_a_gap_and_goes_on(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    async with talking(settings, key=settings.service_role_key) as talk:
        await subscribe(talk, NOTES)
        sql.execute(
            "select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()"
        )
        gap, again = await talk.hear(), await talk.hear()
        assert (gap.payload["status"], gap.payload["extension"]) == ("error", "postgres_changes")
        assert "may be missing" in gap.payload["message"]
        assert again.payload == SUBSCRIBED
        sql.execute("insert into public.notes values (1, %s, 7)", (ADA,))
        assert (await talk.hear()).payload["data"]["record"]["id"] == 1
