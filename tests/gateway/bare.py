"""An app of a test's own on our HTTP protocol and a real socket, without doors and database."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn

from sahne.gateway.asgi import Door
from sahne.gateway.callers import Places
from sahne.gateway.connections import Connections
from sahne.gateway.untaken import Untaken
from sahne.gateway.whole_answers import WholeAnswerProtocol
from sahne.server import Server
from sahne.settings.reading import read_settings

SETTINGS = read_settings(env_file=None)


@asynccontextmanager
async def served(
    app: Door,
    *,
    untaken: Untaken | None = None,
    protocol: type[WholeAnswerProtocol] = WholeAnswerProtocol,
    keep_alive_seconds: int = 5,
    kernel_bytes: int | None = None,
    connections: Connections | None = None,
) -> AsyncIterator[int]:
    """The port of a server of `app`; `kernel_bytes` is what the kernel keeps of an answer, about.

    A protocol that counts connections is given `connections`.
    """
    given = (untaken or Untaken(Places(SETTINGS)), *([connections] if connections else []))
    with socket.create_server(("127.0.0.1", 0)) as door:
        if kernel_bytes is not None:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kernel_bytes)
        config = uvicorn.Config(
            app,
            http=partial(protocol, *given),  # type: ignore[arg-type]
            loop="none",
            lifespan="off",
            log_config=None,
            timeout_keep_alive=keep_alive_seconds,
        )
        server = Server(config)
        running = asyncio.create_task(server.serve(sockets=[door]))
        while not server.started:  # noqa: ASYNC110 uvicorn offers no event
            await asyncio.sleep(0.01)
        try:
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            await running
