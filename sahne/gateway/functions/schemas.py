"""From Python's types to JSON Schema (2020-12), as OpenAPI 3.1 has it: classes become named schemas.

Answers are `TypedDict`s, read here, and rows of tables, of which the catalog tells (`rows.py`); bodies and query
strings are pydantic's models, which know their own bounds.
"""

from __future__ import annotations

import inspect
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

from pydantic import BaseModel

from sahne.gateway.functions.rows import Row, Words, kept_row, kept_words

REFERENCE = "#/components/schemas/{model}"
PLAIN: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    object: {},
}

Schema = dict[str, Any]


class Schemas:
    """The named schemas that were met so far, by their names."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._kinds: dict[str, type] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type; of a class, the reference to it.

        Raises:
            TypeError: nobody said what this is in JSON.
        """
        if kind in PLAIN:
            return dict(PLAIN[kind])
        if is_typeddict(kind):
            return self._class(kind, lambda: self._object(kind))
        if isinstance(kind, type):
            if issubclass(kind, Row):
                return self._class(kind, lambda: _row(kind))
            if issubclass(kind, Words):
                return {"type": "string", "enum": kept_words(kind)}
            if issubclass(kind, BaseModel):
                return self._class(kind, lambda: self._model(kind))
        origin, of = get_origin(kind), get_args(kind)
        if origin is NotRequired:
            return self.of(of[0])
        if origin is Literal:
            return {"type": "string", "enum": list(of)}
        if origin in (Union, UnionType):
            return _any_of([self.of(each) for each in of])
        if origin is list:
            return {"type": "array", "items": self.of(of[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(of[1])}
        raise TypeError(f"{kind} has no schema")

    def fields_of(self, model: type[BaseModel]) -> Schema:
        """A model's schema where it is not referred to: a query string's."""
        return self._model(model)

    def _class(self, kind: type, make: Any) -> Schema:
        name = kind.__name__
        assert self._kinds.setdefault(name, kind) is kind, f"two types are called {name}"
        if name not in self.named:
            self.named[name] = {"description": inspect.getdoc(kind) or "", **make()}
        return {"$ref": REFERENCE.format(model=name)}

    def _object(self, kind: Any) -> Schema:
        fields = get_type_hints(kind, include_extras=True)
        needed = [name for name, each in fields.items() if get_origin(each) is not NotRequired]
        return _closed({name: self.of(each) for name, each in fields.items()}, needed)

    def _model(self, model: type[BaseModel]) -> Schema:
        """What it refers to is named like any other class."""
        schema = model.model_json_schema(ref_template=REFERENCE)
        for name, each in schema.pop("$defs", {}).items():
            self.named.setdefault(name, _untitled(each))
        return _untitled(schema)


def _untitled(schema: Schema) -> Schema:
    """Without the titles that say a field's name again."""
    schema.pop("title", None)
    for each in schema.get("properties", {}).values():
        each.pop("title", None)
    return schema


def _row(row: type[Row]) -> Schema:
    kept = kept_row(row)
    return {"description": kept["purpose"], **_closed(kept["columns"], [*kept["columns"]])}


def _closed(properties: Schema, needed: list[str]) -> Schema:
    """An object with these and no others."""
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _any_of(kinds: list[Schema]) -> Schema:
    """Plain types with null are one schema with two types, as people write it."""
    *rest, last = kinds
    if last == {"type": "null"} and len(rest) == 1 and isinstance(rest[0].get("type"), str):
        words = {"enum": [*rest[0]["enum"], None]} if "enum" in rest[0] else {}
        return {**rest[0], "type": [rest[0]["type"], "null"], **words}
    return {"anyOf": kinds}
