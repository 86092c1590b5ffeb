"""Broadcasts of private topics that are kept: by whom, for how long, and what who joins later hears of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from sahne.settings import Settings
from tests.conftest import Running
from tests.gateway.realtime_socket import Talk, talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server", "policies")]

ADA, BO, CEM = UUID(int=0xADA), UUID(int=0xB0), UUID(int=0xCE)
ROOM = "realtime:hall"
SENDING = {"private": True, "broadcast": {"ack": True}}
PERSIST = b'{"persist":true}'


@pytest.fixture(scope="module")
def policies(database_url: str) -> None:
    """In the hall Ada and Bo hear and send, and only what Ada sends may be kept."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"""
            create policy hall_read on realtime.messages for select to authenticated
              using (realtime.topic() = 'hall' and (select auth.uid()) in ('{ADA}', '{BO}'));
            create policy hall_send on realtime.messages for insert to authenticated
              with check (realtime.topic() = 'hall' and extension = 'broadcast');
            create policy hall_keep on realtime.messages for insert to authenticated
              with check (realtime.topic() = 'hall' and extension = 'persistence' and (select auth.uid()) = '{ADA}');
        """)


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn
        conn.execute("truncate realtime.messages")


def replaying(since: int = 0, **more: object) -> dict[str, Any]:
    return {"private": True, "broadcast": {"replay": {"since": since, **more}}}


def pushed(payload: bytes, meta: bytes = PERSIST, *, is_json: bool = True) -> bytes:
    topic = ROOM.encode()
    return bytes([3, 0, 2, len(topic), 4, len(meta), is_json]) + b"42" + topic + b"line" + meta + payload


async def kept(talk: Talk, payload: bytes, meta: bytes = PERSIST, *, is_json: bool = True) -> Any:
    await talk.socket.send(pushed(payload, meta, is_json=is_json))
    reply = (await talk.hear()).payload
    assert reply["status"] == "ok", reply
    return reply["response"].get("id")


async def test_what_its_sender_asks_to_keep_is_heard_at_once_and_by_who_joins_later(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    async with talking(settings) as ada, talking(settings) as there, talking(settings, "1.0.0") as later:
        await ada.join(ROOM, SENDING, token(ADA))
        await there.join(ROOM, {"private": True}, token(BO))
        ids = [await kept(ada, b'{"n":1}'), await kept(ada, b'{"n":2}', b'{"persist":{"ttl":60}}')]
        live = await there.hear_bytes()
        assert orjson.dumps({"id": ids[0]}) + b'{"n":1}' in live
        assert (await later.join(ROOM, replaying(), token(BO))).payload["status"] == "ok"
        heard = [(await later.hear()).payload for _ in ids]
        assert [(each["event"], each["payload"], each["meta"]) for each in heard] == [
            ("line", {"n": n}, {"id": id, "replayed": True}) for n, id in enumerate(ids, 1)
        ]
        await later.silent()
        await there.hear_bytes()
        await there.silent()  # the stream tells of the rows too, and nobody hears them again


async def test_without_the_policy_a_message_is_heard_and_not_kept(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    async with talking(settings) as bo, talking(settings) as ada:
        await ada.join(ROOM, {"private": True}, token(ADA))
        await bo.join(ROOM, SENDING, token(BO))
        assert await kept(bo, b'{"n":1}') is None
        assert (await ada.hear_bytes()).endswith(b'{"n":1}')
    assert sql.execute("select count(*) from realtime.messages").fetchone() == (0,)


async def test_bytes_are_kept_as_bytes_and_a_life_that_is_none_is_refused(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    async with talking(settings) as ada, talking(settings) as later, talking(settings, "1.0.0") as old:
        await ada.join(ROOM, SENDING, token(ADA))
        await kept(ada, b"\x00\xff", is_json=False)
        for odd in (
            b'{"persist":{"ttl":0}}',
            b'{"persist":{"ttl":259201}}',
            b'{"persist":{"ttl":true}}',
            b'{"persist":7}',
        ):
            await ada.socket.send(pushed(b"{}", odd))
            assert (await ada.hear()).payload["response"]["error"].endswith("from 1 to 259200")
        await later.join(ROOM, replaying(), token(BO))
        assert (await later.hear_bytes()).endswith(b"\x00\xff")
        await later.silent()
        await old.join(ROOM, replaying(), token(BO))
        await old.silent()


async def test_large_messages_are_replayed_as_far_as_they_fit(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    for number in range(4):
        large = "x" * (400 * 1024)
        sql.execute(
            "select realtime.send(jsonb_build_object('n', %s::int, 'x', %s::text), 'sql', 'hall')", (number, large)
        )
    async with talking(settings) as later:
        await later.join(ROOM, replaying(), token(BO))
        assert [(await later.hear()).payload["payload"]["n"] for _ in range(2)] == [2, 3]
        await later.silent()


async def test_replay_begins_where_it_is_asked_to_and_tells_the_latest_in_their_order(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    for number in range(30):
        sql.execute("select realtime.send(jsonb_build_object('n', %s::int), 'sql', 'hall')", (number,))
    sql.execute("select realtime.send('{}', 'sql', 'hall', false), realtime.send('{}', 'sql', 'elsewhere')")
    sql.execute("update realtime.messages set expires_at = now() at time zone 'utc' where payload ->> 'n' = '29'")
    for asked, numbers in (
        ({}, range(4, 29)),
        ({"limit": 2}, (27, 28)),
        ({"limit": 99}, range(4, 29)),
        ({"limit": 0}, (28,)),
    ):
        async with talking(settings, "1.0.0") as talk:
            await talk.join(ROOM, replaying(**asked), token(BO))
            assert [(await talk.hear()).payload["payload"]["n"] for _ in numbers] == list(numbers)
            await talk.silent()
    async with talking(settings) as talk:
        await talk.join(ROOM, replaying(int(time.time() * 1000) + 60_000), token(BO))
        await talk.silent()


async def test_what_comes_while_the_stored_messages_are_read_follows_them_and_comes_once(
    settings: Settings, sql: psycopg.Connection[Any], database_url: str
) -> None:
    async with talking(settings) as ada, talking(settings, "1.0.0") as bo:
        await ada.join(ROOM, SENDING, token(ADA))
        with psycopg.connect(database_url) as holding:
            holding.execute("lock table realtime.messages in access exclusive mode")
            ref = await bo.send(
                ROOM, "phx_join", {"config": replaying(), "access_token": token(BO)}, ref="7", join_ref="7"
            )
            await ada.socket.send(pushed(b'{"n":1}'))
            holding.rollback()
        assert (await ada.hear()).payload["status"] == "ok"
        sql.execute("""select realtime.send('{"n": 2}', 'line', 'hall')""")
        assert (await bo.hear()).ref == ref
        assert [(await bo.hear()).payload["payload"]["n"] for _ in range(2)] == [1, 2]
        await bo.silent()


async def test_over_http_a_message_is_kept_for_those_who_may(server: Running, sql: psycopg.Connection[Any]) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        for user, life in (
            (ADA, "persist=true"),
            (BO, "persist=true"),
            (ADA, "persist[ttl]=60"),
            (CEM, "persist[ttl]=60"),
        ):
            headers = {"apikey": server.settings.anon_key, "authorization": f"Bearer {token(user)}"}
            url = f"/realtime/v1/api/broadcast/hall/events/line?private=true&{life}"
            assert (await http.post(url, json={"by": str(user)}, headers=headers)).status_code == 202
    rows = sql.execute("select payload ->> 'by', expires_at - inserted_at from realtime.messages order by inserted_at")
    assert [(by, life.total_seconds()) for by, life in rows] == [(str(ADA), 259_200), (str(ADA), 60)]
