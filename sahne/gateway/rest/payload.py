"""A request's body: JSON, CSV or a form, made one JSON array of objects with known keys. Pure."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from sahne.gateway.rest.errors import BadBody

ROWS_MAX = 50_000


class Payload(NamedTuple):
    """`json` is an array for `json_to_recordset`; `keys` the columns it speaks of; `rows` how many there are."""

    json: bytes
    keys: tuple[str, ...]
    rows: int
    first: dict[str, Any]


def payload_of(body: bytes, content_type: str, columns: tuple[str, ...] | None, *, same_keys: bool = True) -> Payload:
    """Read a body. `columns` (the parameter) decides the keys when given; `same_keys` wants them alike otherwise.

    Raises:
        BadBody: it is not what it says, or its objects differ.
    """
    if content_type == "text/csv":
        body = _from_csv(body)
    elif content_type == "application/x-www-form-urlencoded":
        body = orjson.dumps(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    elif content_type not in ("application/json", "", "application/vnd.pgrst.object+json", "text/plain"):
        raise BadBody(f"Content-Type not acceptable: {content_type}")
    try:
        read = orjson.loads(body)
    except ValueError as error:
        raise BadBody("Empty or invalid json", details=None) from error
    rows = read if isinstance(read, list) else [read]
    if not all(isinstance(row, dict) for row in rows):
        raise BadBody("All object keys must match" if isinstance(read, list) else "Empty or invalid json")
    if len(rows) > ROWS_MAX:
        raise BadBody("Too many rows", details=f"{len(rows)} were given, {ROWS_MAX} are the limit")
    keys = columns or _keys(rows, same_keys)
    json = body if isinstance(read, list) else b"[" + body + b"]"
    return Payload(json, keys, len(rows), rows[0] if rows else {})


def _keys(rows: list[dict[str, Any]], same_keys: bool) -> tuple[str, ...]:
    if not rows:
        return ()
    first = rows[0].keys()
    if all(row.keys() == first for row in rows):
        return tuple(first)
    if same_keys:
        raise BadBody("All object keys must match")
    return tuple(dict.fromkeys(key for row in rows for key in row))


def _from_csv(body: bytes) -> bytes:
    lines = list(csv.reader(io.StringIO(body.decode("utf-8", "replace"))))
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise BadBody("All lines must have same number of fields")
    header, *rest = lines
    rows = [{k: None if v == "NULL" else v for k, v in zip(header, line, strict=True)} for line in rest]
    return orjson.dumps(rows)
