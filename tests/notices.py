"""A push service on a socket, and the channel that speaks to it: what an app's service is to the lane of notices.

It answers each push with a status: 200 taken, 410 gone, 429 later (`retry-after`), 400 refused.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sahne.providers.push import Gone, Later, Outcome, Push, Refused, Sent


@dataclass(slots=True)
class PushService:
    """Open it with `async with`. `answers` are given once each, before 200; `taken` are the pushes as they came."""

    answers: deque[int] = field(default_factory=deque)
    taken: list[dict[str, Any]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> PushService:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        push = json.loads(await reader.readline())
        self.moments.append(asyncio.get_running_loop().time())
        self.taken.append(push)
        status = self.answers.popleft() if self.answers else 200
        writer.write(f"{status}\n".encode())
        await writer.drain()
        writer.close()

    @property
    def codes(self) -> list[str]:
        """What the pushes were about, in their order."""
        return [push["data"]["code"] for push in self.taken]


class SocketChannel:
    """A `Channel` to it: a line of JSON, a line with a status."""

    def __init__(self, service: PushService) -> None:
        self._service = service

    async def send(self, push: Push) -> Outcome:
        """See `Channel.send`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._service.port)
        said = {"id": str(push.id), "token": push.token, "title": push.title, "body": push.body, "data": push.data}
        writer.write(json.dumps(said | {"collapse": push.collapse, "urgent": push.urgent}).encode() + b"\n")
        status = int(await reader.readline() or b"0")
        writer.close()
        match status:
            case 200:
                return Sent(str(push.id))
            case 410:
                return Gone()
            case 400:
                return Refused("bad token")
            case _:
                return Later(None)
