"""A function call as one statement; each argument is a parameter of the argument's type."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.catalog import Argument, Function, Handler
from sahne.gateway.rest.plan import Read
from sahne.gateway.rest.query.fragment import Parameters
from sahne.gateway.rest.query.names import quoted, table
from sahne.gateway.rest.query.read import count_sql, limit_sql, rows_sql
from sahne.gateway.rest.query.statement import GUCS, Format, answer_sql, body_sql, bounded_sql, csv_lines_sql

ARGUMENT = "argument:"
SCALAR = "pgrst_scalar"  # what the column of a value is called in CSV


@dataclass(frozen=True, slots=True)
class Call:
    """`arguments` are those it gives, by place for unnamed ones; `read` has the page and what is asked of rows."""

    function: Function
    arguments: tuple[Argument, ...]
    read: Read


def call_sql(call: Call, format_: Format, parameters: Parameters, *, exact_count: bool) -> str:
    """The whole; a scalar's body is its JSON, a set of scalars a JSON array."""
    function = call.function
    arguments = ", ".join(_argument(each, parameters) for each in call.arguments)
    call_text = f"{table(function.schema, function.name)}({arguments})"
    if not function.returns_row:
        return _scalar(call, call_text, format_, parameters, exact_count=exact_count)
    alias = quoted(call.read.alias)
    with_, source, total = "", f"{call_text} as {alias}", None
    if exact_count:  # asked twice and called once: a call may do something
        with_, source = f"with _called as materialized (select * from {source}) ", f"_called as {alias}"
        total = count_sql(call.read, source, parameters)
    rows = rows_sql(call.read, source, parameters)
    if not function.returns_set:
        format_ = "object" if format_ == "json" else "stripped object" if format_ == "stripped" else format_
    return answer_sql(rows, format_, total, gucs=True, with_=with_)


def _scalar(call: Call, call_text: str, format_: Format, parameters: Parameters, *, exact_count: bool) -> str:
    """One value is the body itself, several are an array and have pages like rows."""
    function = call.function
    with_ = f"with _called as materialized (select {call_text} as _v) "
    total = "(select count(*) from _called)" if exact_count else "null"
    if function.returns == "void":
        return f"{with_}select null, count(*), {total}, {GUCS} from _called _r"
    is_one = not function.returns_set or format_ in ("object", "stripped object")
    body = "json_agg(_r._v) -> 0" if is_one else "coalesce(json_agg(_r._v), '[]')"
    if format_ == "csv":
        body = f"'{SCALAR}' || {csv_lines_sql()}"
    elif format_ == "geojson" or isinstance(format_, Handler):
        body = body_sql(format_)
    page = limit_sql(call.read, parameters) if function.returns_set else ""
    rows = f"select _v from _called{page}"
    return f"{with_}select {body}, count(*), {total}, {GUCS} from ({rows}) _r{bounded_sql(body)}"


def _argument(argument: Argument, parameters: Parameters) -> str:
    place = parameters.place(ARGUMENT + argument.name)
    value = f"{place}::{argument.type}"
    if argument.composite:
        value = f"json_populate_record(null::{argument.type}, {place}::json)"
    name = f"{quoted(argument.name)} := " if argument.name else ""
    return ("variadic " if argument.variadic else "") + name + value
