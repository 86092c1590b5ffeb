"""Whoever is told by webhook, on a socket of this machine: verifies by Standard Webhooks' own library, answers as a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.image_providers import served


@dataclass
class Receiver:
    """Whoever is told, and how they answer: `says` is a status, or `redirect`, `huge`, `hang`."""

    url: str = ""
    secret: str = ""
    says: list[int | str] = field(default_factory=list)
    usual: int | str = 204
    read: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    redirected: int = 0
    lets_go: threading.Event = field(default_factory=threading.Event)

    async def take(self, request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        self.read.append(Webhook(self.secret).verify(body, headers))
        self.ids.append(headers["webhook-id"])
        self.signatures.append(headers["webhook-signature"])
        match self.says.pop(0) if self.says else self.usual:
            case "redirect":
                return RedirectResponse("/elsewhere", 307)
            case "huge":
                return StreamingResponse(self._much())
            case "hang":
                await asyncio.to_thread(self.lets_go.wait)
                return Response(status_code=204)
            case status:
                return Response("busy\x00", int(status), {"retry-after": "1800"} if status == 429 else {})

    async def elsewhere(self, _: Request) -> Response:
        self.redirected += 1
        return Response(status_code=204)

    @staticmethod
    async def _much() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 65_536


@contextmanager
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    routes = [Route("/hooks", one.take, methods=["POST"]), Route("/elsewhere", one.elsewhere, methods=["POST"])]
    with served(Starlette(routes=routes)) as address:
        one.url = f"{address}/hooks"
        try:
            yield one
        finally:
            one.lets_go.set()
