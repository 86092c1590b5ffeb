"""A connection that the server resets with its last words is lost, and whoever waited for an answer is told."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvloop

from sahne.database.actor import SERVICE
from sahne.database.pipeline import Pipeline
from sahne.database.reach import DatabaseUnreachable
from tests.eventually import eventually_async

LAST_WORDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
MESSAGE = b"E" + struct.pack(">i", len(LAST_WORDS) + 4) + LAST_WORDS
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: what is closed is reset


class Relay:
    """Stands between clients and the server, until it says the last words in the server's place and is gone."""

    def __init__(self, server: str) -> None:
        self._server = urlsplit(server)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.port = self._door.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._passing: list[asyncio.Task[None]] = []

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(self._door)
            server = socket.create_connection((self._server.hostname, self._server.port))
            for end in (client, server):
                end.setblocking(False)
            self._clients.append(client)
            self._passing += [
                asyncio.create_task(self._pass(client, server)),
                asyncio.create_task(self._pass(server, client)),
            ]

    async def _pass(self, source: socket.socket, target: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(source, 65_536):
            await loop.sock_sendall(target, data)

    async def stop_listening(self) -> None:
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        self._passing.clear()

    def reset(self) -> None:
        """Words and reset at once: a client sees both when it looks the next time."""
        for client in self._clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.send(MESSAGE)
            client.close()
        self._clients.clear()


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
@pytest.mark.parametrize("is_asked", [True, False], ids=["while it works", "while it rests"])
def test_a_reset_behind_the_last_words_is_seen(database_url: str, run: Callable[[Any], object], is_asked: bool) -> None:
    async def ask() -> None:
        relay = Relay(database_url)
        serving = asyncio.create_task(relay.serve())
        url = database_url.replace(f":{urlsplit(database_url).port}/", f":{relay.port}/", 1)
        async with asyncio.timeout(30), Pipeline(url, connections=1) as pipeline:

            async def works() -> bool:
                try:
                    return len(await pipeline.run(SERVICE, b"select 1 as one")) == 1
                except DatabaseUnreachable:
                    return False

            assert await works()
            await relay.stop_listening()
            waiting = asyncio.create_task(works()) if is_asked else None
            await asyncio.sleep(0)
            relay.reset()
            if waiting is not None:
                assert not await waiting
            await eventually_async(works)
        serving.cancel()

    run(ask())
