"""A request's body: JSON, CSV or a form, made one JSON array of objects with known keys. Pure."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from sahne.gateway.rest.errors import BadBody

ROWS_MAX = 50_000
FIELDS_MAX = 1_000


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
        body = rows_of_csv(body)
    elif content_type == "application/x-www-form-urlencoded":
        body = orjson.dumps(dict(pairs_of(body)))
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


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form.

    Raises:
        BadBody: it is no UTF-8, or has too many fields.
    """
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadBody("Empty or invalid form", details=str(error)) from error


def rows_of_csv(body: bytes) -> bytes:
    """CSV with a header as a JSON array of objects; `NULL` is null.

    Raises:
        BadBody: it is no UTF-8, a field is too long, or its lines differ.
    """
    try:
        lines = list(csv.reader(io.StringIO(body.decode())))
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadBody("Empty or invalid csv", details=str(error)) from error
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise BadBody("All lines must have same number of fields")
    header, *rest = lines
    rows = [{k: None if v == "NULL" else v for k, v in zip(header, line, strict=True)} for line in rest]
    return orjson.dumps(rows)
