"""Whether a JSON value is as a schema of ours says: what our descriptions use of JSON Schema, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

KNOWN = {
    "$ref", "additionalProperties", "allOf", "anyOf", "default", "description", "enum", "examples", "format", "items",
    "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern", "properties", "required", "type",
}  # fmt: skip
IS: dict[str, Any] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def faults(value: Any, schema: dict[str, Any], named: dict[str, Any], place: str = "$") -> Iterator[str]:
    """What is wrong with a value, each with its place; `named` are the schemas that may be referred to."""
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    if "$ref" in schema:
        yield from faults(value, named[schema["$ref"].rpartition("/")[2]], named, place)
    for each in schema.get("allOf", ()):
        yield from faults(value, each, named, place)
    if "anyOf" in schema and all(list(faults(value, each, named, place)) for each in schema["anyOf"]):
        yield f"{place}: {value!r} is none of {schema['anyOf']}"
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(IS[kind](value) for kind in kinds):
            yield f"{place}: {value!r} is no {' or '.join(kinds)}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not is_formed(value, schema.get("format", "")):
        yield f"{place}: {value!r} is no {schema['format']}"
    if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
        yield f"{place}: {len(value)} are more than {schema['maxItems']}"
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield f"{place}: {len(value)} are fewer than {schema['minItems']}"
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            yield from faults(each, schema["items"], named, f"{place}[{number}]")
    if isinstance(value, dict):
        yield from faults_of_fields(value, schema, named, place)


def faults_of_fields(value: dict[str, Any], schema: dict[str, Any], named: dict[str, Any], place: str) -> Iterator[str]:
    fields = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    others = schema.get("additionalProperties", True)
    for name, each in value.items():
        if name in fields:
            yield from faults(each, fields[name], named, f"{place}.{name}")
        elif others is False:
            yield f"{place}.{name} is not described"
        elif isinstance(others, dict):
            yield from faults(each, others, named, f"{place}.{name}")


def is_formed(text: str, form: str) -> bool:
    try:
        if form == "uuid":
            return str(UUID(text)) == text
        if form == "date-time":
            return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
    return True
