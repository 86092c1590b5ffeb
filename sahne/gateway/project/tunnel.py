"""A realtime socket is a tunnel to the project: the upgrade goes on as it came, and after it every byte as it is.

upgrade → connect → the project's answer → (101) bytes both ways, each side as fast as the other takes them → either
side ends, or says nothing for a while → both ends close. An answer that is no 101 goes back and that is all: what
follows it would be a request that nobody has looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from sahne.errors import NotFound, SahneError, TooManyRequests
from sahne.gateway.asgi import Header
from sahne.gateway.callers import Places
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.project.errors import ProjectSilent, ProjectUnreachable
from sahne.gateway.project.headers import headers_back, headers_there, length_in
from sahne.gateway.project.lines import Lines
from sahne.gateway.project.passage import CONNECT_SECONDS_MAX, refuse_dots
from sahne.gateway.sent_once import HostMissing, SentOnce
from sahne.gateway.upgrades import headers_in
from sahne.settings import Settings
from sahne.telemetry import Failed, observe

PREFIX = b"/realtime/v1/"
PIECE_BYTES = 64 * 1024
HEAD_BYTES_MAX = 64 * 1024
REFUSAL_BYTES_MAX = 64 * 1024
HANDSHAKE_SECONDS_MAX = 20.0
SILENT_SECONDS_MAX = 120.0  # clients and servers of realtime speak every 25 s
PORTS = {"http": 80, "https": 443}

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The request that a socket begins with; header names are in small letters."""

    target: bytes
    headers: Sequence[Header]

    @classmethod
    def of(cls, head: bytes) -> Upgrade:
        """As uvicorn writes it out."""
        return cls(head.split(b" ", 2)[1], headers_in(head))


