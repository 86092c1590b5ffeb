"""From a request to the arguments of an operation's verb; every value that is wrong is named, up to a number.

Nothing is passed over: a field that is not known may be a misspelt one, and would otherwise count as left out.

What is not JSON is refused as such (400), and what is, but not as it was asked for, field by field (422): `where` is
`path.session_id`, `query.limit`, `header.Idempotency-Key` or `body.gift_id`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import BaseModel, ValidationError

from sahne.errors import InvalidRequest, Unprocessable
from sahne.gateway.functions.idempotency import KEY_CHARACTERS_MAX, idempotency_key
from sahne.gateway.functions.ids import ONE_SPELLING, is_id
from sahne.gateway.functions.operation import Operation
from sahne.wrong_values import MISSING, REPEATED, UNKNOWN, in_our_words

FIELDS_TOLD_MAX = 20
TOKEN_PARAMETER = "apikey"  # of who cannot set headers; it says which project is meant, and there is but one
NO_BODIES = frozenset({b"", b"{}", b"null"})  # as clients send none
JSON = re.compile(rb"application/(?:[\w.-]+\+)?json *(?:;.*)?", re.IGNORECASE)

Field = dict[str, str]
Headers = Mapping[bytes, bytes]


def arguments_of(
    operation: Operation, values: Sequence[str], headers: Headers, query: bytes, body: bytes
) -> dict[str, Any]:
    """The arguments by the names of the verb's parameters; `values` are the path's.

    Raises:
        IdempotencyKeyRequired, IdempotencyKeyUnreadable: of what spends.
        InvalidRequest: the body is no JSON.
        Unprocessable: values that cannot be used.
    """
    wrong: list[Field] = []
    arguments: dict[str, Any] = {}
    if operation.spends:
        arguments["key"] = key = idempotency_key(headers.get(b"idempotency-key"))
        if len(key) > KEY_CHARACTERS_MAX:
            wrong.append(_field("header.Idempotency-Key", f"a key has at most {KEY_CHARACTERS_MAX} characters"))
    for (name, words), value in zip(operation.parameters.items(), values, strict=True):
        arguments[name] = _id(name, value, wrong) if words is None else _word(name, value, words, wrong)
    fields = _fields_of(query, wrong)
    if operation.query is not None:
        arguments["query"] = _model(operation.query, "query", fields, wrong)
    else:
        wrong += (_field(f"query.{name}", UNKNOWN) for name in fields)
    if operation.body is not None:
        arguments["body"] = _body(operation, headers, body, wrong)
    elif body and body.strip() not in NO_BODIES:
        wrong.append(_field("body", UNKNOWN))
    if wrong:
        hint = f"What {operation.method} {operation.path} takes is described at /docs."
        raise Unprocessable("Some values cannot be used.", details={"fields": _told(wrong)}, hint=hint)
    return arguments


def _id(name: str, value: str, wrong: list[Field]) -> UUID | None:
    if is_id(value):
        return UUID(value)
    wrong.append(_field(f"path.{name}", ONE_SPELLING))
    return None


def _word(name: str, value: str, words: tuple[str, ...], wrong: list[Field]) -> str:
    if value not in words:
        wrong.append(_field(f"path.{name}", f"it is one of {', '.join(words)}"))
    return value


def _fields_of(query: bytes, wrong: list[Field]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else ():
        if name in fields:
            wrong.append(_field(f"query.{name}", REPEATED))
        elif name != TOKEN_PARAMETER:
            fields[name] = value
    return fields


def _body(operation: Operation, headers: Headers, body: bytes, wrong: list[Field]) -> BaseModel | None:
    assert operation.body is not None
    if not body.strip() or (body.strip() == b"null" and not operation.needs_body):
        if operation.needs_body:
            wrong.append(_field("body", MISSING))
        return None
    if not JSON.fullmatch(headers.get(b"content-type", b"")):
        wrong.append(_field("header.Content-Type", "a body is application/json"))
        return None
    return _model(operation.body, "body", body, wrong)


def _model(model: type[BaseModel], where: str, given: bytes | dict[str, str], wrong: list[Field]) -> BaseModel | None:
    try:
        return model.model_validate_json(given) if isinstance(given, bytes) else model.model_validate(given)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    fields = [_field(".".join(map(str, (where, *each["loc"]))), in_our_words(each)) for each in errors]
    if errors[0]["type"] == "json_invalid":
        raise InvalidRequest("The body is not JSON.", details={"fields": _told(fields)})
    wrong += fields
    return None


def _field(where: str, what: str) -> Field:
    return {"where": where, "what": what}


def _told(fields: list[Field]) -> list[Field]:
    if len(fields) <= FIELDS_TOLD_MAX:
        return fields
    return [*fields[:FIELDS_TOLD_MAX], _field("", f"and {len(fields) - FIELDS_TOLD_MAX} more")]
