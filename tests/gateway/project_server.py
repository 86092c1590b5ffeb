"""A project on a plain socket: what reached it can be read byte by byte, and it answers as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answering = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def whole(body: bytes = b"{}", *headers: bytes, status: bytes = b"200 OK") -> Answering:
    """An answer that is known whole."""
    lines = b"".join(line + b"\r\n" for line in (*headers, b"Content-Length: %d" % len(body)))

    async def answer(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %b\r\n%b\r\n%b" % (status, lines, body))

    return answer


@dataclass(slots=True)
class ProjectServer:
    """`answers` by path; `heads` are the requests that came, without health checks; `hung_up` counts its clients."""

    answers: dict[bytes, Answering] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    hung_up: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Those of the last request."""
        lines = self.heads[-1].split(b"\r\n")[1:-2]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].partition(b"?")[0]
                if path not in (b"/auth/v1/health", b"/auth/v1/.well-known/jwks.json"):
                    self.heads.append(head)
                await self.answers.get(path, whole())(head, reader, writer)
                await writer.drain()
        self.hung_up += 1
        writer.close()


@contextmanager
def project_server() -> Iterator[ProjectServer]:
    """It listens, on a thread of its own, for the block."""
    server, listens = ProjectServer(), threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        told, loop = asyncio.Event(), asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(told.set))
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        listens.set()
        await told.wait()
        listening.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="a project")
    thread.start()
    listens.wait(10)
    yield server
    stop[0]()
    thread.join(10)
