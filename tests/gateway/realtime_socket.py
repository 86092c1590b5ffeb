"""A raw WebSocket that speaks both serializers, so that tests see frames and not a client's opinion of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import orjson
import websockets
from websockets.asyncio.client import ClientConnection

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.keys import own_keys

ANSWER_SECONDS_MAX = 10


@contextmanager
def keeping_little(settings: Settings, queue_bytes: int, *, named: bool = True) -> Iterator[Settings]:
    """A server behind a proxy that names its callers or not, where an address's sockets have no more than one may."""
    made = replace(
        settings,
        **own_keys(),
        client_ip_header="x-real-ip" if named else None,
        port=free_port(),
        realtime_queue_bytes_max=queue_bytes,
        realtime_queue_bytes_of_an_address_max=queue_bytes,
    )
    with running_server(made):
        yield made


@dataclass
class Heard:
    """One message from the server."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Any


@dataclass
class Talk:
    """A connection in serializer `version`; binary frames are kept as they are."""

    socket: ClientConnection
    version: str
    _refs: Any = field(default_factory=lambda: count(1))

    async def send(
        self, topic: str, event: str, payload: Any, *, ref: str | None = None, join_ref: str | None = None
    ) -> str:
        ref = ref or str(next(self._refs))
        if self.version == "1.0.0":
            message: Any = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
        else:
            message = [join_ref, ref, topic, event, payload]
        await self.socket.send(orjson.dumps(message).decode())
        return ref

    async def hear(self) -> Heard:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            data = await self.socket.recv()
        assert isinstance(data, str), data
        message = orjson.loads(data)
        if self.version == "1.0.0":
            assert {"ref", "topic", "event", "payload"} <= message.keys()
            return Heard(
                message.get("join_ref"), message["ref"], message["topic"], message["event"], message["payload"]
            )
        return Heard(*message)

    async def hear_bytes(self) -> bytes:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            data = await self.socket.recv()
        assert isinstance(data, bytes), data
        return data

    async def silent(self) -> None:
        """Nothing else was sent: the answer to a heartbeat is the next message."""
        ref = await self.send("phoenix", "heartbeat", {})
        heard = await self.hear()
        assert (heard.topic, heard.ref) == ("phoenix", ref), heard

    async def join(self, topic: str, config: dict[str, Any] | None = None, token: str | None = None) -> Heard:
        """The answer to a join; what else follows is left to hear."""
        payload: dict[str, Any] = {"config": config or {}}
        if token:
            payload["access_token"] = token
        ref = str(next(self._refs))
        await self.send(topic, "phx_join", payload, ref=ref, join_ref=ref)
        heard = await self.hear()
        assert (heard.event, heard.ref) == ("phx_reply", ref), heard
        return heard

    async def closed(self) -> tuple[int, str]:
        """Read to the end; the code and reason of the close."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                while True:
                    await self.socket.recv()
        except websockets.ConnectionClosed as end:
            assert end.rcvd is not None
            return end.rcvd.code, end.rcvd.reason


@asynccontextmanager
async def talking(
    settings: Settings, version: str = "2.0.0", key: str | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[Talk]:
    url = settings.api_url.replace("http", "ws")
    query = f"apikey={key or settings.anon_key}&vsn={version}"
    url = f"{url}/realtime/v1/websocket?{query}"
    async with websockets.connect(url, max_size=None, additional_headers=headers) as socket:
        yield Talk(socket, version)
