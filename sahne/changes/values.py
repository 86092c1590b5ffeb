"""Column values as `to_jsonb` would give them: from PostgreSQL's text form to a JSON fragment, by type.

The stream's session writes ISO dates in UTC (see `replication`); what is not known here is a JSON string, as in
`to_jsonb` itself. Composite values are the exception: they stay text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

BOOL, INT8, INT2, INT4, OID, FLOAT4, FLOAT8, NUMERIC = 16, 20, 21, 23, 26, 700, 701, 1700
JSON, JSONB, TIMESTAMP, TIMESTAMPTZ = 114, 3802, 1114, 1184

_NOT_JSON_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A row of pg_type. `base` is what a domain stands on, `element` what an array holds; 0 when neither."""

    oid: int
    name: str
    base: int = 0
    element: int = 0
    delimiter: str = ","


Writer = Callable[[str], bytes]


def writer_of(oid: int, types: Mapping[int, Type]) -> Writer:
    """The function that turns a text value of type `oid` into JSON."""
    of = root_of(oid, types)
    if of.element:
        return _array_writer(writer_of(of.element, types), of.delimiter)
    return _WRITERS.get(of.oid, _string)


def root_of(oid: int, types: Mapping[int, Type]) -> Type:
    """What a domain stands on at last; any other type is its own root."""
    of = types[oid]
    while of.base:
        of = types[of.base]
    return of


def _string(text: str) -> bytes:
    return orjson.dumps(text)


def _bool(text: str) -> bytes:
    return b"true" if text == "t" else b"false"


def _integer(text: str) -> bytes:
    return text.encode()


def _number(text: str) -> bytes:
    return orjson.dumps(text) if text in _NOT_JSON_NUMBERS else text.encode()


def _json(text: str) -> bytes:
    return text.encode()


def _timestamp(text: str) -> bytes:
    return b'"' + text.replace(" ", "T", 1).encode() + b'"' if text[-8:] != "infinity" else _string(text)


def _timestamptz(text: str) -> bytes:
    """`2025-11-19 00:22:40.877+00` → `2025-11-19T00:22:40.877+00:00` (the session's zone is UTC)."""
    if text[-8:] == "infinity":
        return _string(text)
    era = " BC" if text.endswith(" BC") else ""
    return _timestamp(text.removesuffix(" BC") + ":00" + era)


_WRITERS: dict[int, Writer] = {
    BOOL: _bool,
    INT2: _integer,
    INT4: _integer,
    INT8: _integer,
    OID: _string,
    FLOAT4: _number,
    FLOAT8: _number,
    NUMERIC: _number,
    JSON: _json,
    JSONB: _json,
    TIMESTAMP: _timestamp,
    TIMESTAMPTZ: _timestamptz,
}


def _array_writer(write: Writer, delimiter: str) -> Writer:
    def write_array(text: str) -> bytes:
        at = text.index("=") + 1 if text.startswith("[") else 0  # `[2:3]={…}`: JSON has no lower bounds
        return _ArrayText(text, at, write, delimiter).read()

    return write_array


class _ArrayText:
    """Reads PostgreSQL's `{1,NULL,"a \\" b",{…}}` and writes JSON."""

    def __init__(self, text: str, at: int, write: Writer, delimiter: str) -> None:
        self._text = text
        self._at = at
        self._write = write
        self._delimiter = delimiter

    def read(self) -> bytes:
        items: list[bytes] = []
        self._at += 1  # the opening brace
        while (letter := self._text[self._at]) != "}":
            if letter == self._delimiter:
                self._at += 1
            elif letter == "{":
                items.append(self.read())
            elif letter == '"':
                items.append(self._write(self._quoted()))
            else:
                plain = self._plain()
                items.append(b"null" if plain == "NULL" else self._write(plain))
        self._at += 1
        return b"[" + b",".join(items) + b"]"

    def _quoted(self) -> str:
        letters: list[str] = []
        self._at += 1
        while (letter := self._text[self._at]) != '"':
            if letter == "\\":
                self._at += 1
                letter = self._text[self._at]
            letters.append(letter)
            self._at += 1
        self._at += 1
        return "".join(letters)

    def _plain(self) -> str:
        start = self._at
        while self._text[self._at] not in ("}", self._delimiter):
            self._at += 1
        return self._text[start : self._at]
