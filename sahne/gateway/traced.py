"""A request as a span, where traces are on: the root of what is done for it, or a part of its caller's trace."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from sahne import tracing
from sahne.errors import SahneError
from sahne.gateway.asgi import Scope


class Answered(Protocol):
    """An answer that is under way; its status is 0 until it begins."""

    status: int


async def traced(
    work: Awaitable[None], scope: Scope, door: str, path: str, answer: Answered, traceparent: str | None
) -> None:
    """Await the work of answering. `path` is what may be told of the request's own."""
    attributes = {"http.request.method": scope["method"], "url.path": path, "sahne.request_id": scope["request_id"]}
    with tracing.root(f"{scope['method']} {door}", "server", attributes, traceparent) as span:
        await work
        if span is not None:
            span.note("http.response.status_code", answer.status)
            if answer.status >= SahneError.status:
                span.fail(str(answer.status))
