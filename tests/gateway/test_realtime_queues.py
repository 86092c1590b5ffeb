"""Sockets of one address that read nothing, or send ahead, have a bound together; another address is served beside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
import websockets

from sahne.settings import Settings
from tests.gateway.realtime_socket import keeping_little, talking

pytestmark = pytest.mark.anyio

CROWDED, QUIET = {"x-real-ip": "203.0.113.66"}, {"x-real-ip": "203.0.113.1"}
QUEUE_BYTES = 256 * 1024
ROOM = "realtime:room"


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[Settings]:
    with keeping_little(settings, QUEUE_BYTES) as made:
        yield made


@asynccontextmanager
async def not_reading(guarded: Settings, headers: dict[str, str]) -> AsyncIterator[websockets.ClientConnection]:
    """A member of the room that stops to read."""
    url = f"{guarded.api_url.replace('http', 'ws')}/realtime/v1/websocket?apikey={guarded.anon_key}&vsn=2.0.0"
    async with websockets.connect(
        url, max_queue=1, max_size=None, compression=None, additional_headers=headers
    ) as slow:
        await slow.send(f'["1","1","{ROOM}","phx_join",{{"config":{{}}}}]')
        await slow.recv()
        slow.transport.pause_reading()
        yield slow


async def test_of_many_that_read_nothing_one_is_closed_and_a_neighbour_hears_all(guarded: Settings) -> None:
    async with (
        not_reading(guarded, CROWDED) as one,
        not_reading(guarded, CROWDED) as other,
        talking(guarded, headers=QUIET) as neighbour,
        httpx.AsyncClient() as http,
    ):
        await neighbour.join(ROOM)
        big = f"{guarded.api_url}/realtime/v1/api/broadcast/room/events/big"
        headers = {"apikey": guarded.service_role_key}
        for _ in range(300):  # 9 MB: until the kernel's buffers and then ours are full
            assert (await http.post(big, json={"x": "x" * 30_000}, headers=headers)).status_code == 202
            await neighbour.hear_bytes()
        reasons = [await the_end(each) for each in (one, other)]
        assert any(reason == (1008, TOGETHER) for reason in reasons), reasons
        assert {code for code, _ in reasons} <= {1006, 1008}


TOGETHER = "too slow: too many bytes were waiting for sockets of one address"


async def the_end(slow: websockets.ClientConnection) -> tuple[int | None, str]:
    """Code and reason that a socket was closed with, when all of it is read."""
    slow.transport.resume_reading()
    try:
        while True:
            await asyncio.wait_for(slow.recv(), 10)
    except websockets.ConnectionClosed:
        return slow.close_code, slow.close_reason or ""


async def test_messages_sent_ahead_of_a_join_have_a_bound_in_bytes(guarded: Settings) -> None:
    message = json.dumps(["1", "2", "realtime:db", "broadcast", {"event": "x", "payload": {"x": "x" * 50_000}}])
    with psycopg.connect(guarded.database_url or "", autocommit=False) as owner:
        owner.execute("lock table realtime.messages in access exclusive mode")  # a private join asks its policies there
        async with talking(guarded, headers=CROWDED) as talk, talking(guarded, headers=QUIET) as neighbour:
            await talk.send("realtime:db", "phx_join", {"config": {"private": True}})
            for _ in range(QUEUE_BYTES // 50_000 + 1):
                await talk.socket.send(message)
            code, reason = await talk.closed()
            assert (code, reason) == (1008, f"more than {QUEUE_BYTES} bytes of messages were waiting")
            await neighbour.send("phoenix", "heartbeat", {})
            assert (await neighbour.hear()).payload["status"] == "ok"
