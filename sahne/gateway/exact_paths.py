"""A route fits a path as it was sent, to its last byte.

The patterns of Starlette's routes end with `$`, which fits before a last newline too: `DELETE …/a.png%0A` would take
`a.png` away. And their `.` is no newline, so that a name with one in it would be no route instead of no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, Router

REPLACEMENT = "\ufffd"
SLASHES_IN_NAMES = frozenset({"/storage/v1", "/rest/v1", "/realtime/v1"})


def fitted_exactly(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The same routes, those of their mounts too, which from now on fit whole paths only."""
    kept = list(routes)
    for route in kept:
        if isinstance(route, Mount):
            fitted_exactly(route.routes)
        elif isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z", re.DOTALL)
    return kept


def without_redirects(app: Starlette) -> Starlette:
    """The same app; for a slash too many it would send whoever asks to the `Host` that they named, over http."""
    mounted = [route.app for route in app.routes if isinstance(route, Mount)]
    for router in (app.router, *(each for each in mounted if isinstance(each, Router))):
        router.redirect_slashes = False
    return app


def leads_to(prefix: str, raw_path: bytes) -> bool:
    """Whether a path says its door as it was sent, so that whoever guards a door before us reads the same.

    Behind the prefix a `%2f` is part of a name where names may have one (objects, topics, tables), else no slash.
    """
    if prefix == "/" or b"%" not in raw_path:
        return True
    return raw_path.startswith(prefix.encode()) and (prefix in SLASHES_IN_NAMES or b"%2f" not in raw_path.lower())


def is_text(raw_path: bytes) -> bool:
    """Whether a path was UTF-8 as it was sent: where it was not, each such byte has become `REPLACEMENT`."""
    try:
        unquote_to_bytes(raw_path).decode()
    except UnicodeDecodeError:
        return False
    return True
