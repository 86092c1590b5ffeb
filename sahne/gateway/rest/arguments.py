"""The arguments of a call as PostgreSQL reads them: out of a JSON body, a query string, or the body as it is. Pure."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import orjson

from sahne.database.catalog import Argument
from sahne.gateway.rest.errors import BadBody
from sahne.gateway.rest.operands import array_of
from sahne.gateway.rest.payload import pairs_of, rows_of_csv

AS_IT_IS = frozenset({"text/plain", "text/xml", "application/octet-stream"})
_EXACT = re.compile(rb"[0-9][.eE]|[0-9]{16}")


def read_body(body: bytes, content_type: str, columns: tuple[str, ...] | None) -> dict[str, Any]:
    """The arguments in a body by name: of a JSON object or the first of a list of them, of a form, of a line of CSV.

    `columns` (the parameter) says which they are, null where the body has none. A body that is itself the one argument
    has none by name.

    Raises:
        BadBody: it is not what it says it is, or nothing that can be read.
    """
    if not body:
        return {}
    if content_type == "application/x-www-form-urlencoded":
        read: Any = _form(body)
    elif content_type == "text/csv":
        read = orjson.loads(rows_of_csv(body))
    elif content_type in ("application/json", ""):
        read = _json(body)
    elif content_type in AS_IT_IS:
        return {}
    else:
        raise BadBody(f"Content-Type not acceptable: {content_type}")
    if isinstance(read, list):
        read = read[0] if read and isinstance(read[0], dict) else {}
    if not isinstance(read, dict):
        return {}
    return read if columns is None else {name: read.get(name) for name in columns}


class Repeated(list[str]):
    """What a form says more than once: a variadic argument takes it all, another one the last."""


def _form(body: bytes) -> dict[str, str | Repeated]:
    values: dict[str, Repeated] = {}
    for name, value in pairs_of(body):
        values.setdefault(name, Repeated()).append(value)
    return {name: said if len(said) > 1 else said[0] for name, said in values.items()}


def _json(body: bytes) -> Any:
    """orjson is strict about what is JSON and about surrogates, but keeps neither long whole numbers nor decimals."""
    try:
        read = orjson.loads(body)
        return json.loads(body, parse_float=Decimal) if _EXACT.search(body) else read
    except (ValueError, RecursionError) as error:
        raise BadBody("Empty or invalid json") from error


def from_body(body: bytes, argument: Argument) -> bytes:
    """The body itself as the one argument."""
    return b"\\x" + body.hex().encode() if argument.type == "bytea" else body


def from_query(values: list[str], argument: Argument) -> bytes:
    """What a query string says, once or, for a variadic argument, several times."""
    return array_of(values).encode() if argument.variadic and not values[-1].startswith("{") else values[-1].encode()


def from_json(value: Any, argument: Argument) -> bytes | None:
    """A value of a JSON body.

    Raises:
        BadBody: it is nested too deep, or a number in it is too large.
    """
    try:
        return _text(value, argument)
    except (RecursionError, orjson.JSONEncodeError) as error:
        raise BadBody("Empty or invalid json", details="It is nested too deep, or a number is too large.") from error


def _text(value: Any, argument: Argument) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, Repeated) and not argument.variadic:
        value = value[-1]
    if argument.type in ("json", "jsonb") or isinstance(value, dict):
        return json.dumps(value, default=_plain).encode()
    if isinstance(value, list):
        return _array(value).encode() if argument.type.endswith("[]") else orjson.dumps(value, default=_plain)
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode()


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _array(values: list[Any]) -> str:
    items = []
    for value in values:
        if value is None:
            items.append("NULL")
        elif isinstance(value, list):
            items.append(_array(value))
        else:
            text = json.dumps(value, default=_plain) if isinstance(value, dict) else str(value)
            text = text.lower() if isinstance(value, bool) else text
            items.append(array_of([text])[1:-1])
    return "{" + ",".join(items) + "}"
