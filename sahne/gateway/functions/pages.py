"""`/docs` and `/openapi.json`, made when somebody first asks for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson

from sahne.gateway.functions.docs import docs_page

PAGE, DESCRIPTION = "/docs", "/openapi.json"
# The page of the operations loads nothing, and nobody frames it
PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
)


class Pages:
    """The two by their paths; `describe` makes the description."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        self._describe = describe

    def page(self, path: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body."""
        if path == DESCRIPTION:
            return 200, [(b"content-type", b"application/json")], self._printed
        return 200, [*PAGE_HEADERS], self._page

    @cached_property
    def _description(self) -> dict[str, Any]:
        return self._describe()

    @cached_property
    def _printed(self) -> bytes:
        return orjson.dumps(self._description)

    @cached_property
    def _page(self) -> bytes:
        return docs_page(self._description).encode()
