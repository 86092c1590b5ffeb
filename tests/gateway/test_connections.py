"""One address has so many connections, open ones or behind a proxy requests under way; another is served beside it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from sahne.gateway.asgi import Receive, Scope, Send
from sahne.gateway.connections import NOBODYS_WORTH_ADDRESSES, Connections
from sahne.gateway.front import Front
from sahne.gateway.request_heads import BoundedHttpProtocol
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async
from tests.gateway.bare import served

pytestmark = pytest.mark.anyio

CROWDED, QUIET = "127.0.0.1", "127.0.0.2"
FLOOD, CALM = {"x-real-ip": "203.0.113.66"}, {"x-real-ip": "203.0.113.1"}
ASK = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
REFUSED = {
    "code": "too_many_connections",
    "message": "Too many connections of one address.",
    "details": "2 connections of one address",
    "hint": "Close some, or use them again for the next request.",
}


class Waiting:
    """A door that answers `/` at once and `/wait` when it is told to."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        if scope["path"] == "/wait":
            self.waiting += 1
            await self.told.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"word"})


def two_of_an_address(**given: str) -> Settings:
    return read_settings(env_file=None, connections_of_an_address_max=2, **given)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server whose peers are told apart by their addresses, those of one machine too."""
    settings = two_of_an_address()
    connections = Connections(settings, place_of_peer=lambda host: host)
    app = Front(settings, {"/": Waiting()}, connections=connections)
    async with served(app, protocol=BoundedHttpProtocol, connections=connections) as port:
        yield port


@contextmanager
def connected(port: int, address: str, said: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), source_address=(address, 0)) as client:
        client.sendall(said)
        client.setblocking(False)
        yield client


async def heard(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, 65536)


async def asked(client: socket.socket) -> bytes:
    await asyncio.get_running_loop().sock_sendall(client, ASK)
    return await heard(client)


async def test_connections_that_say_nothing_or_little_are_counted_and_another_address_is_served(port: int) -> None:
    with connected(port, CROWDED), connected(port, CROWDED, ASK[:20]):
        with connected(port, CROWDED) as third:
            head, _, body = (await heard(third)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 429 ")
            assert b"retry-after: 1" in head
            assert json.loads(body) == REFUSED
            assert await heard(third) == b""
        with connected(port, QUIET) as neighbour:
            for _ in range(2):
                assert (await asked(neighbour)).startswith(b"HTTP/1.1 200 ")


async def test_one_that_is_closed_makes_room_and_one_that_was_refused_takes_none(port: int) -> None:
    with connected(port, CROWDED) as first, connected(port, CROWDED) as second:
        assert (await asked(first)).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            with connected(port, CROWDED) as refused:
                assert (await heard(refused)).startswith(b"HTTP/1.1 429 ")
        assert (await asked(second)).startswith(b"HTTP/1.1 200 ")
        second.close()

        async def is_let_in() -> bool:
            with connected(port, CROWDED) as again:
                return (await asked(again)).startswith(b"HTTP/1.1 200 ")

        await eventually_async(is_let_in)


async def test_who_cannot_be_told_apart_may_have_more_and_not_without_end() -> None:
    settings = two_of_an_address()
    connections = Connections(settings)
    together = 2 * NOBODYS_WORTH_ADDRESSES
    async with served(Front(settings, {"/": Waiting()}), protocol=BoundedHttpProtocol, connections=connections) as port:
        with ExitStack() as stack:
            crowd = [stack.enter_context(connected(port, CROWDED)) for _ in range(together)]
            assert (await asked(crowd[-1])).startswith(b"HTTP/1.1 200 ")
            with connected(port, QUIET) as one_more:
                head, _, body = (await heard(one_more)).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 429 ")
                assert json.loads(body)["details"] == f"{together} connections"
                assert "SAHNE_CLIENT_IP_HEADER" in json.loads(body)["hint"]
            crowd[0].close()

            async def is_let_in() -> bool:
                with connected(port, QUIET) as again:
                    return (await asked(again)).startswith(b"HTTP/1.1 200 ")

            await eventually_async(is_let_in)


async def test_behind_a_proxy_requests_under_way_are_counted_by_whom_it_names() -> None:
    settings = two_of_an_address(client_ip_header="x-real-ip")
    connections, door = Connections(settings), Waiting()
    app = Front(settings, {"/": door}, connections=connections)
    async with (
        served(app, protocol=BoundedHttpProtocol, connections=connections) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as proxy,
    ):
        under_way = [asyncio.create_task(proxy.get("/wait", headers=FLOOD)) for _ in range(2)]

        async def have_come() -> bool:
            return door.waiting == 2

        await eventually_async(have_come)
        refused = await proxy.get("/", headers=FLOOD)
        assert (refused.status_code, refused.json()) == (429, REFUSED)
        assert refused.headers["retry-after"] == "1"
        for _ in range(4):
            assert (await proxy.get("/", headers=CALM)).status_code == 200
        door.told.set()
        assert {answer.status_code for answer in await asyncio.gather(*under_way)} == {200}
        for _ in range(4):
            assert (await proxy.get("/", headers=FLOOD)).status_code == 200
