"""The routes of the storage door. Each handler reads a call, says one verb of `sahne.objects`, and answers.

The door bounds its bodies itself: JSON has the time of any request, a file as long as it gets on. A large one over a
slow line is fine, a line that says nothing, or a byte now and then, is not.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sahne import __version__
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.parts import Parts
from sahne.gateway.storage import buckets, downloads, objects, renderings, resumable, signed, uploads
from sahne.gateway.storage.answers import answer_error, answer_json, no_such_route
from sahne.gateway.storage.calls import Call, open_call

PREFIX = "/storage/v1"

Handler = Callable[[Call], Awaitable[Response]]


async def _status(_: Call) -> Response:
    return answer_json({"status": "ok"})


async def _version(_: Call) -> Response:
    return PlainTextResponse(f"sahne-{__version__}")


async def _s3(call: Call) -> Response:
    from sahne.gateway.storage.s3.door import answer  # only here: most have no program that speaks it

    return await answer(call)


# The first that fits wins, so what has a fixed word comes before what has a bucket in its place; and they are looked
# through in turn, so what is asked most comes first
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/object/public/{bucket}/{name:path}", downloads.public),
    ("GET", "/object/sign/{bucket}/{name:path}", signed.download),
    ("GET", "/object/authenticated/{bucket}/{name:path}", downloads.authenticated),
    ("GET", "/render/image/public/{bucket}/{name:path}", renderings.public),
    ("GET", "/render/image/sign/{bucket}/{name:path}", signed.rendering),
    ("GET", "/render/image/authenticated/{bucket}/{name:path}", renderings.authenticated),
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
    ("POST", "/object/sign/{bucket}/{name:path}", signed.sign),
    ("POST", "/object/sign/{bucket}", signed.sign_many),
    ("GET", "/object/info/public/{bucket}/{name:path}", downloads.public_info),
    ("GET", "/object/info/authenticated/{bucket}/{name:path}", downloads.info),
    ("GET", "/object/info/{bucket}/{name:path}", downloads.info),
    ("GET", "/object/{bucket}/{name:path}", downloads.authenticated),
    ("POST", "/object/{bucket}/{name:path}", uploads.upload),
    ("PUT", "/object/{bucket}/{name:path}", uploads.update),
    ("DELETE", "/object/{bucket}/{name:path}", objects.remove),
    ("DELETE", "/object/{bucket}", objects.remove_many),
    *(
        (method, f"/upload/resumable{path}", resumable.in_tus(handler))
        for path in ("", "/sign")
        for method, handler in (("OPTIONS", resumable.options), ("POST", resumable.create))
    ),
    *(
        (method, f"/upload/resumable{path}/{{upload}}", resumable.in_tus(handler))
        for path in ("", "/sign")
        for method, handler in (
            ("PATCH", resumable.go_on),
            ("HEAD", resumable.show),
            ("DELETE", resumable.cancel),
            ("POST", resumable.go_on),
            ("OPTIONS", resumable.options),
        )
    ),
    ("GET,PUT,POST,DELETE", "/s3{key}", _s3),
    ("GET", "/status", _status),
    ("GET", "/version", _version),
]


# What stands for one name of a path, for all that is left of it, with its slash or without, and for an id
PARAMETERS = {
    "{bucket}": "(?P<bucket>[^/]+)",
    "{name:path}": "(?P<name>.*)",
    "{key}": "(?P<key>(?:/.*)?)",
    "{upload}": "(?P<upload>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
}


class _Route(NamedTuple):
    """Which paths, to their last byte, with which methods go to a handler."""

    path: re.Pattern[str]
    methods: frozenset[str]
    handler: Handler


def build_storage(parts: Parts) -> Door:
    """The whole door as an ASGI app."""
    return partial(_answer, parts, [_route(*each) for each in ROUTES])


def _route(methods: str, path: str, handler: Handler) -> _Route:
    for parameter, pattern in PARAMETERS.items():
        path = path.replace(parameter, pattern)
    named = frozenset(methods.split(","))
    return _Route(re.compile(PREFIX + path, re.DOTALL), named | {"HEAD"} if "GET" in named else named, handler)


async def _answer(parts: Parts, routes: list[_Route], scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive, send)
    handler = _find(routes, scope)
    if handler is None:
        answer = no_such_route(request)
    else:
        try:
            answer = await handler(open_call(parts, request))
        except Exception as error:
            answer = answer_error(request, error)
    await answer(scope, receive, send)


def _find(routes: list[_Route], scope: Scope) -> Handler | None:
    """The handler of the request, whose scope gets what its path says; None where there is none."""
    for route in routes:
        fitting = route.path.fullmatch(scope["path"]) if scope["method"] in route.methods else None
        if fitting:
            scope["path_params"] = fitting.groupdict()
            return route.handler
    return None
