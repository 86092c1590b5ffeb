"""A question to another door of this server, as its person's own client would ask it: nothing is passed by.

The token is the one the agent came with, so that whatever that door asks (who it is, how often, by which policies) it
asks here too.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson

from sahne.errors import SahneError
from sahne.gateway.asgi import Door, Header, Message, Scope

PASSED_ON = ("client", "server", "scheme", "http_version", "request_id", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request; `path` needs no quoting, `body` is JSON or nothing, `key` the Idempotency-Key."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = None
    key: str | None = None

    def with_key(self, key: str) -> Question:
        """The same, which is done once under this key."""
        return replace(self, key=key)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `data` is what the JSON says."""

    status: int
    data: Any

    @property
    def is_refusal(self) -> bool:
        """Whether nothing came of it."""
        return self.status >= 400


async def ask(
    door: Door, question: Question, asked_in: Scope, *, api_key: str, kept: tuple[bytes, ...] = ()
) -> Answered:
    """The answer of `door`, asked within a request of the same person; the headers in `kept` are its own."""
    body = b"" if question.body is None else orjson.dumps(question.body)
    scope = _scope(question, asked_in, (*kept, b"host", b"authorization"), api_key, len(body))
    status, pieces = 0, bytearray()
    is_sent, has_ended = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal is_sent
        if is_sent:  # whoever listens on waits for us to hang up, which we do not
            await has_ended.wait()
            return {"type": "http.disconnect"}
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            pieces.extend(message.get("body", b""))

    try:
        await door(scope, receive, send)
    except SahneError as error:
        if error.status == SahneError.status:
            raise
        return Answered(error.status, error.body())
    finally:
        has_ended.set()
    return Answered(status, json.loads(pieces) if pieces else None)


def _scope(question: Question, asked_in: Scope, kept: tuple[bytes, ...], api_key: str, length: int) -> Scope:
    headers: list[Header] = [each for each in asked_in["headers"] if each[0] in kept]
    headers += [(b"accept", b"application/json"), (b"apikey", api_key.encode())]
    if length:
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    if question.key is not None:
        headers.append((b"idempotency-key", question.key.encode()))
    return {
        **{name: asked_in[name] for name in PASSED_ON if name in asked_in},
        "type": "http",
        "method": question.method,
        "path": question.path,
        "raw_path": question.path.encode(),
        "query_string": urlencode(question.query).encode(),
        "headers": headers,
    }
