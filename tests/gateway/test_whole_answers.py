"""Our HTTP protocol on a real socket: one write, kept connections, requests sent ahead, broken headers."""

from __future__ import annotations

import asyncio
import gc

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sahne.gateway.asgi import Receive, Scope, Send
from sahne.gateway.whole_answers import EXTENSION
from tests.gateway.bare import served

pytestmark = pytest.mark.anyio

GET = b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n"


async def echo(scope: Scope, _: Receive, __: Send) -> None:
    """Answers with the path; `/break` tries to add a header of its own."""
    body = scope["path"].encode()
    value = b"a\r\nset-cookie: b" if body == b"/break" else b"a"
    headers = [(b"x-value", value), (b"content-length", b"%d" % len(body))]
    await scope["extensions"][EXTENSION](200, headers, body)


async def test_requests_sent_ahead_are_answered_in_order_on_one_connection() -> None:
    async with served(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"one" + GET % b"two" + GET % b"three")
        for word in (b"/one", b"/two", b"/three"):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(len(word)) == word
        writer.close()


async def test_a_head_has_no_body_and_who_asks_to_close_is_closed() -> None:
    async with served(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HEAD /one HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        said = await reader.read()
        assert said.endswith(b"connection: close\r\n\r\n")
        assert b"content-length: 4" in said
        writer.close()


async def test_a_header_cannot_break_out_of_its_line() -> None:
    async with served(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"break")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"set-cookie" not in head
        writer.close()


async def test_an_answered_request_leaves_nothing_for_the_garbage_collector() -> None:
    async with served(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                writer.write(GET % b"one")
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(4)
            kept = sum(type(each) is RequestResponseCycle for each in gc.get_objects())
        finally:
            gc.enable()
        assert kept <= 2  # the last one is its connection's
        writer.close()


async def test_an_idle_connection_is_closed_in_time() -> None:
    async with served(echo, keep_alive_seconds=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for word in (b"one", b"two"):
            writer.write(GET % word)
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(word) + 1)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
