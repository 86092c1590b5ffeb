"""Every answer of an operation that the suite sees, of success or refusal, is held against what the product says of it.

The servers of the tests run in this process: their door of operations is watched, whoever asks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sahne.gateway.asgi import Message, Receive, Scope, Send
from sahne.gateway.functions.door import FunctionsDoor
from sahne.gateway.functions.openapi import REFUSED, describe
from sahne.gateway.functions.operation import PREFIX, Operation
from tests.json_schema import faults

# (operation, status, code) of every refusal, and what did not fit
seen: set[tuple[str, int, str | None]] = set()
wrong: list[str] = []
_described: dict[str, dict[str, Any]] = {}
_answer = FunctionsDoor.__call__


def watch() -> None:
    """From now on."""

    async def watched(self: FunctionsDoor, scope: Scope, receive: Receive, send: Send) -> None:
        said: list[Message] = []

        async def keeping(message: Message) -> None:
            said.append(message)
            await send(message)

        await _answer(self, scope, receive, keeping)
        if said and scope["path"].startswith(PREFIX):
            status, body = said[0]["status"], b"".join(each.get("body", b"") for each in said)
            wrong.extend(_look(self, scope, status, orjson.loads(body)))

    FunctionsDoor.__call__ = watched  # type: ignore[method-assign]


def _look(door: FunctionsDoor, scope: Scope, status: int, body: Any) -> Iterator[str]:
    found = door._paths.find(scope["path"].removeprefix(PREFIX))
    operation = found and found.operations.get(scope["method"])
    if operation is None:
        fitting, named = REFUSED, {}
    else:
        description = _description(operation)
        (path,) = description["paths"].values()
        answer = path[operation.method.lower()]["responses"].get(str(status))
        if answer is None:
            yield f"{operation.name} answers {status}, which is not described: {body}"
            return
        fitting, named = answer["content"]["application/json"]["schema"], description["components"]["schemas"]
        seen.add((operation.name, status, body.get("code") if status >= 400 else None))
    for fault in faults(body, fitting, named):
        yield f"{scope['method']} {scope['path']} {status}: {fault}"


def _description(operation: Operation) -> dict[str, Any]:
    key = f"{operation.method} {operation.path}"
    if key not in _described:
        _described[key] = describe((operation,), "")
    return _described[key]
