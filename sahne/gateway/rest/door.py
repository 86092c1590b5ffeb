"""The Data API's door: bearer → request → plan → query → run → respond, and every refusal in PostgREST's dialect."""

from __future__ import annotations

from collections.abc import Sequence

from sahne.database.actor import ANON, Actor, actor_from_claims
from sahne.database.catalog import Catalog
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.database.result import StatementFailed
from sahne.errors import SahneError
from sahne.gateway.asgi import Door, Message, Receive, Scope, Send, send_whole
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.gateway.callers import Callers
from sahne.gateway.parts import Parts
from sahne.gateway.rest.calls import Calls
from sahne.gateway.rest.compile import find_schema
from sahne.gateway.rest.describe import Documents, allow_header
from sahne.gateway.rest.errors import NoCatalog, UnsupportedMethod, render
from sahne.gateway.rest.large_bodies import LARGE_BODY_BYTES, LargeBodies
from sahne.gateway.rest.query.statement import Ready
from sahne.gateway.rest.request import RestRequest, request_of
from sahne.gateway.rest.respond import Response, respond
from sahne.gateway.rest.run import run
from sahne.gateway.rest.shape import TOKEN_PARAMETER
from sahne.gateway.rest.tables import Tables
from sahne.gateway.rest.timing import Timing
from sahne.gateway.shares import Place, Shares
from sahne.remembered import Remembered

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
REQUESTS_REMEMBERED_MAX = 1_024
REMEMBERED_HEADERS_BYTES_MAX = 8 * 1024
Headers = Sequence[tuple[bytes, bytes]]
Outside = tuple[str, str, Headers]  # method, path, headers


def build_rest(parts: Parts) -> Door:
    """The door over `/rest/v1`."""
    return RestDoor(
        verifier=parts.verifier,
        pipeline=parts.pipeline,
        catalog=parts.catalog,
        callers=Callers(parts.settings),
        shares=parts.shares,
    )


class RestDoor:
    """Plain ASGI: the hot path runs through it. Whoever asks works within their share of the connections."""

    def __init__(
        self, *, verifier: Verifier, pipeline: Pipeline, catalog: CatalogKeeper, callers: Callers, shares: Shares
    ) -> None:
        self._verifier = verifier
        self._pipeline = pipeline
        self._catalog = catalog
        self._callers = callers
        self._shares = shares
        self._tables = Tables()
        self._calls = Calls()
        self._documents = Documents()
        self._large, self._large_of_anonymous = LargeBodies(), LargeBodies()
        self._requests: Remembered[Outside, tuple[str | None, RestRequest]] = Remembered(REQUESTS_REMEMBERED_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"" if scope["method"] in ("GET", "HEAD") else await _body(receive)
        actor, request = None, None
        timing = self._timing()
        try:
            query = scope["query_string"].decode("latin-1")
            token, request = self._understand(scope["method"], scope["path"], scope["headers"])
            if timing:
                timing.mark("parse")
            actor = self._actor(_token_in(query)) if token is None else self._verifier.actor(token)
            if timing:
                timing.mark("jwt")
            caller = self._callers.caller(actor, scope)
            self._callers.spend_of(caller)
            share = self._shares.of_caller(caller)
            status, headers, content = await self._answer(request, query, body, actor, share, timing)
        except SahneError as error:
            anonymous = actor is None or actor.role == self._anonymous_role
            status, headers, content = render(self._worded(error, request, actor), anonymous=anonymous)
            headers.append((b"content-type", b"application/json; charset=utf-8"))
        if timing:
            timing.mark("response")
            headers.append(timing.header)
        if scope["method"] != "HEAD" and status != 204:
            headers.append((b"content-length", b"%d" % len(content)))
        await send_whole(send, status, headers, content)

    def _understand(self, method: str, path: str, headers: Headers) -> tuple[str | None, RestRequest]:
        """The token that is sent, and what is asked for: remembered by the request's outside."""
        outside = (method, path, tuple(headers))
        entry = self._requests.find(outside)
        if entry is None:
            request = request_of(method, path, headers)
            entry = _token_of(headers), request
            if len(request.facts.headers) + len(request.facts.cookies) <= REMEMBERED_HEADERS_BYTES_MAX:
                self._requests.keep(outside, entry)
        return entry

    @property
    def _anonymous_role(self) -> str:
        catalog = self._catalog.current
        return catalog.exposure.anon_role if catalog else ANON

    def _actor(self, token: str | None) -> Actor:
        """Who asks, verified each time; who sends no token has the anonymous role of the exposure."""
        actor = self._verifier.actor(token)
        if token is None and self._anonymous_role != ANON:
            return actor_from_claims({"role": self._anonymous_role})
        return actor

    def _worded(self, error: SahneError, request: RestRequest | None, actor: Actor | None) -> SahneError:
        catalog = self._catalog.current
        if catalog is None or request is None or actor is None or not isinstance(error, StatementFailed):
            return error
        return find_schema(request, catalog).in_words(error, actor.role)

    def _timing(self) -> Timing | None:
        catalog = self._catalog.current
        return Timing() if catalog is not None and catalog.exposure.timings else None

    async def _answer(
        self, request: RestRequest, query: str, body: bytes, actor: Actor, share: Place, timing: Timing | None
    ) -> Response:
        catalog = self._catalog.current
        if catalog is None:
            raise NoCatalog()
        if request.method not in METHODS:
            if request.method == "OPTIONS":
                return 200, [(b"allow", allow_header(request, find_schema(request, catalog)))], b""
            raise UnsupportedMethod(f"Unsupported HTTP method: {request.method}")
        if not request.target:
            return self._documents.describe(request, find_schema(request, catalog), actor.role, catalog.version)
        async with share:  # large bodies take turns, too
            ready = await self._prepare(request, query, body, catalog, actor.role)
            if timing:
                timing.mark("plan")
            if actor.role != catalog.exposure.anon_role:
                answer = await run(self._pipeline, actor, request, ready)
            else:
                async with self._shares.anonymous_in_pipeline:
                    answer = await run(self._pipeline, actor, request, ready)
            if timing:
                timing.mark("transaction")
            return respond(request, ready, answer)

    async def _prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> Ready:
        if len(body) >= LARGE_BODY_BYTES:
            large = self._large_of_anonymous if role == self._anonymous_role else self._large
            return await large.prepare(request, query, body, catalog, role)
        room = self._calls if request.is_call else self._tables
        return room.prepare(request, query, body, catalog, role)


def _token_of(headers: Headers) -> str | None:
    """The bearer token, else the `apikey` header."""
    by_name = dict(headers)
    authorization = by_name.get(b"authorization")
    if authorization is not None:
        return bearer_of(authorization.decode("latin-1"))
    key = by_name.get(b"apikey")
    return None if key is None else key.decode("latin-1")


def _token_in(query: str) -> str | None:
    """The `apikey` parameter, for who cannot set headers."""
    for pair in query.split("&") if TOKEN_PARAMETER in query else ():
        if pair.startswith(TOKEN_PARAMETER + "="):
            return pair[len(TOKEN_PARAMETER) + 1 :]
    return None


async def _body(receive: Receive) -> bytes:
    message: Message = await receive()
    chunks = [message.get("body", b"")]
    while message.get("more_body"):
        message = await receive()
        chunks.append(message.get("body", b""))
    return b"".join(chunks) if len(chunks) > 1 else bytes(chunks[0])
