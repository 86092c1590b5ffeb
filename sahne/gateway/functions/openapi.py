"""The table of operations as an OpenAPI 3.1 description: what each is asked with, answers, and is refused with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sahne import __version__
from sahne.gateway.functions.idempotency import KEY_CHARACTERS_MAX
from sahne.gateway.functions.operation import PREFIX, Operation, Who
from sahne.gateway.functions.refusals import Refusal
from sahne.gateway.functions.schemas import Schema, Schemas

ROOMS = {
    "live": "The stage: sessions, who is in them, gifts, guests, order in the house.",
    "profiles": "People: whom one follows, blocks and reports.",
    "account": "One's own account: copies of it, its profiles, its end.",
    "notices": "What one was told, wants to be told of, and where.",
    "feed": "What goes on at the creators one follows.",
    "search": "Finding creators and sessions.",
    "calls": "One-to-one calls.",
    "coins": "Balance, statement and earnings of the caller, and their subscriptions.",
    "creators": "What creators offer by the month.",
    "store": "What is sold and bought through the app stores.",
    "studio": "Pictures: asking for them, watching them come, the day's quota.",
    "analytics": "What apps report, and what is told of it.",
    "admin": "What the people who run the app see and do.",
}
SAYS_WHEN = {429, 503}  # with a header of when to try again
REFUSED: Schema = {
    "description": "Why a request was refused: `code` is what programs match on.",
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string", "description": "A sentence for people."},
        "details": {"type": ["object", "string", "null"], "description": "What was seen."},
        "hint": {"type": ["string", "null"], "description": "What to try."},
    },
    "required": ["code", "message", "details", "hint"],
    "additionalProperties": False,
}


def describe(operations: Iterable[Operation], url: str) -> dict[str, Any]:
    """The whole description; `url` is where the server is reached."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(f"{PREFIX}{each.path}", {})[each.method.lower()] = _operation(each, schemas)
    rooms = dict.fromkeys(operation["tags"][0] for path in paths.values() for operation in path.values())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sahne operations", "version": __version__},
        "servers": [{"url": url}],
        "tags": [{"name": room, "description": ROOMS.get(room, "")} for room in rooms],
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(schemas.named.items())), "Refused": REFUSED},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a signed-in user.",
                }
            },
        },
    }


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.room],
        "summary": operation.purpose.partition("\n")[0],
        "description": f"{operation.purpose}\n\nFor {operation.who}.",
        "security": [{}, {"bearer": []}] if operation.who is Who.ANYBODY else [{"bearer": []}],
        "parameters": [*_of_path(operation), *_of_query(operation, schemas), *_of_header(operation)],
        "responses": {
            str(operation.status): {
                "description": "As asked.",
                "content": {"application/json": {"schema": schemas.of(operation.answer)}},
            },
            **_refusals(operation.refusals),
        },
    }
    if operation.body is not None:
        reference = schemas.of(operation.body)
        schema = reference if operation.needs_body else {"anyOf": [reference, {"type": "null"}]}
        described["requestBody"] = {
            "required": operation.needs_body,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _of_path(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "enum": list(words)} if words else {"type": "string", "format": "uuid"},
        }
        for name, words in operation.parameters.items()
    ]


def _of_query(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    fields = schemas.fields_of(operation.query)["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in fields.items()]


def _of_header(operation: Operation) -> list[dict[str, Any]]:
    if not operation.spends:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "A new UUID per intent, and the same one when it is tried again.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": KEY_CHARACTERS_MAX,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
        }
    ]


def _refusals(refusals: Sequence[Refusal]) -> dict[str, Any]:
    """By status; `refusals` are in their order."""
    return {
        str(status): _refused(status, list(each)) for status, each in groupby(refusals, lambda refusal: refusal.status)
    }


def _refused(status: int, refusals: list[Refusal]) -> dict[str, Any]:
    codes = {"properties": {"code": {"enum": [each.code for each in refusals]}}}
    answer: dict[str, Any] = {
        "description": "\n".join(f"- `{each.code}`: {each.sentence}" for each in refusals),
        "content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/Refused"}, codes]}}},
    }
    if status in SAYS_WHEN:
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return answer
