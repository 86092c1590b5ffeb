"""The Data API's door: bearer → request → plan → query → run → respond, and every refusal in PostgREST's dialect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import orjson

from sahne.database.actor import ANON, Actor
from sahne.database.catalog import Catalog
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline, RequestFacts
from sahne.errors import SahneError
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.gateway.parts import Door, Message, Parts, Receive, Scope, Send
from sahne.gateway.rest.calls import prepare_call
from sahne.gateway.rest.errors import BadPreference, NoCatalog, UnsupportedMethod, render
from sahne.gateway.rest.preferences import Preferences
from sahne.gateway.rest.prepare import Plans
from sahne.gateway.rest.query.write import BODY
from sahne.gateway.rest.request import PREFIX, RestRequest, request_of
from sahne.gateway.rest.respond import Response, respond_read, respond_scalar, respond_write
from sahne.gateway.rest.run import run
from sahne.gateway.rest.shape import TOKEN_PARAMETER

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
HEADERS_REMEMBERED_MAX = 1_024
Headers = dict[bytes, bytes]


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"" if scope["method"] in ("GET", "HEAD") else await _body(receive)
        anonymous = True
        try:
            headers: Headers = dict(scope["headers"])
            actor = self._verifier.actor(_token(headers, scope))
            anonymous = actor.role == ANON
            status, answer_headers, content = await self._answer(scope, headers, actor, body)
        except SahneError as error:
            status, answer_headers, content = render(error, anonymous=anonymous)
            answer_headers.append((b"content-type", b"application/json; charset=utf-8"))
        if scope["method"] != "HEAD":
            answer_headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, headers: Headers, actor: Actor, body: bytes) -> Response:
        catalog = self._catalog.current
        if catalog is None:
            raise NoCatalog()
        method = scope["method"]
        if method == "OPTIONS":
            return 200, [(b"allow", b"OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE")], b""
        if method not in METHODS:
            raise UnsupportedMethod(f"Unsupported HTTP method: {method}")
        query = scope["query_string"].decode("latin-1")
        request = request_of(method, scope["path"], query, headers, _prefer(scope, headers), body)
        if not request.target:
            return _root(catalog)
        facts = _facts(request, scope)
        settings = _settings(request.preferences, catalog)
        if request.is_call:
            return await self._call(request, catalog, actor, facts, settings)
        return await self._table(request, catalog, actor, facts, settings)

    async def _table(
        self, request: RestRequest, catalog: Catalog, actor: Actor, facts: RequestFacts,
        settings: Sequence[tuple[bytes, bytes]],
    ) -> Response:  # fmt: skip
        prepared = self._plans.prepare(request, catalog, actor.role)
        words = {BODY: prepared.payload.json} if prepared.payload else {}
        singular = request.media_type == "object" and (request.reads or request.preferences.returns == "representation")
        answer = await run(
            self._pipeline, actor, request, prepared.statement, prepared.values, words, facts, settings,
            singular=singular, read_only=request.reads,
        )  # fmt: skip
        if request.reads:
            return respond_read(request, answer, prepared.query, prepared.values)
        return respond_write(request, answer, catalog.relations[request.target].primary_key)

    async def _call(
        self, request: RestRequest, catalog: Catalog, actor: Actor, facts: RequestFacts,
        settings: Sequence[tuple[bytes, bytes]],
    ) -> Response:  # fmt: skip
        prepared = prepare_call(request, catalog, actor.role)
        function = prepared.function
        answer = await run(
            self._pipeline, actor, request, prepared.statement, prepared.values, prepared.arguments, facts, settings,
            singular=request.media_type == "object" and function.returns_set,
            read_only=request.reads or function.volatility != "v",
        )  # fmt: skip
        if function.returns_row:
            return respond_read(request, answer, prepared.query, prepared.values)
        return respond_scalar(request, answer, void=function.returns == "void")


def _token(headers: Headers, scope: Scope) -> str | None:
    """The bearer token, else the `apikey` header, else the `apikey` parameter."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        return bearer_of(authorization.decode("latin-1"))
    key = headers.get(b"apikey")
    if key is not None:
        return key.decode("latin-1")
    for pair in scope["query_string"].split(b"&"):
        if pair.startswith(TOKEN_PARAMETER.encode() + b"="):
            return str(pair[len(TOKEN_PARAMETER) + 1 :].decode("latin-1"))
    return None


def _prefer(scope: Scope, headers: Headers) -> str:
    if b"prefer" not in headers:
        return ""
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"prefer")


def _facts(request: RestRequest, scope: Scope) -> RequestFacts:
    headers, cookies = _headers_json(tuple(scope["headers"]))
    return RequestFacts(request.method.encode(), scope["path"].removeprefix(PREFIX).encode(), headers, cookies)


@lru_cache(HEADERS_REMEMBERED_MAX)
def _headers_json(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, bytes]:
    """Headers and cookies as JSON; a client sends the same ones again and again."""
    said = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    cookies = said.pop("cookie", "")
    jar = dict(pair.strip().split("=", 1) for pair in cookies.split(";") if "=" in pair)
    return orjson.dumps(said), orjson.dumps(jar)


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
