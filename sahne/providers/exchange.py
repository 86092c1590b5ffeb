"""One HTTP exchange with a service of others: what it answered, or whether it can have read the question.

connect → send → read until the answer is whole → close. Each exchange has a connection of its own, so an answer can
belong to no other question, and what failed before the first byte was sent was certainly not taken. No redirects.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import httptools
import orjson

from sahne.providers.questions import asking, provider_at
from sahne.public_addresses import is_everybodys

CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 45.0
JSON_BYTES_MAX = 1024 * 1024
HEAD_BYTES_MAX = 64 * 1024
CHUNK_BYTES = 64 * 1024
RETRY_AFTER_SECONDS_MAX = 300.0
PORTS = {"http": 80, "https": 443}


class ProviderFault(Exception):
    """Something went wrong with a provider, for the reason in the class."""


class NotTaken(ProviderFault):
    """It was certainly not taken: nobody was there, or it said to come again, after `seconds` if it said when."""

    def __init__(self, what: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(what)


class Unanswered(ProviderFault):
    """The question was sent and no answer came: it may have been taken."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What was answered; header names are in small letters."""

    bytes_max: int
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False
    head_bytes: int = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """As they come."""
        self.head_bytes += len(name) + len(value)
        if self.head_bytes > HEAD_BYTES_MAX:
            raise ConnectionError("the head of its answer is too long")
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        """As it comes."""
        self.body += part
        if len(self.body) > self.bytes_max:
            raise ConnectionError("its answer is too long")

    def on_message_complete(self) -> None:
        """By its length, or by its last chunk."""
        self.is_whole = True

    def json(self) -> dict[str, Any]:
        """The object it is, else an empty one."""
        answer = self.any_json()
        return answer if isinstance(answer, dict) else {}

    def any_json(self) -> Any:
        """What it is, None where it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def retry_after_seconds(self) -> float | None:
        """What it asks for in seconds; a date is as good as nothing said."""
        try:
            return min(max(float(self.headers["retry-after"]), 0.0), RETRY_AFTER_SECONDS_MAX)
        except (KeyError, ValueError):
            return None


async def ask(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    body: Mapping[str, Any] | bytes | None = None,
    form: Mapping[str, str] | None = None,
    bytes_max: int = JSON_BYTES_MAX,
    seconds_max: float = ANSWER_SECONDS_MAX,
    only_public: bool = False,
    provider: str | None = None,
) -> Answer:
    """The answer to one question; `body` is sent as JSON, unless `headers` say otherwise, `form` as a form.

    `provider` is what it is counted as, where others gave the address.

    A body in bytes was signed as it is. With `only_public` nobody is asked whose address is not one of the internet's.

    Raises:
        NotTaken: nobody could be reached. Unanswered: it was sent, and no whole answer came in time.
    """
    parts = urlsplit(url)
    with asking(provider or provider_at(parts.hostname)) as question:
        content = _question(method, url, {**(headers or {}), **question.headers}, body, form)
        answer = await _answer(parts, content, bytes_max, seconds_max, only_public=only_public)
        question.status = answer.status
        return answer


async def _answer(
    parts: SplitResult, question: bytes, bytes_max: int, seconds_max: float, *, only_public: bool
) -> Answer:
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
            place = await _public_address(host, port) if only_public else host
            tls = parts.scheme == "https"
            reader, writer = await asyncio.open_connection(
                place, port, ssl=_trusted() if tls else None, server_hostname=host if tls else None
            )
    except (OSError, TimeoutError, KeyError, ValueError) as error:
        raise NotTaken(type(error).__name__) from error
    try:
        async with asyncio.timeout(seconds_max):
            return await _exchange(reader, writer, question, Answer(bytes_max=bytes_max))
    except (OSError, TimeoutError, httptools.HttpParserError) as error:
        raise Unanswered(type(error).__name__) from error
    finally:
        writer.close()


async def _public_address(host: str, port: int) -> str:
    """Where a name leads, asked once: what was looked at is what is connected to. Raises OSError: inside some house."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(map(is_everybodys, addresses)):
        raise ConnectionRefusedError("its address is not one of the internet's")
    return addresses[0]


def _question(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | bytes | None,
    form: Mapping[str, str] | None,
) -> bytes:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if body is None:
        content = urlencode(form or {}).encode()
    else:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = {"Host": parts.netloc.rpartition("@")[2], "Accept": "*/*", "Connection": "close", **headers}
    if body is not None:
        lines.setdefault("Content-Type", "application/json")
    if form is not None:
        lines["Content-Type"] = "application/x-www-form-urlencoded"
    if method != "GET":
        lines["Content-Length"] = str(len(content))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes, answer: Answer
) -> Answer:
    writer.write(question)
    await writer.drain()
    parser = httptools.HttpResponseParser(answer)
    while not answer.is_whole:
        chunk = await reader.read(CHUNK_BYTES)
        if not chunk:
            raise ConnectionError("it hung up in the middle of its answer")
        parser.feed_data(chunk)
    answer.status = parser.get_status_code()
    return answer


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
