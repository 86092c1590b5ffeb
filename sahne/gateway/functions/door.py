"""The door of `/functions/v1`: one FastAPI app, its routers, its errors, its OpenAPI.

A router is a file beside this one with an `APIRouter` named `router`; add it to `ROUTERS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from psycopg import Error as DatabaseError
from psycopg import OperationalError
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from sahne import __version__
from sahne.database.refusals import refusal_of
from sahne.errors import Conflict, InvalidRequest, NotFound, SahneError, Unavailable, Unprocessable
from sahne.gateway.asgi import Door
from sahne.gateway.callers import Callers, counted
from sahne.gateway.exact_paths import without_lines
from sahne.gateway.functions import calls, coins, live, studio
from sahne.gateway.functions.caller import parts_of, remember_parts
from sahne.gateway.functions.docs import docs_page
from sahne.gateway.functions.small_bodies import with_small_bodies
from sahne.gateway.parts import Parts

PREFIX = "/functions/v1"
FIELDS_TOLD_MAX = 20
RETRY_AFTER_SECONDS = b"1"
WAIT = "retry_after_seconds"  # in the details of who is too fast (`functions/live/pace.sql`)
# The page of the operations loads nothing, and nobody frames it
DOCS_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
}
ROUTERS: tuple[APIRouter, ...] = (live.router, calls.router, coins.router, studio.router)


class MethodNotAllowed(SahneError):
    """This path does not take that method."""

    code = "method_not_allowed"
    status = 405


def build_functions(parts: Parts, routers: Sequence[APIRouter] = ROUTERS) -> Door:
    """The door of `/functions/v1`, `/docs` and `/openapi.json`."""
    app = FastAPI(
        title="Sahne operations",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=JsonResponse,
        redirect_slashes=False,
    )
    remember_parts(app, parts)
    for router in routers:
        app.include_router(router, prefix=PREFIX)
    app.add_exception_handler(SahneError, _answer_error)
    app.add_exception_handler(DatabaseError, _answer_database_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    description = get_openapi(
        title=app.title, version=app.version, routes=app.routes, servers=[{"url": parts.settings.api_url}]
    )

    async def openapi(_: Request) -> Response:
        return JsonResponse(description)

    async def docs(_: Request) -> Response:
        return HTMLResponse(docs_page(description), headers=DOCS_HEADERS)

    app.add_route("/openapi.json", openapi)
    app.add_route("/docs", docs)
    app.middleware_stack = _without_its_own_500(app)
    exact = without_lines(app, error_response(_no_such_operation()))
    return counted(with_small_bodies(exact), Callers(parts.settings), parts.verifier)


class JsonResponse(Response):
    """JSON by orjson: timestamps in RFC 3339, UUIDs and decimals as clients expect them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, default=str)


def error_response(error: SahneError) -> Response:
    """An error in this door's dialect: `{code, message, details, hint}`; `details` is an object or null."""
    body = error.body()
    if body["details"] is not None and not isinstance(body["details"], dict):
        body["details"] = {"seen": body["details"]}
    response = JsonResponse(body, error.status)
    if error.status == 503:
        response.headers["retry-after"] = RETRY_AFTER_SECONDS.decode()
    elif error.status == 429 and isinstance(body["details"], dict) and WAIT in body["details"]:
        response.headers["retry-after"] = str(body["details"][WAIT])
    return response


def _no_such_operation() -> NotFound:
    return NotFound(hint="The operations are described at /docs.")


def _without_its_own_500(app: FastAPI) -> ASGIApp:
    """The app's stack less its outermost layer: what falls out is the front's to answer and to tell."""
    outermost = app.build_middleware_stack()
    assert isinstance(outermost, ServerErrorMiddleware)
    return outermost.app


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SahneError)
    if error.status == SahneError.status:
        raise error  # ours: the front tells telemetry and answers 500
    return error_response(await _in_words(request, error))


async def _answer_database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DatabaseError)
    refusal = refusal_of(error)
    if refusal is None and isinstance(error, OperationalError):
        refusal = Unavailable(hint="The database does not answer.")
    if refusal is None:
        raise error  # ours: the front tells telemetry and answers 500
    return error_response(await _in_words(request, refusal))


async def _in_words(request: Request, refusal: SahneError) -> SahneError:
    """With the sentence of the rule it comes from, when the catalog has one."""
    catalog = (await parts_of(request)).catalog.current
    return catalog.rules.refusal_in_words(refusal) if catalog else refusal


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    fields = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in errors[:FIELDS_TOLD_MAX]]
    if len(errors) > FIELDS_TOLD_MAX:
        fields.append({"where": "", "what": f"and {len(errors) - FIELDS_TOLD_MAX} more"})
    if any(e["type"] == "json_invalid" for e in errors):
        return error_response(InvalidRequest("The body is not JSON.", details={"fields": fields}))
    return error_response(Unprocessable("Some values cannot be used.", details={"fields": fields}))


async def _answer_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return error_response(_no_such_operation())
    if error.status_code == 405:
        response = error_response(MethodNotAllowed())
        response.headers.update(error.headers or {})
        return response
    if error.status_code == 409:
        return error_response(Conflict(str(error.detail)))
    return error_response(InvalidRequest(str(error.detail)))
