"""The operations as TypeScript: bodies, answers and codes, for apps and our own page; printed by `sahne types`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sahne.gateway.functions.described import Description, Schema, answer_of, body_of, codes_of, common_codes, name_of
from sahne.gateway.functions.operation import PREFIX

LINE_CHARACTERS_MAX = 120
HEAD = """\
// What Sahne's operations are asked with and answer. Printed by `sahne types`: not to be written by hand.
// An id is a UUID in small letters, a moment is RFC 3339.
export type Id = string;
export type Moment = string;
"""


def typescript(description: Description) -> str:
    """The whole file, as the formatter of our page would write it."""
    named = description["components"]["schemas"]
    common = common_codes(description)
    parts = [HEAD, *(_interface(name, schema) for name, schema in named.items())]
    parts += ["/** Why any operation may be refused. */", _line("export type CommonCode =", _words(common)), ""]
    return "\n".join([*parts, _operations(description, set(common))])


def _interface(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    fields = [
        _field(f"{field}{'' if field in required else '?'}", each) for field, each in schema["properties"].items()
    ]
    return "\n".join([*_comment(schema), f"export interface {name} {{", *fields, "}", ""])


def _comment(schema: Schema) -> list[str]:
    return [f"/** {schema['description']} */"] if schema.get("description") else []


def _field(name: str, schema: Schema) -> str:
    return _line(f"  {name}:", _union(schema))


def _line(head: str, kinds: list[str]) -> str:
    line = f"{head} {' | '.join(kinds)};"
    if len(line) <= LINE_CHARACTERS_MAX:
        return line
    blanks = " " * (len(head) - len(head.lstrip()) + 2)
    return "\n".join([head, *(f"{blanks}| {kind}" for kind in kinds)]) + ";"


def _union(schema: Schema) -> list[str]:
    if "$ref" in schema:
        return [name_of(schema)]
    if "anyOf" in schema:
        return list(dict.fromkeys(kind for each in schema["anyOf"] for kind in _union(each)))
    if "enum" in schema:
        return _words(schema["enum"])
    kinds: Any = schema.get("type", "unknown")
    return [_plain(kind, schema) for kind in (kinds if isinstance(kinds, list) else [kinds])]


def _plain(kind: str, schema: Schema) -> str:
    if kind == "array":
        items = _union(schema["items"])
        return f"{items[0]}[]" if len(items) == 1 else f"({' | '.join(items)})[]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {' | '.join(_union(values)) if isinstance(values, dict) else 'unknown'}>"
    if kind == "string":
        return {"uuid": "Id", "date-time": "Moment"}.get(schema.get("format", ""), "string")
    return {"integer": "number"}.get(kind, kind)


def _words(words: Iterable[str | None]) -> list[str]:
    return ["null" if word is None else f'"{word}"' for word in words]


def _operations(description: Description, common: set[str]) -> str:
    lines = ["/** Every operation by its name; `code` is why it may be refused. */", "export interface Operations {"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            lines += _operation(method.upper(), path.removeprefix(PREFIX), operation, common)
    return "\n".join([*lines, "}", ""])


def _operation(method: str, path: str, operation: Schema, common: set[str]) -> Iterator[str]:
    yield f"  /** {operation['summary']} */"
    yield f"  {operation['operationId']}: {{"
    yield f'    method: "{method}";'
    yield _line("    path:", _paths(path, operation))
    yield _line("    body:", _body(operation))
    yield _line("    answer:", _union(answer_of(operation)))
    yield _line("    code:", ["CommonCode", *_words(code for code in codes_of(operation) if code not in common)])
    yield "  };"


def _body(operation: Schema) -> list[str]:
    body = body_of(operation)
    if body is None:
        return ["undefined"]
    return _union(body) if operation["requestBody"]["required"] else [*_union(body), "undefined"]


def _paths(path: str, operation: Schema) -> list[str]:
    """Templates of TypeScript, with a query string and without; a word of a few is one of these, an id any text."""
    kinds = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "path"}
    template = re.sub(r"\{(\w+)\}", lambda found: f"${{{' | '.join(_union(kinds[found[1]]))}}}", path)
    alone = f"`{template}`" if kinds else f'"{path}"'
    if "query" in {each["in"] for each in operation["parameters"]}:
        return [alone, f"`{template}?${{string}}`"]
    return [alone]
