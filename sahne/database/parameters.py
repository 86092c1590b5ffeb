"""Parameters as PostgreSQL's text: every value travels as text and the server gives it its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

STATEMENTS_REMEMBERED_MAX = 4_096
NEEDS_NO_QUOTES = frozenset({UUID, int})

_PLACEHOLDER = re.compile(rb"%(?:\((\w+)\)s|%)")


def text_of(value: Any) -> bytes | None:
    """As PostgreSQL reads it: bytes as they are, mappings and lists become JSON, tuples arrays, None is null."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, UUID):  # the most frequent of all: before what takes longer to ask
        return str(value).encode()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, tuple):
        return b"{" + b",".join([_element_of(each) for each in value]) + b"}"
    if isinstance(value, Mapping | list):
        return orjson.dumps(value)
    return str(value).encode()


def _element_of(value: Any) -> bytes:
    if type(value) in NEEDS_NO_QUOTES:
        return str(value).encode()
    text = text_of(value)
    return b"null" if text is None else b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


@lru_cache(STATEMENTS_REMEMBERED_MAX)
def numbered(statement: bytes) -> tuple[bytes, tuple[str, ...]]:
    """`%(name)s` placeholders made `$1 …`, and the names in that order; `%%` is `%`."""
    names: dict[str, int] = {}

    def place(match: re.Match[bytes]) -> bytes:
        if match[1] is None:
            return b"%"
        return b"$%d" % names.setdefault(match[1].decode(), len(names) + 1)

    return _PLACEHOLDER.sub(place, statement), tuple(names)
