"""The words of ASGI, the interface between the server and the doors, as types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Door = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]


def send_whole(send: Send, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
    """Send an answer whose head and body are known together, at once where `send` can do that."""
    whole = getattr(send, "whole", None)
    return whole(status, headers, body) if whole is not None else _send_in_two(send, status, headers, body)


async def _send_in_two(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
