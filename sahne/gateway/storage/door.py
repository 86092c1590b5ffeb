"""The routes of the storage door. Each handler reads a call, says one verb of `sahne.objects`, and answers.

The door bounds its bodies itself: JSON has the time of any request, a file as long as it gets on. A large one over a
slow line is fine, a line that says nothing, or a byte now and then, is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sahne import __version__
from sahne.gateway.asgi import Door
from sahne.gateway.exact_paths import fitted_exactly
from sahne.gateway.parts import Parts
from sahne.gateway.storage import buckets, downloads, objects, signed, uploads
from sahne.gateway.storage.answers import answer_error, answer_json, no_such_route
from sahne.gateway.storage.calls import Call, open_call

PREFIX = "/storage/v1"

Handler = Callable[[Call], Awaitable[Response]]

# The first that fits wins, so what has a fixed word comes before what has a bucket in its place
ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/bucket", buckets.create),
    ("GET", "/bucket", buckets.show_all),
    ("POST", "/bucket/{bucket}/empty", buckets.empty),
    ("GET,PUT,DELETE", "/bucket/{bucket}/lifecycle", buckets.lifecycle),
    ("GET", "/bucket/{bucket}", buckets.show),
    ("PUT", "/bucket/{bucket}", buckets.update),
    ("DELETE", "/bucket/{bucket}", buckets.delete),
    ("POST", "/object/move", objects.move),
    ("POST", "/object/copy", objects.copy),
    ("POST", "/object/list/{bucket}", objects.list_v1),
    ("POST", "/object/list-v2/{bucket}", objects.list_v2),
    ("POST", "/object/upload/sign/{bucket}/{name:path}", signed.sign_upload),
    ("PUT", "/object/upload/sign/{bucket}/{name:path}", signed.upload),
    ("GET", "/object/sign/{bucket}/{name:path}", signed.download),
    ("POST", "/object/sign/{bucket}/{name:path}", signed.sign),
    ("POST", "/object/sign/{bucket}", signed.sign_many),
    ("GET", "/object/info/public/{bucket}/{name:path}", downloads.public_info),
    ("GET", "/object/info/authenticated/{bucket}/{name:path}", downloads.info),
    ("GET", "/object/info/{bucket}/{name:path}", downloads.info),
    ("GET", "/object/public/{bucket}/{name:path}", downloads.public),
    ("GET", "/object/authenticated/{bucket}/{name:path}", downloads.authenticated),
    ("GET", "/object/{bucket}/{name:path}", downloads.authenticated),
    ("POST", "/object/{bucket}/{name:path}", uploads.upload),
    ("PUT", "/object/{bucket}/{name:path}", uploads.update),
    ("DELETE", "/object/{bucket}/{name:path}", objects.remove),
    ("DELETE", "/object/{bucket}", objects.remove_many),
]


def build_storage(parts: Parts) -> Door:
    """The whole door as an ASGI app."""
    routes = [
        Route(PREFIX + path, partial(_answer, parts, handler), methods=methods.split(","))
        for methods, path, handler in ROUTES
    ]
    routes += [Route(PREFIX + "/status", _status), Route(PREFIX + "/version", _version)]
    door = Starlette(routes=fitted_exactly(routes), exception_handlers={404: no_such_route, 405: no_such_route})
    door.router.redirect_slashes = False  # it would send whoever asks to the `Host` that they named, over http
    return door


async def _answer(parts: Parts, handler: Handler, request: Request) -> Response:
    try:
        return await handler(open_call(parts, request))
    except Exception as error:
        return answer_error(request, error)


async def _status(_: Request) -> Response:
    return answer_json({"status": "ok"})


async def _version(_: Request) -> Response:
    return PlainTextResponse(f"sahne-{__version__}")
