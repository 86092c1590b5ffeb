"""What one socket or one row could do to everybody's realtime, and does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from sahne.settings import Settings
from tests.gateway.realtime_socket import talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server")]

ADA = UUID(int=0xADA)
LINES = """
create table public.lines (id int primary key, body text);
grant all on public.lines to anon, authenticated, service_role;
alter table public.lines enable row level security;
create policy everybody on public.lines for select to authenticated using (true);
alter publication supabase_realtime add table public.lines;
"""
TEXT_BEGINS, CONTINUES, ENDS = 0x01, 0x00, 0x80
EMPTY_FRAMES = 60_000


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(LINES)
        yield conn
        conn.execute("drop table public.lines")


async def test_a_text_that_looks_like_an_endless_number_does_not_end_the_stream(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    asked = [
        {"event": "INSERT", "schema": "public", "table": "lines", "filter": f"body=eq.{text}"}
        for text in ("1e9999999", "hello")
    ]
    async with talking(settings) as talk:
        answer = await talk.join("realtime:db", {"postgres_changes": asked}, token(ADA))
        assert answer.payload["status"] == "ok"
        assert (await talk.hear()).payload["status"] == "ok"
        sql.execute("insert into public.lines values (1, '1e9999999')")
        sql.execute("insert into public.lines values (2, 'hello')")
        heard = [(await talk.hear()).payload["data"]["record"]["id"] for _ in range(2)]
    assert heard == [1, 2]


async def test_a_message_in_countless_empty_fragments_holds_nobody_up(settings: Settings) -> None:
    async with talking(settings) as sender, talking(settings) as other:
        begun = frame(TEXT_BEGINS, b'[null,"1","phoenix",') + frame(CONTINUES) * EMPTY_FRAMES
        sender.socket.transport.write(begun + frame(CONTINUES | ENDS, b'"heartbeat",{}]'))
        await other.silent()
        assert (await sender.hear()).payload["status"] == "ok"


def frame(first: int, payload: bytes = b"") -> bytes:
    """One frame of a client, masked with zeros."""
    return bytes((first, 0x80 | len(payload))) + bytes(4) + payload


@pytest.mark.parametrize("levels", [240, 252, 600])
async def test_a_presence_nested_without_end_closes_the_topic_to_nobody(settings: Settings, levels: int) -> None:
    room = f"realtime:deep-{levels}"
    async with talking(settings) as talk:
        await talk.join(room, {"presence": {"enabled": True}})
        assert (await talk.hear()).event == "presence_state"
        bottomless = {"event": "track", "payload": {"a": nested(levels)}}
        await talk.send(room, "presence", bottomless)
        assert (await talk.hear()).payload["status"] == "error"
        async with talking(settings) as other:
            assert (await other.join(room, {"presence": {"enabled": True}})).payload["status"] == "ok"
            assert (await other.hear()).payload == {}


async def test_a_broadcast_nested_without_end_is_refused(settings: Settings) -> None:
    async with talking(settings) as talk:
        await talk.join("realtime:deep")
        await talk.send("realtime:deep", "broadcast", {"type": "broadcast", "event": "e", "payload": nested(600)})
        assert (await talk.hear()).payload["status"] == "error"


@pytest.mark.parametrize("payload", ['{"x":1' + "0" * 400 + "}", '{"x":' + "[" * 190 + "]" * 190 + "}"])
async def test_a_broadcast_that_cannot_be_written_is_the_senders_mistake(settings: Settings, payload: str) -> None:
    body = '{"messages":[{"topic":"room","event":"e","payload":' + payload + "}]}"
    async with httpx.AsyncClient(base_url=settings.api_url, headers={"apikey": settings.anon_key}) as client:
        answer = await client.post("/realtime/v1/api/broadcast", content=body)
        assert answer.status_code in (202, 422), answer.text
        assert (await client.get("/health")).status_code == 200  # on the same connection


def nested(levels: int) -> object:
    """That many lists in each other, as the wire has them."""
    return orjson.Fragment(b"[" * levels + b"]" * levels)
