"""The row every statement answers with, and a statement ready to be run again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sahne.gateway.rest.syntax import Value

Format = Literal["json", "object", "csv", "none"]

# the row's columns: body, how many rows it holds, how many there are (or null), what a function set for the answer
BODY, PAGE, TOTAL, GUC_HEADERS, GUC_STATUS = range(5)
GUCS = "nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), '')"


@dataclass(frozen=True, slots=True)
class Statement:
    """`parameters` are filled in by the run: values of the request, or a word for what else it knows."""

    sql: bytes
    parameters: tuple[Value | str, ...]
    estimate: bytes | None = None
    estimate_parameters: tuple[Value | str, ...] = ()


def answer_sql(rows: str, format_: Format, total: str | None, *, gucs: bool, with_: str = "") -> str:
    """`rows` (a SELECT) as the one row of an answer."""
    columns = [body_sql(format_), "count(*)", total or "null"]
    if gucs:
        columns.append(GUCS)
    return f"{with_}select {', '.join(columns)} from ({rows}) _r"


def body_sql(format_: Format) -> str:
    """The aggregate that makes the body of the rows `_r`."""
    if format_ == "json":
        return "coalesce(json_agg(_r), '[]')"
    if format_ == "object":
        return "json_agg(_r) -> 0"
    if format_ == "csv":
        return (
            "(select string_agg(_k, ',') from json_object_keys((json_agg(_r) -> 0)) _k) || E'\\n' || "
            "coalesce(string_agg(substring(_r::text, 2, length(_r::text) - 2), E'\\n'), '')"
        )
    return "null"