class Tunnels:
    """What all tunnels share: where they lead, and how many there may be. One per process."""

    def __init__(self, settings: Settings, project_url: str, keys: DevelopmentKeys) -> None:
        parts = urlsplit(project_url)
        self._host, self._port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._authority = parts.netloc.encode()
        self._addresses = (f"{parts.scheme}://{parts.netloc}".encode(), settings.api_url.encode())
        self._places, self._once, self._keys = Places(settings), SentOnce(settings), keys
        self._lines = Lines(
            settings.realtime_sockets_max,
            settings.realtime_sockets_of_an_address_max,
            full=lambda: TooManyRequests("Too many connected users"),
            crowded=lambda: TooManyRequests("Too many connected users from one address"),
        )

    def protocol(self, *, server_state: Any, **_: Any) -> TunnelProtocol:
        """What uvicorn's `ws=` makes its protocols with."""
        return TunnelProtocol(self._serve, server_state)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upgrade = Upgrade.of(await reader.readuntil(b"\r\n\r\n"))
            self._refuse_unclear(upgrade)
            peer = writer.get_extra_info("peername")
            named = {name.decode("latin-1"): value.decode("latin-1") for name, value in upgrade.headers}
            host = str(peer[0]) if isinstance(peer, tuple) else None
            address = self._places.address_of_upgrade(host, named)
            with self._lines.line(self._places.of_upgrade(host, named)):
                await self._dig(upgrade, address, reader, writer)
        except SahneError as error:
            writer.write(_refusal(error.status, orjson.dumps({"error": error.message, **error.body()}, default=str)))

    def _refuse_unclear(self, upgrade: Upgrade) -> None:
        """As the front does with any request. Raises SahneError."""
        path, _, query = upgrade.target.partition(b"?")
        if not path.startswith(PREFIX):
            raise NotFound(details=path.decode("latin-1"))
        refuse_dots(path)
        self._once.refuse_repeated([name for name, _ in upgrade.headers])
        headers = dict(upgrade.headers)
        if b"host" not in headers:
            raise HostMissing()
        self._keys.refuse_elsewhere(headers[b"host"])
        self._keys.refuse_tokens(headers.get(b"origin"), upgrade.headers, query)

    async def _dig(
        self, upgrade: Upgrade, address: str | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Raises ProjectUnreachable, ProjectSilent."""
        there_reader, there_writer = await self._connected()
        try:
            there_writer.write(self._request(upgrade, address))
            head = await _answer(there_reader)
            if head.status != 101:
                writer.write(await head.as_refusal(there_reader, self._addresses))
                return
            writer.write(head.as_upgrade(self._addresses))
            await _either(_carry(reader, there_writer), _carry(there_reader, writer))
        finally:
            there_writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                return await asyncio.open_connection(
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                    limit=HEAD_BYTES_MAX,
                )
        except OSError as error:
            raise ProjectUnreachable(details=type(error).__name__) from error

    def _request(self, upgrade: Upgrade, address: str | None) -> bytes:
        headers = headers_there(upgrade.headers, host=self._authority, address=address, request_id=None)
        headers += [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        return b"GET %b HTTP/1.1\r\n%b\r\n" % (upgrade.target, lines)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the project's answer to an upgrade."""

    status: int
    raw: bytes

    def as_upgrade(self, addresses: tuple[bytes, bytes]) -> bytes:
        """The head as the client gets it, without what the project says of its own host."""
        project, here = addresses
        headers = headers_back(headers_in(self.raw), project=project, here=here)
        headers += [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]
        return b"HTTP/1.1 101 Switching Protocols\r\n%b\r\n" % b"".join(b"%b: %b\r\n" % each for each in headers)

    async def as_refusal(self, reader: asyncio.StreamReader, addresses: tuple[bytes, bytes]) -> bytes:
        """The whole answer, after which the connection ends."""
        project, here = addresses
        headers = headers_back(headers_in(self.raw), project=project, here=here)
        length = min(length_in(headers) or 0, REFUSAL_BYTES_MAX)
        async with _in_time():
            body = await reader.readexactly(length)
        kept = [header for header in headers if header[0] != b"content-length"]
        return _refusal(self.status, body, kept)


class TunnelProtocol(asyncio.StreamReaderProtocol):
    """uvicorn's side of a tunnel: a pair of streams, with uvicorn's constructor."""

    def __init__(self, serve: Callable[..., Any], server_state: Any) -> None:
        self._reader = asyncio.StreamReader(limit=HEAD_BYTES_MAX * 2)
        super().__init__(self._reader)
        self._serve = serve
        self._server_state = server_state
        self._serving: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the transport over; the upgrade request follows."""
        super().connection_made(transport)
        self._server_state.connections.add(self)
        self._serving = asyncio.ensure_future(self._run(transport))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        self._server_state.connections.discard(self)
        self.shutdown()

    def shutdown(self) -> None:
        """uvicorn stops, or the client is gone: the client of realtime connects again by itself."""
        if self._serving is not None:
            self._serving.cancel()

    async def _run(self, transport: Any) -> None:
        writer = asyncio.StreamWriter(transport, self, self._reader, asyncio.get_running_loop())
        try:
            await self._serve(self._reader, writer)
        except (asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            pass  # it is gone, or we are
        except Exception as error:
            observe(Failed.of("a realtime socket", error))
        finally:
            transport.close()


async def _answer(reader: asyncio.StreamReader) -> Head:
    async with _in_time():
        raw = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(raw)
    if status is None:
        raise ProjectUnreachable(details="no HTTP/1.1")
    return Head(int(status[1]), raw)


@contextlib.asynccontextmanager
async def _in_time() -> Any:
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS_MAX):
            yield
    except TimeoutError as error:
        raise ProjectSilent() from error
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ProjectUnreachable(details=type(error).__name__) from error


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one side to the other until the first ends, or either stands still. Raises OSError."""
    while True:
        async with asyncio.timeout(SILENT_SECONDS_MAX):
            piece = await reader.read(PIECE_BYTES)
            if not piece:
                return
            writer.write(piece)
            await writer.drain()


async def _either(*directions: Any) -> None:
    """Both at once until the first of them ends."""
    tasks = [asyncio.ensure_future(each) for each in directions]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _refusal(status: int, body: bytes, headers: Sequence[Header] = ((b"content-type", b"application/json"),)) -> bytes:
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    head = b"HTTP/1.1 %d \r\n%bcontent-length: %d\r\nconnection: close\r\n\r\n" % (status, lines, len(body))
    return head + body
