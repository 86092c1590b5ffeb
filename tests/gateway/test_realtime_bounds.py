"""Every bound of the realtime door holds, says so, and disturbs nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest
import websockets

from sahne.server import serving
from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.gateway.realtime_socket import talking
from tests.world import token

pytestmark = pytest.mark.anyio

ROOM = "realtime:room"
QUEUE_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def small(settings: Settings) -> Iterator[Settings]:
    """A server whose bounds are within reach."""
    made = replace(
        settings,
        port=free_port(),
        realtime_sockets_max=4,
        realtime_channels_per_socket_max=3,
        realtime_messages_per_second_max=50,
        realtime_bytes_per_second_max=64 * 1024,
        realtime_http_bytes_per_second_max=64 * 1024,
        realtime_frame_bytes_max=32 * 1024,
        realtime_queue_bytes_max=QUEUE_BYTES,
    )
    with running_server(made):
        yield made


async def test_a_slow_reader_is_closed_with_a_reason_while_the_others_go_on(small: Settings) -> None:
    url = f"{small.api_url.replace('http', 'ws')}/realtime/v1/websocket?apikey={small.anon_key}&vsn=2.0.0"
    async with talking(small) as sender, talking(small) as quick:
        slow = await websockets.connect(url, max_queue=1, max_size=None, compression=None)
        await slow.send('["1","1","realtime:room","phx_join",{"config":{}}]')
        await slow.recv()
        slow.transport.pause_reading()
        for talk in (sender, quick):
            await talk.join(ROOM)
        payload = {"type": "broadcast", "event": "big", "payload": {"x": "x" * 30_000}}
        async with httpx.AsyncClient() as http:
            big = f"{small.api_url}/realtime/v1/api/broadcast/room/events/big"
            for _ in range(300):  # 9 MB: until the kernel's buffers and then ours are full
                answer = await http.post(big, json={"x": "x" * 30_000}, headers={"apikey": small.anon_key})
                assert answer.status_code == 202
                await asyncio.gather(sender.hear_bytes(), quick.hear_bytes())
        slow.transport.resume_reading()
        code, reason = await read_to_the_end(slow)
        assert code == 1008
        assert reason.startswith("too slow")
        await sender.send(ROOM, "broadcast", payload)
        assert (await quick.hear()).payload == payload


async def test_a_message_larger_than_the_bound_closes_the_socket(small: Settings) -> None:
    async with talking(small) as talk:
        await talk.socket.send("x" * 40_000)
        assert (await talk.closed())[0] == 1009
    async with talking(small) as talk:
        await talk.socket.send(["x" * 20_000, "y" * 20_000])  # in two frames
        assert (await talk.closed())[0] == 1009


async def test_a_message_in_fragments_is_one_message(small: Settings) -> None:
    async with talking(small) as talk:
        await talk.socket.send(['[null,"1","phoe', 'nix","heartbeat",{}]'])
        assert (await talk.hear()).payload["status"] == "ok"


async def test_channels_have_a_bound(small: Settings) -> None:
    async with talking(small) as talk:
        for number in range(3):
            assert (await talk.join(f"realtime:{number}")).payload["status"] == "ok"
        refused = await talk.join("realtime:4")
        assert refused.payload["response"]["reason"] == "ChannelRateLimitReached: Too many channels"


async def test_messages_a_second_have_a_bound_that_ends_the_channel_alone(small: Settings) -> None:
    async with talking(small) as talk:
        await talk.join(ROOM)
        for _ in range(60):
            await talk.send(ROOM, "broadcast", {"type": "broadcast", "event": "e", "payload": {}})
        system, closed = await talk.hear(), await talk.hear()
        assert system.payload["message"] == "Too many messages per second"
        assert closed.event == "phx_close"
        assert (await talk.hear()).payload["response"]["reason"] == "unmatched topic"


async def test_bytes_a_second_have_a_bound_that_ends_the_senders_channel_and_no_hearers(small: Settings) -> None:
    payload = {"type": "broadcast", "event": "big", "payload": {"x": "x" * 30_000}}
    async with talking(small) as sender, talking(small) as hearer:
        await sender.join(ROOM)
        await hearer.join(ROOM)
        for _ in range(40):
            await sender.send(ROOM, "broadcast", payload)
        assert (await sender.hear()).payload["message"] == "Too many bytes per second"
        assert (await sender.hear()).event == "phx_close"
        assert (await hearer.hear()).payload == payload


async def test_bytes_over_http_have_a_bound_of_their_own_however_few_messages_they_are(small: Settings) -> None:
    async def sent(person: UUID) -> httpx.Response:
        told = {"authorization": f"Bearer {token(person, secret=small.jwt_secret)}"}
        big = f"{small.api_url}/realtime/v1/api/broadcast/room/events/big"
        return await http.post(big, json={"x": "x" * 1_900_000}, headers=told)

    async with httpx.AsyncClient(timeout=30) as http:
        one = uuid4()
        assert (await sent(one)).status_code == 202
        refused = await sent(one)
        assert (refused.status_code, refused.json()) == (429, {"error": "Too many bytes per second"})
        assert (await sent(uuid4())).status_code == 202


async def test_sockets_have_a_bound(small: Settings) -> None:
    async with talking(small), talking(small), talking(small), talking(small) as last:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await talking(small).__aenter__()
        assert refused.value.response.status_code == 429
        await last.silent()


async def test_joins_a_second_have_a_bound(settings: Settings) -> None:
    made = replace(settings, port=free_port(), realtime_joins_per_second_max=1)
    with running_server(made):
        async with talking(made) as talk:
            answers = [(await talk.join(f"realtime:{number}")).payload for number in range(3)]
    assert answers[0]["status"] == "ok"
    assert answers[2]["response"]["reason"] == "ClientJoinRateLimitReached: Too many joins per second"


async def test_a_server_that_stops_tells_its_sockets(settings: Settings) -> None:
    made = replace(settings, port=free_port())
    async with serving(made):
        socket = await websockets.connect(
            f"{made.api_url.replace('http', 'ws')}/realtime/v1/websocket?apikey={made.anon_key}"
        )
        reading = asyncio.create_task(read_to_the_end(socket))
    assert (await reading)[0] == 1012


async def read_to_the_end(socket: websockets.ClientConnection) -> tuple[int, str]:
    try:
        async with asyncio.timeout(10):
            while True:
                await socket.recv()
    except websockets.ConnectionClosed as end:
        assert end.rcvd is not None
        return end.rcvd.code, end.rcvd.reason
