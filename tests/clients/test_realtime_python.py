"""The unmodified Python `supabase` client listens: changes under row security, broadcast, presence, a new token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from realtime import AsyncRealtimeChannel, RealtimePostgresChangesListenEvent, RealtimeSubscribeStates

from sahne.settings import Settings
from supabase import AsyncClient, acreate_client
from tests.eventually import eventually_async
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server", "tables")]

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)
TABLES = """
create table public.notes (id int primary key, owner uuid not null, room int not null, body text);
grant all on public.notes to anon, authenticated, service_role;
alter table public.notes enable row level security;
alter table public.notes replica identity full;
create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner);
alter publication supabase_realtime add table public.notes;
"""


@pytest.fixture(scope="module")
def tables(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)


@asynccontextmanager
async def client_of(settings: Settings, user: UUID | None = None) -> AsyncIterator[AsyncClient]:
    client = await acreate_client(settings.api_url, settings.anon_key)
    if user is not None:
        await client.realtime.set_auth(token(user))
    try:
        yield client
    finally:
        await client.remove_all_channels()


def kept_in(changes: list[dict[str, Any]]) -> Callable[[Any], None]:
    return lambda change: changes.append(change["data"])


async def subscribed(channel: AsyncRealtimeChannel) -> None:
    """Wait until the client itself says that it is subscribed."""
    said: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_state(state: RealtimeSubscribeStates, error: Exception | None) -> None:
        if said.done():
            return
        if state == RealtimeSubscribeStates.SUBSCRIBED:
            said.set_result(None)
        else:
            said.set_exception(error or AssertionError(state))

    await channel.subscribe(on_state)
    await asyncio.wait_for(said, 10)


async def comes(check: Any) -> Any:
    async def ask() -> Any:
        answer = check()
        return await answer if isinstance(answer, Awaitable) else answer

    return await eventually_async(ask)


async def test_changes_arrive_filtered_and_only_where_the_row_may_be_read(
    settings: Settings, database_url: str
) -> None:
    seen: dict[str, list[dict[str, Any]]] = {"ada": [], "bo": []}
    async with client_of(settings, ADA) as ada, client_of(settings, BO) as bo:
        for name, client in (("ada", ada), ("bo", bo)):
            channel = client.channel("db-changes")
            channel.on_postgres_changes(
                RealtimePostgresChangesListenEvent.All,
                kept_in(seen[name]),
                table="notes",
                filter="room=eq.7",
            )
            await subscribed(channel)
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute(
                "insert into public.notes values (1, %s, 7, 'hers'), (2, %s, 8, 'elsewhere'), (3, %s, 7, 'his')",
                (ADA, ADA, BO),
            )
            await comes(lambda: len(seen["ada"]) == 1 and len(seen["bo"]) == 1)
            conn.execute("update public.notes set body = 'changed' where id = 1")
            await comes(lambda: len(seen["ada"]) == 2)
            conn.execute("delete from public.notes where owner = %s", (ADA,))
            await comes(lambda: len(seen["ada"]) == 3)
    assert [change["type"] for change in seen["ada"]] == ["INSERT", "UPDATE", "DELETE"]
    assert seen["ada"][0]["record"] == {"id": 1, "owner": str(ADA), "room": 7, "body": "hers"}
    assert seen["ada"][1]["record"]["body"] == "changed"
    assert seen["ada"][2]["old_record"] == {"id": 1}
    assert [change.get("record", {}).get("body") for change in seen["bo"] if change["type"] != "DELETE"] == ["his"]


async def test_a_new_token_changes_what_a_channel_sees(settings: Settings, database_url: str) -> None:
    seen: list[int] = []
    async with client_of(settings, ADA) as client:
        channel = client.channel("db-tokens")
        channel.on_postgres_changes(
            RealtimePostgresChangesListenEvent.Insert,
            lambda change: seen.append((change["data"]["record"] or {})["id"]),
            table="notes",
        )
        await subscribed(channel)
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("insert into public.notes values (11, %s, 1), (12, %s, 1)", (ADA, BO))
            await comes(lambda: seen == [11])
            echoed: list[Any] = []
            other = client.channel(
                "echo", {"config": {"broadcast": {"self": True, "ack": False}, "presence": None, "private": False}}
            )
            other.on_broadcast("done", echoed.append)
            await subscribed(other)
            await client.realtime.set_auth(token(BO))
            await other.send_broadcast("done", {})
            await comes(lambda: echoed)  # messages of one socket keep their order: the token was taken before this
            conn.execute("insert into public.notes values (13, %s, 1), (14, %s, 1)", (ADA, BO))
            await comes(lambda: seen == [11, 14])


async def test_a_broadcast_reaches_the_others(settings: Settings) -> None:
    heard: list[Any] = []
    own: list[Any] = []
    async with client_of(settings) as sender, client_of(settings) as listener:
        listening = listener.channel("room").on_broadcast("cursor", heard.append)
        sending = sender.channel("room").on_broadcast("cursor", own.append)
        await subscribed(listening)
        await subscribed(sending)
        await sending.send_broadcast("cursor", {"x": 1})
        await comes(lambda: heard)
        assert heard[0]["payload"] == {"x": 1}
        await sending.http_send("cursor", {"x": 2})
        await comes(lambda: len(heard) == 2 and len(own) == 1)
        assert own[0]["payload"] == {"x": 2}


async def test_messages_of_a_private_topic_that_are_kept_are_replayed(settings: Settings, database_url: str) -> None:
    heard: list[Any] = []
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("create policy kept on realtime.messages for select using (realtime.topic() = 'kept')")
        conn.execute("""select realtime.send('{"n": 1}', 'line', 'kept'), realtime.send('{"n": 2}', 'line', 'kept')""")
    async with client_of(settings, ADA) as client:
        replay = {"since": 0, "limit": 25}
        config: Any = {"broadcast": {"self": False, "ack": False, "replay": replay}, "presence": None, "private": True}
        channel = client.channel("kept", {"config": config}).on_broadcast("line", heard.append)
        await subscribed(channel)
        await comes(lambda: len(heard) == 2)
    assert [(message["payload"]["n"], message["meta"]["replayed"]) for message in heard] == [(1, True), (2, True)]


async def test_presence_is_shared_and_ends_with_the_connection(settings: Settings) -> None:
    async with client_of(settings) as watcher:
        here = watcher.channel("lobby")
        here.on_presence_sync(lambda: None)
        await subscribed(here)
        async with client_of(settings) as visitor:
            there = visitor.channel(
                "lobby", {"config": {"broadcast": None, "presence": {"key": "bo", "enabled": True}, "private": False}}
            )
            await subscribed(there)
            await there.track({"mood": "glad"})
            await comes(lambda: "bo" in here.presence_state())
            assert dict(here.presence_state()["bo"][0])["mood"] == "glad"
            await there.untrack()
            await comes(lambda: "bo" not in here.presence_state())
            await there.track({"mood": "calm"})
            await comes(lambda: "bo" in here.presence_state())
        await comes(lambda: "bo" not in here.presence_state())
