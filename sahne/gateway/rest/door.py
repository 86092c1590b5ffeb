"""The Data API's door: bearer → request → plan → query → run → respond, and every refusal in PostgREST's dialect."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sahne.database.actor import ANON, Actor
from sahne.database.catalog import Catalog
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.database.result import StatementFailed
from sahne.errors import SahneError
from sahne.gateway.asgi import Door, Message, Receive, Scope, Send
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.gateway.parts import Parts
from sahne.gateway.rest.calls import Calls
from sahne.gateway.rest.errors import BadPreference, NoCatalog, UnsupportedMethod, render
from sahne.gateway.rest.preferences import Preferences
from sahne.gateway.rest.prepare import Plans
from sahne.gateway.rest.query.write import PAYLOAD
from sahne.gateway.rest.request import RestRequest, request_of
from sahne.gateway.rest.respond import Response, respond_read, respond_scalar, respond_write
from sahne.gateway.rest.run import run
from sahne.gateway.rest.shape import TOKEN_PARAMETER

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
REQUESTS_REMEMBERED_MAX = 1_024
REMEMBERED_HEADERS_BYTES_MAX = 8 * 1024
Headers = Sequence[tuple[bytes, bytes]]


def build_rest(parts: Parts) -> Door:
    """The door over `/rest/v1`."""
    return RestDoor(parts.verifier, parts.pipeline, parts.catalog)


class RestDoor:
    """Plain ASGI: the hot path runs through it."""

    def __init__(self, verifier: Verifier, pipeline: Pipeline, catalog: CatalogKeeper) -> None:
        self._verifier = verifier
        self._pipeline = pipeline
        self._catalog = catalog
        self._plans = Plans()
        self._calls = Calls()
        self._remembered: dict[tuple[object, ...], tuple[str | None, RestRequest]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"" if scope["method"] in ("GET", "HEAD") else await _body(receive)
        actor = None
        try:
            query = scope["query_string"].decode("latin-1")
            actor, request = self._understand(scope["method"], scope["path"], scope["headers"], query)
            status, headers, content = await self._answer(request, query, body, actor)
        except SahneError as error:
            role = actor.role if actor else ANON
            status, headers, content = render(self._worded(error, role), anonymous=role == ANON)
            headers.append((b"content-type", b"application/json; charset=utf-8"))
        if scope["method"] != "HEAD":
            headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _understand(self, method: str, path: str, headers: Headers, query: str) -> tuple[Actor, RestRequest]:
        """Who asks, and for what; the request is remembered by its outside, who it is is verified each time."""
        key = (method, path, tuple(headers))
        known = self._remembered.get(key)
        if known is not None:
            token, request = known
            return self._verifier.actor(token or _token_in(query)), request
        token = _token_of(headers)
        actor = self._verifier.actor(token or _token_in(query))
        request = request_of(method, path, headers)
        if len(request.facts.headers) + len(request.facts.cookies) <= REMEMBERED_HEADERS_BYTES_MAX:
            if len(self._remembered) >= REQUESTS_REMEMBERED_MAX:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[key] = token, request
        return actor, request

    def _worded(self, error: SahneError, role: str) -> SahneError:
        catalog = self._catalog.current
        return catalog.in_words(error, role) if catalog and isinstance(error, StatementFailed) else error

    async def _answer(self, request: RestRequest, query: str, body: bytes, actor: Actor) -> Response:
        catalog = self._catalog.current
        if catalog is None:
            raise NoCatalog()
        if request.method not in METHODS:
            if request.method == "OPTIONS":
                return 200, [(b"allow", b"OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE")], b""
            raise UnsupportedMethod(f"Unsupported HTTP method: {request.method}")
        if not request.target:
            return _root(catalog)
        if request.is_call:
            return await self._call(request, query, body, catalog, actor)
        return await self._table(request, query, body, catalog, actor)

    async def _table(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, actor: Actor) -> Response:
        prepared = self._plans.prepare(request, query, body, catalog, actor.role)
        words = {PAYLOAD: prepared.payload.json} if prepared.payload else {}
        singular = request.media_type == "object" and (request.reads or request.preferences.returns == "representation")
        answer = await run(
            self._pipeline, actor, request, prepared.statement, prepared.values, words,
            _settings(request.preferences, catalog), singular=singular, read_only=request.reads,
        )  # fmt: skip
        if request.reads:
            return respond_read(request, answer, prepared.query, prepared.values)
        return respond_write(request, answer, catalog.relations[request.target].primary_key)

    async def _call(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, actor: Actor) -> Response:
        prepared = self._calls.prepare(request, query, body, catalog, actor.role)
        function = prepared.function
        answer = await run(
            self._pipeline, actor, request, prepared.statement, prepared.values, prepared.arguments,
            _settings(request.preferences, catalog),
            singular=request.media_type == "object" and function.returns_set,
            read_only=request.reads or function.volatility != "v",
        )  # fmt: skip
        if function.returns_row:
            return respond_read(request, answer, prepared.query, prepared.values)
        return respond_scalar(request, answer, void=function.returns == "void")


def _token_of(headers: Headers) -> str | None:
    """The bearer token, else the `apikey` header."""
    said = dict(headers)
    authorization = said.get(b"authorization")
    if authorization is not None:
        return bearer_of(authorization.decode("latin-1"))
    key = said.get(b"apikey")
    return None if key is None else key.decode("latin-1")


def _token_in(query: str) -> str | None:
    """The `apikey` parameter, for who cannot set headers."""
    for pair in query.split("&") if TOKEN_PARAMETER in query else ():
        if pair.startswith(TOKEN_PARAMETER + "="):
            return pair[len(TOKEN_PARAMETER) + 1 :]
    return None


def _settings(preferences: Preferences, catalog: Catalog) -> Sequence[tuple[bytes, bytes]]:
    zone = preferences.timezone
    if zone is None:
        return ()
    if zone in catalog.time_zones:
        return ((b"timezone", zone.encode()),)
    if preferences.strict:
        raise BadPreference(details=f"Invalid preferences: timezone={zone}")
    return ()


def _root(catalog: Catalog) -> Response:
    """What there is, as an OpenAPI 2 document without its details."""
    paths: dict[str, object] = {f"/{name}": {} for name in catalog.relations}
    paths |= {f"/rpc/{name}": {} for name in catalog.functions}
    document = {
        "swagger": "2.0",
        "info": {"title": "Data API", "version": str(catalog.version)},
        "paths": paths,
    }
    return 200, [(b"content-type", b"application/openapi+json; charset=utf-8")], orjson.dumps(document)


async def _body(receive: Receive) -> bytes:
    message: Message = await receive()
    chunks = [message.get("body", b"")]
    while message.get("more_body"):
        message = await receive()
        chunks.append(message.get("body", b""))
    return b"".join(chunks) if len(chunks) > 1 else bytes(chunks[0])
