"""The row every statement answers with, and a statement ready to be run again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sahne.database.catalog import Handler
from sahne.gateway.rest.query.names import table
from sahne.gateway.rest.syntax import Query, Value

Format = Literal["json", "object", "stripped", "stripped object", "csv", "geojson", "none"] | Handler
Gives = Literal["rows", "written", "value", "nothing", "plan"]
Settings = Sequence[tuple[bytes, bytes]]

# the row's columns: body, how many rows it holds, how many there are (or null), what a function set for the answer, and
# how many rows of an upsert are new
BODY, PAGE, TOTAL, GUC_HEADERS, GUC_STATUS, INSERTED = range(6)
ANSWER_BYTES_MAX = 32 * 1024 * 1024
TOO_LARGE = "an answer of so many bytes is too large: "
GUCS = "nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), '')"


class Around(NamedTuple):
    """What a transaction sets and calls before its statement, and the schema that the answer names, if it does."""

    settings: Settings = ()
    before: bytes | None = None
    profile: bytes | None = None


class Estimate(NamedTuple):
    """An EXPLAIN that says how many rows the planner believes there are."""

    sql: bytes
    parameters: tuple[Value | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`parameters` are filled in by the run: values of the request, or a word for what else it knows.

    `gives` says what the answer is, `content_type` what it is called, `is_hex` that the body comes as the hexadecimal
    digits of its bytes. `one`: it must be a single row; `rows_max`: how many rows it may have; `many`: it may have
    several; `all_rows`: each row of the body must come back as one; `resolves`: it knows what to do with rows that are
    there already; `joins`: how many there are at most in one SELECT.
    """

    sql: bytes
    parameters: tuple[Value | str, ...]
    gives: Gives
    content_type: bytes = b""
    is_hex: bool = False
    read_only: bool = False
    one: bool = False
    many: bool = True
    rows_max: int | None = None
    all_rows: bool = False
    resolves: bool = False
    joins: int = 0
    estimate: Estimate | None = None
    around: Around = field(default_factory=Around)


class Ready(NamedTuple):
    """A request ready to run: `values` and `words` fill the statement's places; `query` says which page was asked for.

    `settings` hold for this transaction, `timeout_ms` is the role's own; `rows` is how many the body has.
    """

    statement: Statement
    values: Sequence[str]
    words: Mapping[str, bytes | None]
    query: Query
    settings: Settings
    timeout_ms: int | None = None
    rows: int = 0


def answer_sql(rows: str, format_: Format, total: str | None, *, gucs: bool, with_: str = "", more: str = "") -> str:
    """`rows` (a SELECT) as the one row of an answer; `more` are columns behind it."""
    body = body_sql(format_)
    columns = [body, "count(*)", total or "null"]
    if gucs:
        columns.append(GUCS)
    bounded = bounded_sql(body) if format_ != "none" else ""
    return f"{with_}select {', '.join(columns)}{more} from ({rows}) _r{bounded}"


def body_sql(format_: Format) -> str:
    """The aggregate that makes the body of the rows `_r`."""
    if isinstance(format_, Handler):
        return _handled_sql(format_)
    if format_ == "json":
        return "coalesce(json_agg(_r), '[]')"
    if format_ == "object":
        return "json_agg(_r) -> 0"
    if format_ == "stripped":
        return "coalesce(json_strip_nulls(json_agg(_r)), '[]')"
    if format_ == "stripped object":
        return "json_strip_nulls(json_agg(_r) -> 0)"
    if format_ == "csv":
        names = "(select string_agg(_k, ',') from json_object_keys((json_agg(_r) -> 0)) _k)"
        return f"coalesce({names}, '') || {csv_lines_sql()}"
    if format_ == "geojson":  # by PostGIS
        features = "coalesce(json_agg(st_asgeojson(_r)::json), '[]')"
        return f"json_build_object('type', 'FeatureCollection', 'features', {features})"
    return "null"


def comes_as_hex(format_: Format) -> bool:
    """Whether the body that `body_sql` makes is the hexadecimal digits of its bytes."""
    return isinstance(format_, Handler) and format_.is_binary


def _handled_sql(handler: Handler) -> str:
    """What the database's own aggregate makes of the rows, or a function has given as their only column `_v`."""
    if handler.aggregate is None:
        body = "string_agg(_r._v::bytea, '')" if handler.is_binary else "string_agg(_r._v::text, '')"
    else:
        row = f"_r::{table(*handler.relation)}" if handler.relation else "_r"
        body = f"{table(*handler.aggregate)}({row})"
    text = f"encode({body}::bytea, 'hex')" if handler.is_binary else f"{body}::text"
    return f"coalesce({text}, '')"


def csv_lines_sql() -> str:
    """The lines of CSV below the names of the columns: a row's own text is quoted as CSV is."""
    return "E'\\n' || coalesce(string_agg(substring(_r::text, 2, length(_r::text) - 2), E'\\n'), '')"


def bounded_sql(body: str) -> str:
    """Let the statement fail by a cast of words to a number where its answer outgrows what anybody is sent.

    PostgreSQL says it before the bytes have left it, and takes back what a write has done.
    """
    weight = f"pg_column_size({body})"
    return f" having case when {weight} > {ANSWER_BYTES_MAX} then ('{TOO_LARGE}' || {weight})::int = 0 else true end"
