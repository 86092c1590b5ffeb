"""What the server's own HTTP protocol answers, uvicorn's own answers too: ours is quicker, and says nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sahne.gateway.realtime.door import open_realtime
from sahne.server import Server, build_app, open_parts, serving
from sahne.settings import Settings
from tests.conftest import free_port
from tests.world import bearer

pytestmark = pytest.mark.anyio

OF_THE_MOMENT = ("date", "x-request-id")
REQUESTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("GET", "/health", {}),
    ("HEAD", "/health", {}),
    ("GET", "/", {}),
    ("GET", "/docs", {}),
    ("GET", "/openapi.json", {"headers": {"accept-encoding": "gzip"}}),
    ("GET", "/nowhere", {}),
    ("GET", "/rest/v1/", {}),
    ("GET", "/rest/v1/scenes?select=id,name", {"headers": {"prefer": "count=exact", "range": "0-1"}}),
    ("HEAD", "/rest/v1/scenes?select=id,name", {}),
    ("OPTIONS", "/rest/v1/scenes", {"headers": {"origin": "https://app", "access-control-request-method": "GET"}}),
    ("GET", "/rest/v1/nothing", {}),
    ("POST", "/rest/v1/rpc/popular_scenes", {"json": {}}),
    ("PATCH", "/rest/v1/profiles?id=is.null", {"json": {"display_name": "Ada"}}),
    ("POST", "/rest/v1/profiles", {"content": b"{"}),
    ("GET", "/auth/v1/settings", {}),
    ("GET", "/auth/v1/user", {}),
    ("POST", "/auth/v1/token?grant_type=password", {"json": {"email": "nobody@example.com", "password": "x"}}),
    ("GET", "/storage/v1/bucket", {}),
    ("GET", "/storage/v1/object/public/avatars/none.png", {}),
    ("GET", "/functions/v1/coins/wallet", {}),
    ("POST", "/functions/v1/live/sessions", {"json": {"title": "a", "session_type": "none"}}),
)


async def test_uvicorn_alone_gives_the_same_answers(settings: Settings, ada: UUID) -> None:
    for_the_plain_one = settings.model_copy(update={"port": free_port(), "host": "127.0.0.1"})
    async with serving(settings), plain_server(for_the_plain_one):
        for headers in ({}, bearer(ada)):
            ours, plain = [await answers(each, headers) for each in (settings, for_the_plain_one)]
            assert [(answer, other) for answer, other in zip(ours, plain, strict=True) if answer != other] == []
            assert {status for _, status, _, _ in ours} >= {200, 400, 404}


@asynccontextmanager
async def plain_server(settings: Settings) -> AsyncIterator[None]:
    """The same app behind uvicorn as it comes."""
    async with open_parts(settings) as parts, open_realtime(parts) as realtime:
        config = uvicorn.Config(
            build_app(parts, realtime),
            host=settings.host,
            port=settings.port,
            http=HttpToolsProtocol,
            loop="none",
            lifespan="off",
            log_config=None,
            server_header=False,
            proxy_headers=False,
        )
        server = Server(config)
        running = asyncio.create_task(server.serve())
        while not (server.started or running.done()):  # noqa: ASYNC110 uvicorn offers no event
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await running


async def answers(settings: Settings, headers: dict[str, str]) -> list[tuple[str, int, list[tuple[str, str]], bytes]]:
    """What each request got: status, headers in their order, body; an address of the server itself without its port."""
    async with httpx.AsyncClient(base_url=settings.api_url, timeout=20) as client:
        got = []
        for method, path, more in REQUESTS:
            answer = await client.request(method, path, **more | {"headers": headers | more.get("headers", {})})
            told = [(name, value) for name, value in answer.headers.items() if name not in OF_THE_MOMENT]
            body = answer.content.replace(b":%d" % settings.port, b"")
            got.append((f"{method} {path}", answer.status_code, told, body))
        return got
