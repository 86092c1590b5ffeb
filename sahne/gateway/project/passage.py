"""A request is passed on to the project as it came, and its answer comes back as it is.

Nothing is held but a piece of each: a body goes on as fast as the project takes it, an answer as fast as the client
does. Nothing is tried twice. Who hangs up ends the exchange; one that breaks off halfway is cut off here too, so that
nobody takes half for whole.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import httpcore2

from sahne.errors import InvalidRequest
from sahne.gateway.asgi import Header, Receive, Scope, Send
from sahne.gateway.callers import Places
from sahne.gateway.file_answers import OBJECT_POLICY
from sahne.gateway.project.bodies import ClientBody, ClientGone
from sahne.gateway.project.errors import (
    PathUnclear,
    PlaceCrowded,
    ProjectCrowded,
    ProjectSilent,
    ProjectUnreachable,
)
from sahne.gateway.project.headers import headers_back, headers_there, length_in
from sahne.gateway.project.lines import Lines
from sahne.settings import Settings

CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 150.0  # Supabase gives up on its own side by then
TAKE_SECONDS_MAX = 30.0
IDLE_SECONDS_MAX = 15.0  # less than any server keeps a connection that nobody uses
WORTH_PLACES = 4

TIMEOUTS = {
    "connect": CONNECT_SECONDS_MAX,
    "read": ANSWER_SECONDS_MAX,
    "write": TAKE_SECONDS_MAX,
    "pool": CONNECT_SECONDS_MAX,
}

STORAGE = "/storage/v1/"

# Beside what the project says of them
OF_OBJECTS = [(b"content-security-policy", OBJECT_POLICY.encode()), (b"x-content-type-options", b"nosniff")]


class Passage:
    """The door of each protocol that the project speaks. One per process; `close` ends what is kept."""

    def __init__(self, settings: Settings, project_url: str) -> None:
        parts = urlsplit(project_url)
        self._scheme = parts.scheme.encode()
        self._host = (parts.hostname or "").encode()
        self._port = parts.port
        self.authority = parts.netloc.encode()
        self._project = f"{parts.scheme}://{parts.netloc}".encode()
        self._here = settings.api_url.encode()
        self._places = Places(settings)
        most = settings.project_requests_max
        self._lines = Lines(most, most // WORTH_PLACES, full=ProjectCrowded, crowded=PlaceCrowded)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context() if parts.scheme == "https" else None,
            max_connections=most,
            keepalive_expiry=IDLE_SECONDS_MAX,
        )

    async def close(self) -> None:
        """Close what is kept and what is under way."""
        await self._pool.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_dots(scope["raw_path"])
        with self._lines.line(self._places.of(scope)):
            body = ClientBody(receive, is_empty=not _has_body(scope["headers"]))
            exchange = asyncio.ensure_future(self._exchange(scope, body, send))
            gone = asyncio.ensure_future(body.until_gone())
            try:
                await asyncio.wait((exchange, gone), return_when=asyncio.FIRST_COMPLETED)
                if exchange.done():
                    with suppress(ClientGone):
                        exchange.result()
            finally:
                await _end(exchange, gone)

    async def _exchange(self, scope: Scope, body: ClientBody, send: Send) -> None:
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        url = httpcore2.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        headers = headers_there(
            scope["headers"],
            host=self.authority,
            address=self._places.address_of(scope),
            request_id=scope["request_id"],
        )
        content = body.chunks() if _has_body(scope["headers"]) else None
        with in_our_words():
            async with self._pool.stream(
                scope["method"], url, headers=headers, content=content, extensions={"timeout": TIMEOUTS}
            ) as answer:
                head = headers_back(answer.headers, project=self._project, here=self._here)
                if scope["path"].startswith(STORAGE):
                    head += OF_OBJECTS
                await send({"type": "http.response.start", "status": answer.status, "headers": head})
                await _hand_over(answer, length_in(head), send)


async def _hand_over(answer: httpcore2.Response, length: int | None, send: Send) -> None:
    """The body piece by piece; the last one says that it is where that can be known."""
    handed, is_whole = 0, False
    async for piece in answer.aiter_stream():
        handed += len(piece)
        is_whole = handed == length
        await send({"type": "http.response.body", "body": piece, "more_body": not is_whole})
    if not is_whole:
        await send({"type": "http.response.body", "body": b""})


def refuse_dots(raw_path: bytes) -> None:
    """Whoever reads `..` as the folder above, behind whatever counts as a slash, would answer at another door.

    Raises:
        PathUnclear
    """
    path = raw_path.lower().replace(b"%2e", b".")
    for slash in (b"%2f", b"%5c", b"\\"):
        path = path.replace(slash, b"/")
    if any(part in (b".", b"..") for part in path.split(b"/")):
        raise PathUnclear()


@contextmanager
def in_our_words() -> Iterator[None]:
    """What goes wrong on the way there, as this server says it."""
    try:
        yield
    except (httpcore2.ReadTimeout, httpcore2.WriteTimeout) as error:
        raise ProjectSilent() from error
    except httpcore2.LocalProtocolError as error:
        raise InvalidRequest("The request cannot be passed on as it is.", details=str(error)) from error
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
        raise ProjectUnreachable(details=type(error).__name__) from error


def _has_body(headers: list[Header]) -> bool:
    sent = dict(headers)
    return b"transfer-encoding" in sent or sent.get(b"content-length", b"0") != b"0"


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
