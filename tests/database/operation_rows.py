"""`rows.json` of the operations, out of a migrated database: what a reader may select of each table, as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import orjson
import psycopg

from sahne.gateway.functions import rows
from sahne.gateway.functions.rows import KEPT, READER, Row, Words
from sahne.gateway.functions.schemas import Schema, Schemas
from sahne.operations.reference.tables import Column, Table, read_tables

PAGE = Path(rows.__file__).with_name(KEPT)
TYPES = {
    "uuid": UUID, "text": str, "integer": int, "bigint": int, "boolean": bool, "timestamp with time zone": datetime,
    "real": float, "jsonb": dict[str, object], "text[]": list[str], "date": str, "time without time zone": str,
}  # fmt: skip
A_LIST = re.compile(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.*?)\]\)\)\)")
SHOWN = "select array(select jsonb_object_keys({}(jsonb_populate_record(null::{}, '{{}}'))))"


def render(conn: psycopg.Connection[Any]) -> str:
    """The whole file, a column a line."""
    tables = {f"{table.schema}.{table.name}": table for table in read_tables(conn)}
    of_rows = {row.table: _row(conn, row, tables[row.table]) for row in Row.__subclasses__()}
    words = {
        f"{each.table}.{each.column}": words_of(tables[each.table])[each.column] for each in Words.__subclasses__()
    }
    return "\n".join(['{"rows": {', *_of_rows(of_rows), '}, "words": {', *_listed(words), "}}", ""])


def words_of(table: Table) -> dict[str, tuple[str, ...]]:
    """By column, the words that a check of the table allows."""
    lists = {found[1]: found[2] for each in table.constraints if (found := A_LIST.search(each.definition))}
    return {name: tuple(re.findall(r"'([^']*)'", each)) for name, each in lists.items()}


def _row(conn: psycopg.Connection[Any], row: type[Row], table: Table) -> dict[str, Any]:
    readable = {column.name for column in table.columns if READER in column.read_by}
    if row.shown_by:
        assert not readable, f"{row.table}: what clients may select needs no function to show it"
        (readable,) = conn.execute(SHOWN.format(row.shown_by, row.table).encode()).fetchone() or (set(),)
    words = words_of(table)
    shown = {each.name: _schema(each, words.get(each.name)) for each in table.columns if each.name in readable}
    return {"purpose": table.purpose.partition("\n")[0], "columns": shown}


def _schema(column: Column, words: tuple[str, ...] | None) -> Schema:
    kind: Any = Literal[words] if words else TYPES[column.type]
    return Schemas().of(kind | None if column.nullable else kind)


def _of_rows(kept: dict[str, dict[str, Any]]) -> Iterator[str]:
    for table, row in kept.items():
        comma = "" if table == [*kept][-1] else ","
        yield f'"{table}": {{"purpose": {_json(row["purpose"])}, "columns": {{'
        yield from _listed(row["columns"])
        yield f"}}}}{comma}"


def _listed(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f'  "{name}": {_json(value)}{"" if name == [*values][-1] else ","}'


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
