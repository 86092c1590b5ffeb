"""A request's body: JSON, CSV or a form, made one JSON array of objects with known keys. Pure."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from sahne.gateway.rest.errors import BadBody

ROWS_MAX = 50_000
CSV_FIELDS_MAX = 250_000  # in all lines together: each is made a value, which takes half a microsecond
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
    if len(rows) > ROWS_MAX:
        raise BadBody("Too many rows", details=f"{len(rows)} were given, {ROWS_MAX} are the limit")
    if not all(isinstance(row, dict) for row in rows):
        raise BadBody("All object keys must match" if isinstance(read, list) else "Empty or invalid json")
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
    """CSV with a header as a JSON array of objects; `NULL` is null. What is too much is not read to its end.

    Raises:
        BadBody: it is no UTF-8, a field is too long, there are too many, or its lines differ.
    """
    try:
        lines = csv.reader(io.StringIO(body.decode()))
        header = next(lines, None)
        if not header:
            raise BadBody("All lines must have same number of fields")
        rows_max = min(ROWS_MAX, CSV_FIELDS_MAX // len(header))
        # each line is let go before the next one is made: a million small lists at once are what takes seconds
        rows = [_row_of_csv(header, line) for line in islice(lines, rows_max)]
        if next(lines, None) is not None:
            raise BadBody("Too many rows", details=f"{rows_max} of {len(header)} fields are the limit")
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadBody("Empty or invalid csv", details=str(error)) from error
    return b"[" + b",".join(rows) + b"]"


def _row_of_csv(header: list[str], line: list[str]) -> bytes:
    if len(line) != len(header):
        raise BadBody("All lines must have same number of fields")
    return orjson.dumps({key: None if value == "NULL" else value for key, value in zip(header, line, strict=True)})
