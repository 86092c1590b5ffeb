"""`operations.md` and `errors.md` of the reference, printed from the same description as `/docs`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from sahne.gateway.functions.described import Described, Description, Type, Value, answers_of, operations_of
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.operation import PREFIX
from sahne.gateway.functions.refusals import OF_EVERY_OPERATION
from sahne.gateway.functions.table import OPERATIONS

OPERATIONS_HEAD = """\
# The operations

Everything under `/functions/v1`, printed from the product's own table by `sahne db docs`; change the table, not this
page. A running server shows the same at `/docs` and, for programs, at `/openapi.json`; `sahne types` prints types for
apps.

JSON in and out, the access token of a signed-in user as `Authorization: Bearer …`. A refusal is
`{"code", "message", "details", "hint"}`; what each code means stands in [errors.md](errors.md). Whom an operation is
for is decided by the database. A name with `?` may be left out.
"""
ERRORS_HEAD = """\
# The errors of the operations

Programs match on `code`, which stays; `message` is for people and may change. Printed from the product's own table by
`sahne db docs`. Every operation may be refused with the first list, which its own does not repeat. What is none is
refused as well: another path with `not_found` (404), another method of a path with `method_not_allowed` (405) and the
header `Allow`, which names those that it takes.
"""


def reference_of_operations() -> dict[str, str]:
    """The text of each file by its name."""
    description = describe(OPERATIONS, "")
    return {"operations.md": _operations_page(description), "errors.md": _errors_page(description)}


def _operations_page(description: Description) -> str:
    lines = [OPERATIONS_HEAD]
    for tag, (_, operations) in zip(
        description["tags"], groupby(operations_of(description), lambda each: each.room), strict=True
    ):
        lines += [f"# {tag['name']}", "", tag["description"], ""]
        for each in operations:
            lines += [*_operation(each), ""]
    lines += ["# Types", "", "An id is a UUID in small letters, a moment RFC 3339. What may be null says so.", ""]
    for answer in answers_of(description):
        lines += [*_type(answer), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _operation(operation: Described) -> Iterator[str]:
    yield f"## {operation.method} {operation.path.removeprefix(PREFIX)}"
    yield ""
    yield operation.purpose
    yield ""
    if operation.values:
        yield "| in | name | |"
        yield "| --- | --- | --- |"
        yield from map(_value, operation.values)
        yield ""
    if operation.example:
        yield f"For example `{json.dumps(operation.example)}`."
        yield ""
    yield f"Answers {operation.status} with [{operation.answer}](#{operation.answer.lower()})."
    everywhere = {each.code for each in OF_EVERY_OPERATION}
    own = [f"`{each.code}` {each.status}" for each in operation.refusals if each.code not in everywhere]
    if own:
        yield f"Refused with {', '.join(own)}."


def _value(value: Value) -> str:
    return f"| {value.where} | `{value.name}{'' if value.needed else '?'}` | {value.kind} |"


def _type(each: Type) -> Iterator[str]:
    yield f"## {each.name}"
    yield ""
    yield each.purpose
    yield ""
    yield "| name | |"
    yield "| --- | --- |"
    for value in each.values:
        yield f"| `{value.name}{'' if value.needed else '?'}` | {value.kind} |"


def _errors_page(description: Description) -> str:
    where: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for operation in operations_of(description):
        for each in operation.refusals:
            where[each.code, each.status, each.sentence].append(f"{operation.method} {operation.path[len(PREFIX) :]}")
    everywhere = {(each.code, each.status, each.sentence) for each in OF_EVERY_OPERATION}
    lines = [ERRORS_HEAD, "| code | status | |", "| --- | --- | --- |"]
    lines += [_error(*key) for key in sorted(where) if key in everywhere]
    lines += ["", "# Of some", "", "| code | status | | of |", "| --- | --- | --- | --- |"]
    lines += [f"{_error(*key)} {_list(where[key])} |" for key in sorted(where) if key not in everywhere]
    return "\n".join(lines) + "\n"


def _error(code: str, status: int, sentence: str) -> str:
    return f"| `{code}` | {status} | {sentence} |"


def _list(operations: list[str]) -> str:
    return "<br>".join(f"`{each}`" for each in operations)
