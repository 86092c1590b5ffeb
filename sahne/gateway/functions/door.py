"""The door of `/functions/v1`: path → caller → arguments → verb → answer, or the refusal.

Plain ASGI over the table of operations (`table.py`). The same door shows what it serves: `/docs`, `/openapi.json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from psycopg import Error as DatabaseError
from psycopg import OperationalError

from sahne.database.actor import AUTHENTICATED, Actor
from sahne.database.refusals import refusal_of
from sahne.errors import NotFound, SahneError, Unauthenticated, Unavailable
from sahne.gateway.asgi import Door, Receive, Scope, Send, send_whole
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.gateway.callers import Callers, counted
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.operation import PREFIX, Call, Operation, Who
from sahne.gateway.functions.pages import DESCRIPTION, PAGE, Pages
from sahne.gateway.functions.paths import Found, Paths
from sahne.gateway.functions.reading import Headers, arguments_of
from sahne.gateway.functions.small_bodies import BODY_BYTES_MAX, small_body
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.parts import Parts

RETRY_AFTER_SECONDS = b"1"
WAIT = "retry_after_seconds"  # in the details of who is too fast (`functions/live/pace.sql`)
JSON = (b"content-type", b"application/json")

Response = tuple[int, list[tuple[bytes, bytes]], bytes]


class MethodNotAllowed(SahneError):
    """This path does not take that method."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allow: str) -> None:
        self.allow = allow
        super().__init__(hint=f"It takes {allow}.")


def build_functions(parts: Parts, operations: Iterable[Operation] = OPERATIONS) -> Door:
    """The door of `/functions/v1`, `/docs` and `/openapi.json`."""
    return counted(FunctionsDoor(parts, tuple(operations)), Callers(parts.settings), parts.verifier)


class FunctionsDoor:
    """One path table over the operations, and the two pages that describe them."""

    def __init__(self, parts: Parts, operations: tuple[Operation, ...]) -> None:
        self._parts = parts
        self._paths = Paths(operations)
        self._pages = Pages(lambda: describe(operations, parts.settings.api_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"" if scope["method"] in ("GET", "HEAD") else await small_body(receive, self._body_bytes_max(scope))
        if body is None:
            return
        try:
            status, headers, content = await self._answer(scope, body)
        except SahneError as error:
            if error.status == SahneError.status:
                raise  # ours: the front tells telemetry and answers 500
            status, headers, content = refused(self._in_words(error))
        except DatabaseError as error:
            refusal = refusal_of(error)
            if refusal is None and isinstance(error, OperationalError):
                refusal = Unavailable(hint="The database does not answer.")
            if refusal is None:
                raise  # ours as well
            status, headers, content = refused(self._in_words(refusal))
        headers.append((b"content-length", b"%d" % len(content)))
        await send_whole(send, status, headers, content)

    async def _answer(self, scope: Scope, body: bytes) -> Response:
        method, path = scope["method"], scope["path"]
        if path in (PAGE, DESCRIPTION):
            if method not in ("GET", "HEAD"):
                raise MethodNotAllowed("GET, HEAD")
            return self._pages.page(path)
        headers = dict(scope["headers"])
        operation, found = self._find(method, path)
        call = Call(_caller(operation, self._parts.verifier, headers), self._parts, scope)
        arguments = arguments_of(operation, found.values, headers, scope["query_string"], body)
        async with self._parts.shares.of_request(call.actor, scope):
            answer = await operation.verb(call, **arguments)
        return operation.status, [JSON], orjson.dumps(answer, default=str)

    def _body_bytes_max(self, scope: Scope) -> int:
        found = self._paths.find(scope["path"].removeprefix(PREFIX))
        operation = found.operations.get(scope["method"]) if found else None
        return operation.body_bytes_max if operation else BODY_BYTES_MAX

    def _find(self, method: str, path: str) -> tuple[Operation, Found]:
        found = self._paths.find(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if found is None:
            raise NotFound(hint="The operations are described at /docs.")
        operation = found.operations.get(method)
        if operation is None:
            raise MethodNotAllowed(found.allow)
        return operation, found

    def _in_words(self, refusal: SahneError) -> SahneError:
        """With the sentence of the rule it comes from, when the catalog has one."""
        catalog = self._parts.catalog.current
        return catalog.rules.refusal_in_words(refusal) if catalog else refusal


def _caller(operation: Operation, verifier: Verifier, headers: Headers) -> Actor:
    """Who calls; an operation for anybody takes who is nobody."""
    if operation.who is Who.ANYBODY:
        return verifier.actor(bearer_of(headers.get(b"authorization", b"").decode("latin-1")))
    return signed_in(verifier, headers)


def signed_in(verifier: Verifier, headers: Headers) -> Actor:
    """The signed-in user who calls.

    Raises:
        Unauthenticated: no token, an anon key or a service key.
        InvalidToken, ExpiredToken: as the verifier says.
    """
    actor = verifier.actor(bearer_of(headers.get(b"authorization", b"").decode("latin-1")))
    if actor.role != AUTHENTICATED or actor.user_id is None:
        raise Unauthenticated(hint="Send the access token of a signed-in user as a bearer token.")
    return actor


def refused(error: SahneError) -> Response:
    """An error in this door's dialect: `{code, message, details, hint}`; `details` is an object or null."""
    body: dict[str, Any] = error.body()
    if body["details"] is not None and not isinstance(body["details"], dict):
        body["details"] = {"seen": body["details"]}
    headers = [JSON]
    if error.status == 503:
        headers.append((b"retry-after", RETRY_AFTER_SECONDS))
    elif error.status == 429 and isinstance(body["details"], dict) and WAIT in body["details"]:
        headers.append((b"retry-after", str(body["details"][WAIT]).encode()))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", error.allow.encode()))
    return error.status, headers, orjson.dumps(body, default=str)
