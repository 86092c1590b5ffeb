"""A function call as one statement; each argument is a parameter of the argument's type."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.catalog import Argument, Function
from sahne.gateway.rest.plan import Read
from sahne.gateway.rest.query.fragment import Parameters, quoted, table
from sahne.gateway.rest.query.read import count_sql, rows_sql
from sahne.gateway.rest.query.statement import GUCS, Format, answer_sql

ARGUMENT = "argument:"


@dataclass(frozen=True, slots=True)
class Call:
    """`passed` are the arguments given, by place for unnamed ones; `read` for functions that return rows."""

    function: Function
    passed: tuple[Argument, ...]
    read: Read | None


def call_sql(call: Call, format_: Format, parameters: Parameters, *, exact_count: bool) -> str:
    """The whole; a scalar's body is its JSON, a set of scalars a JSON array."""
    function = call.function
    arguments = ", ".join(_argument(each, parameters) for each in call.passed)
    called = f"{table(function.schema, function.name)}({arguments})"
    if call.read is None:
        return _scalar(function, called)
    source = f"{called} as {quoted(call.read.alias)}"
    rows = rows_sql(call.read, source, parameters)
    if not function.returns_set:
        format_ = "object" if format_ == "json" else format_
    total = count_sql(call.read, source, parameters) if exact_count else None
    return answer_sql(rows, format_, total, gucs=True)


def _scalar(function: Function, called: str) -> str:
    if function.returns == "void":
        body = "null"
    elif function.returns_set:
        body = "coalesce(json_agg(_r._v), '[]')"
    else:
        body = "json_agg(_r._v) -> 0"
    return f"select {body}, count(*), null, {GUCS} from (select {called} as _v offset 0) _r"


def _argument(argument: Argument, parameters: Parameters) -> str:
    place = parameters.place(ARGUMENT + argument.name)
    value = f"{place}::{argument.type}"
    if argument.composite:
        value = f"json_populate_record(null::{argument.type}, {place}::json)"
    named = f"{quoted(argument.name)} := " if argument.name else ""
    return ("variadic " if argument.variadic else "") + named + value
