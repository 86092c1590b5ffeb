"""The tools of agents: every operation that is a person's own, out of its description, and reading what they may see.

An operation's arguments are its path's, `query` and `body`. Those that spend, take away or cannot be taken back ask
first (`asking.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sahne.errors import Unprocessable
from sahne.gateway.agents.inside import Question

Description = Mapping[str, Any]
Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
PATH_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")
KEY_HEADER = "Idempotency-Key"
# What costs by the minute or month, is told to others or is for good: no Idempotency-Key and no DELETE tells of them
ASK_TOO = frozenset(
    {"start_call", "join_call", "accept_call", "reject_call", "end_call", "set_call_prices"}
    | {"edit_subscription", "create_tier", "edit_tier"}
    | {"start_session", "end_session", "cancel_session", "answer_invitation", "leave_stage"}
    | {"share_picture", "share_collection", "give_consent", "say_consent", "ask_to_create"}
    | {"report_message", "report_session", "report_profile", "report_image", "appeal"}
)

LIST_TABLES, READ_ROWS = "list_tables", "read_rows"
ROWS_MAX, ROWS_UNASKED = 100, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What an agent may call; `path` has the names of its parameters in braces, `spends` wants a key."""

    name: str
    purpose: str
    method: str
    path: str
    parameters: tuple[str, ...]
    schema: Schema
    spends: bool
    asks: bool

    def question(self, arguments: Mapping[str, Any]) -> Question:
        """The request that the arguments mean.

        Raises:
            Unprocessable: one is not known, or missing, or would lead to another path.
        """
        if unknown := sorted(arguments.keys() - self.schema["properties"].keys()):
            raise Unprocessable("Some arguments are not known.", details=", ".join(unknown))
        if missing := [name for name in self.schema["required"] if not arguments.get(name)]:
            raise Unprocessable("Some arguments are missing.", details=", ".join(missing))
        names = {name: str(arguments[name]) for name in self.parameters}
        if wrong := [name for name, value in names.items() if not PATH_VALUE.fullmatch(value)]:
            raise Unprocessable("Some arguments can stand in no path.", details=", ".join(wrong))
        return Question(
            method=self.method,
            path=self.path.format(**names),
            query=_texts(arguments.get("query")),
            body=arguments.get("body"),
        )


def tools_of(description: Description) -> dict[str, Tool]:
    """Every tool by its name, those that read first."""
    return {tool.name: tool for tool in (*_reading(), *_operations(description))}


def rows_question(tool: Tool, arguments: Mapping[str, Any]) -> Question:
    """Of `read_rows`: no more than `ROWS_MAX` rows, whatever is asked for."""
    question = tool.question(arguments)
    asked = question.query.get("limit", "")
    limit = min(int(asked), ROWS_MAX) if asked.isdecimal() and len(asked) < 10 else ROWS_UNASKED
    return Question(method="GET", path=question.path, query={**question.query, "limit": str(limit)})


def _reading() -> tuple[Tool, Tool]:
    return (
        Tool(
            name=LIST_TABLES,
            purpose="The tables and views that the person may read, each with its columns.",
            method="GET",
            path="/rest/v1/",
            parameters=(),
            schema=_object({}, []),
            spends=False,
            asks=False,
        ),
        Tool(
            name=READ_ROWS,
            purpose="Rows that the person may see, of one table or view. `query` is PostgREST's: select, order, limit"
            f" (at most {ROWS_MAX}), offset, and filters by column, such as"
            ' {"select": "id,title", "status": "eq.live", "order": "created_at.desc", "limit": "5"}.',
            method="GET",
            path="/rest/v1/{table}",
            parameters=("table",),
            schema=_object(
                {
                    "table": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                    "query": {"type": "object", "additionalProperties": {"type": "string"}},
                },
                ["table"],
            ),
            spends=False,
            asks=False,
        ),
    )


def _operations(description: Description) -> Iterator[Tool]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield _operation(method.upper(), path, operation, description["components"]["schemas"])


def _operation(method: str, path: str, operation: Schema, schemas: Mapping[str, Schema]) -> Tool:
    by_place: dict[str, dict[str, Schema]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation["parameters"]:
        by_place[parameter["in"]][parameter["name"]] = parameter["schema"]
    properties, required = dict(by_place["path"]), list(by_place["path"])
    if by_place["query"]:
        properties["query"] = _object(by_place["query"], [])
    if "requestBody" in operation:
        properties["body"] = operation["requestBody"]["content"]["application/json"]["schema"]
        required += ["body"] if operation["requestBody"]["required"] else []
    spends, name = KEY_HEADER in by_place["header"], operation["operationId"]
    return Tool(
        name=name,
        purpose=operation["description"],
        method=method,
        path=path,
        parameters=tuple(by_place["path"]),
        schema=_with_definitions(_object(properties, required), schemas),
        spends=spends,
        asks=spends or method == "DELETE" or name in ASK_TOO,
    )


def _object(properties: Mapping[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _with_definitions(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The schema with all it refers to inside it, as tools want it."""
    wanted, found = list(_references(schema)), dict[str, Schema]()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = schemas[name]
            wanted += _references(schemas[name])
    if not found:
        return schema
    whole = json.dumps({**schema, "$defs": found}).replace(REFERENCE, "#/$defs/")
    own: Schema = json.loads(whole)
    return own


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(REFERENCE)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _texts(query: Any) -> dict[str, str]:
    """A query string's values; truths are written as JSON writes them, and what is null is left out."""
    if query is None:
        return {}
    if not isinstance(query, dict):
        raise Unprocessable("The query is no object.")
    given = {name: value for name, value in query.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
