"""The operations as Python's `TypedDict`s: their bodies, answers and codes, for apps; printed by `sahne types`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sahne.gateway.functions.described import Description, Schema, answer_of, body_of, name_of, operations_of
from sahne.gateway.functions.operation import PREFIX

HEAD = '''\
"""What Sahne's operations are asked with and answer. Printed by `sahne types`: not to be written by hand.

An id is a UUID in small letters, a moment is RFC 3339.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Id = str
Moment = str
'''


def python_types(description: Description) -> str:
    """The whole file."""
    named = description["components"]["schemas"]
    codes = sorted({refusal.code for each in operations_of(description) for refusal in each.refusals})
    parts = [
        HEAD,
        *(_class(name, schema) for name, schema in named.items()),
        _literal("Code", codes),
        *_table(description),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _class(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    lines = ["", f"class {name}(TypedDict):"]
    if schema.get("description"):
        lines += [f'    """{schema["description"]}"""', ""]
    for field, each in schema["properties"].items():
        kind = _kind(each)
        lines.append(f"    {field}: {kind if field in required else f'NotRequired[{kind}]'}")
    return "\n".join([*lines, ""])


def _literal(name: str, words: list[str]) -> str:
    return "\n".join(
        ["", "# Why an operation may be refused", f"{name} = Literal[", *(f'    "{word}",' for word in words), "]", ""]
    )


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return name_of(schema)
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        words = [f'"{word}"' for word in schema["enum"] if word is not None]
        return f"Literal[{', '.join(words)}]" + (" | None" if None in schema["enum"] else "")
    kinds: Any = schema.get("type", "any")
    return " | ".join(_plain(kind, schema) for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _plain(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list[{_kind(schema['items'])}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_kind(values) if isinstance(values, dict) else 'Any'}]"
    if kind == "string":
        return {"uuid": "Id", "date-time": "Moment"}.get(schema.get("format", ""), "str")
    return {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(kind, "Any")


def _table(description: Description) -> Iterator[str]:
    yield "# Which operation takes and answers what"
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = body_of(operation)
            takes = f"{_kind(body)} -> " if body else ""
            yield f"# {method.upper()} {path.removeprefix(PREFIX)}: {takes}{_kind(answer_of(operation))}"
