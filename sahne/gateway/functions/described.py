"""An OpenAPI description as the few things a person looks up, for the pages that are made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Description = dict[str, Any]
Schema = dict[str, Any]

REFUSED_FROM = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One thing that is sent or answered. `where` is path, query, header, body or nothing; `kind` is in words."""

    where: str
    name: str
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """One code of a status, and its sentence."""

    status: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One operation. `answer` names a type; `example` is a body that works, None where there is none."""

    room: str
    method: str
    path: str
    purpose: str
    status: int
    values: tuple[Value, ...]
    answer: str
    refusals: tuple[Refusal, ...]
    example: Any


@dataclass(frozen=True, slots=True)
class Type:
    """A named type and its fields."""

    name: str
    purpose: str
    values: tuple[Value, ...]


def operations_of(description: Description) -> list[Described]:
    """Every operation, in its order."""
    return [
        _described(method, path, operation, description)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def answers_of(description: Description) -> list[Type]:
    """The types that answers are made of, by name."""
    named = description["components"]["schemas"]
    bodies = {name_of(each) for each in _bodies(description)}
    return [_type(name, schema) for name, schema in named.items() if name not in bodies]


def kind_of(schema: Schema) -> str:
    """A schema in words: `integer, 1 to 1000`, `"yes" or "no"`, `Session`, `list of Picture`."""
    if "$ref" in schema:
        return name_of(schema)
    if "anyOf" in schema:
        return " or ".join(kind_of(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join("null" if word is None else f'"{word}"' for word in schema["enum"])
    kinds = schema.get("type", "anything")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(_plain(kind, schema) for kind in kinds)


def answer_of(operation: Schema) -> Schema:
    """The reference to the type that an operation answers."""
    return next(_content(answer) for status, answer in operation["responses"].items() if int(status) < REFUSED_FROM)


def codes_of(operation: Schema) -> list[str]:
    """Why it may be refused, by status."""
    return list(dict.fromkeys(each.code for each in _refusals(operation)))


def common_codes(description: Description) -> list[str]:
    """Why any may be."""
    each = [codes_of(operation) for methods in description["paths"].values() for operation in methods.values()]
    return sorted(set.intersection(*map(set, each)))


def _described(method: str, path: str, operation: Schema, description: Description) -> Described:
    body = body_of(operation)
    schema = description["components"]["schemas"][name_of(body)] if body else {}
    return Described(
        room=operation["tags"][0],
        method=method.upper(),
        path=path,
        purpose=operation["description"],
        status=next(int(status) for status in operation["responses"]),
        values=(*map(_parameter, operation["parameters"]), *_fields(schema, "body")),
        answer=kind_of(answer_of(operation)),
        refusals=tuple(_refusals(operation)),
        example=next(iter(schema.get("examples", ())), None),
    )


def _parameter(parameter: Schema) -> Value:
    return Value(
        where=parameter["in"], name=parameter["name"], kind=kind_of(parameter["schema"]), needed=parameter["required"]
    )


def _fields(schema: Schema, where: str) -> Iterator[Value]:
    required = set(schema.get("required", ()))
    for name, each in schema.get("properties", {}).items():
        yield Value(where=where, name=name, kind=kind_of(each), needed=name in required)


def _type(name: str, schema: Schema) -> Type:
    return Type(name, schema.get("description", ""), tuple(_fields(schema, "")))


def _refusals(operation: Schema) -> Iterator[Refusal]:
    for status, answer in operation["responses"].items():
        if int(status) >= REFUSED_FROM:
            for line in answer["description"].splitlines():
                code, _, sentence = line.removeprefix("- `").partition("`: ")
                yield Refusal(int(status), code, sentence)


def _bodies(description: Description) -> Iterator[Schema]:
    for methods in description["paths"].values():
        yield from filter(None, map(body_of, methods.values()))


def body_of(operation: Schema) -> Schema | None:
    """The reference to the type of an operation's body; None where it takes none."""
    schema = _content(operation["requestBody"]) if "requestBody" in operation else {}
    return next((each for each in (schema, *schema.get("anyOf", ())) if "$ref" in each), None)


def name_of(reference: Schema) -> str:
    """The name of the type that is referred to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _content(said: Schema) -> Schema:
    schema: Schema = said["content"]["application/json"]["schema"]
    return schema


def _plain(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {kind_of(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"by id or name, {kind_of(schema['additionalProperties'])}"
    words = {"uuid": "id", "date-time": "moment"}.get(schema.get("format", ""), kind) if kind == "string" else kind
    return words if kind == "null" else f"{words}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        return f", {least or 0} to {most}"
    if "maxLength" in schema:
        return f", at most {schema['maxLength']} characters"
    return ""
