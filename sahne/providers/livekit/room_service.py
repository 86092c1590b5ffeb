"""One call of LiveKit's RoomService: JSON over HTTP, as its documentation has it for `curl`.

Source: docs.livekit.io, "Server APIs": `POST /twirp/livekit.RoomService/METHOD`, a token that allows just this, fields
in snake_case, choices by their names. What is not as it should be is answered `{code, msg}` (Twirp).

connect → send → read until the answer is whole → close. Each call has a connection of its own: there are a few a second
at most, and one that is kept would have to be tried before each use.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httptools
import orjson

from sahne.providers.livekit.grants import ApiKey, mint_server_token
from sahne.providers.livekit.rooms import LiveKitUnavailable
from sahne.providers.questions import asking, provider_at

CALL_SECONDS_MAX = 2.5
ANSWER_BYTES_MAX = 64 * 1024 * 1024  # a room of many thousands, a kilobyte each
CHUNK_BYTES = 64 * 1024
PORTS = {"http": 80, "https": 443}
HTTP_OK = 200


class NotThere(LiveKitUnavailable):
    """LiveKit knows no such room or participant."""


class RoomService:
    """The service at `url`, asked as the owner of `key`."""

    def __init__(self, url: str, key: ApiKey) -> None:
        parts = urlsplit(url.replace("ws", "http", 1) if url.startswith("ws") else url)
        self._key = key
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS.get(parts.scheme, 0)
        self._is_secure = parts.scheme == "https"
        self._place = parts.netloc.rpartition("@")[2]
        self._path = f"{parts.path.rstrip('/')}/twirp/livekit.RoomService"

    async def call(self, method: str, asked: dict[str, Any], **allowed: object) -> dict[str, Any]:
        """What `method` answers; `allowed` is what the token of this call allows, in LiveKit's words.

        Raises:
            NotThere: it knows no such thing.
            LiveKitUnavailable: it cannot be reached, takes too long, refuses, or answers what cannot be read.
        """
        body = orjson.dumps(asked)
        head = (
            f"POST {self._path}/{method} HTTP/1.1\r\nHost: {self._place}\r\n"
            f"Authorization: Bearer {mint_server_token(self._key, allowed)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        try:
            with asking(provider_at(self._host)) as question:
                async with asyncio.timeout(CALL_SECONDS_MAX):
                    status, answered = await self._exchange(head.encode() + body)
                question.status = status
        except (OSError, TimeoutError, httptools.HttpParserError) as error:
            raise LiveKitUnavailable(details=type(error).__name__) from error
        answer = _read(answered)
        if status == HTTP_OK and answer is not None:
            return answer
        code = answer.get("code") if answer else None
        if code == "not_found":
            raise NotThere()
        raise LiveKitUnavailable(details=f"LiveKit answered {status} {code or 'in no words of its own'}")

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(
            self._host, self._port, ssl=_trusted() if self._is_secure else None
        )
        try:
            writer.write(request)
            answer = _Answer()
            parser = httptools.HttpResponseParser(answer)
            while not answer.is_whole:
                chunk = await reader.read(CHUNK_BYTES)
                if not chunk:
                    raise ConnectionError("it hung up in the middle of its answer")
                parser.feed_data(chunk)
            return parser.get_status_code(), bytes(answer.body)
        finally:
            writer.close()


def _read(answered: bytes) -> dict[str, Any] | None:
    """The object it is, or None."""
    try:
        answer = orjson.loads(answered)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


@dataclass(slots=True)
class _Answer:
    """What the parser finds."""

    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False

    def on_body(self, part: bytes) -> None:
        """As it comes."""
        self.body += part
        if len(self.body) > ANSWER_BYTES_MAX:
            raise ConnectionError("its answer is too long")

    def on_message_complete(self) -> None:
        """By its length, or by its last chunk."""
        self.is_whole = True


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
