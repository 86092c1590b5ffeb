"""The tables, views, functions and enums of the Data API as TypeScript, in the shape that supabase-js reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.catalog import Catalog, Function
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries

_QUERIES = load_queries(__package__, "table_types.sql")

NUMBERS = ("smallint", "integer", "bigint", "real", "double precision", "numeric")
TEXTS = ("json", "jsonb")
PLAIN = {
    **dict.fromkeys(NUMBERS, "number"),
    **dict.fromkeys(TEXTS, "Json"),
    "boolean": "boolean",
    "void": "undefined",
    "record": "Record<string, unknown>",
}
HEAD = """\
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
"""
NOTHING = "{ [_ in never]: never }"

Row = Mapping[str, Any]


async def table_types(database: Database, catalog: Catalog) -> str:
    """One file for all schemas that are shown."""
    schemas = list(catalog.exposure.schemas)
    async with database.transaction(SERVICE) as conn:
        relations = await every(conn, _QUERIES["relations"], {"schemas": schemas})
        enums = await every(conn, _QUERIES["enums"], {"schemas": schemas})
    parts = [
        _schema(
            schema,
            [row for row in relations if row["schema"] == schema],
            [row for row in enums if row["schema"] == schema],
            catalog.schemas[schema].functions,
        )
        for schema in schemas
    ]
    return f"{HEAD}{''.join(parts)}}}\n"


def _schema(
    schema: str, relations: Sequence[Row], enums: Sequence[Row], functions: Mapping[str, Sequence[Function]]
) -> str:
    tables = [f"{_name(row)}: {_table(row)}" for row in relations if row["is_table"]]
    views = [f"{_name(row)}: {_view(row)}" for row in relations if not row["is_table"]]
    calls = [f"{json.dumps(name)}: {' | '.join(map(_function, each))}" for name, each in functions.items()]
    words = [f"{_name(row)}: {' | '.join(map(json.dumps, row['words'] or []))}" for row in enums]
    return (
        f"  {json.dumps(schema)}: {{\n"
        f"    Tables: {_block(tables)}\n    Views: {_block(views)}\n    Functions: {_block(calls)}\n"
        f"    Enums: {_block(words)}\n    CompositeTypes: {NOTHING}\n  }}\n"
    )


def _block(lines: Sequence[str]) -> str:
    return "{\n      " + "\n      ".join(lines) + "\n    }" if lines else NOTHING


def _table(row: Row) -> str:
    columns = row["columns"] or []
    written = [column for column in columns if not column["is_generated"]]
    inserted = _fields((column, column["is_null"] or column["has_default"]) for column in written)
    updated = _fields((column, True) for column in written)
    return f"{{ Row: {_read(columns)}; Insert: {inserted}; Update: {updated}; Relationships: {_keys(row)} }}"


def _view(row: Row) -> str:
    return f"{{ Row: {_read(row['columns'] or [])}; Relationships: {_keys(row)} }}"


def _read(columns: Iterable[Row]) -> str:
    return _fields((column, False) for column in columns)


def _fields(columns: Iterable[tuple[Row, bool]]) -> str:
    """Each with whether it may be left out."""
    lines = [f"{_name(column)}{'?' if optional else ''}: {_column(column)}" for column, optional in columns]
    return f"{{ {'; '.join(lines)} }}" if lines else NOTHING


def _column(column: Row) -> str:
    if column["enum"]:
        kind = f"Database[{json.dumps(column['enum_schema'])}]['Enums'][{json.dumps(column['enum'])}]"
    else:
        kind = _type(column["type"].removesuffix("[]"))
    many = "[]" if column["is_array"] else ""
    return f"{kind}{many}{' | null' if column['is_null'] else ''}"


def _keys(row: Row) -> str:
    keys = [
        f"{{ foreignKeyName: {_name(key)}; columns: {json.dumps(key['columns'])}; "
        f"isOneToOne: {json.dumps(key['is_to_one'])}; referencedRelation: {json.dumps(key['target'])}; "
        f"referencedColumns: {json.dumps(key['target_columns'])} }}"
        for key in row["keys"] or []
    ]
    return f"[{', '.join(keys)}]"


def _function(function: Function) -> str:
    named = [each for each in function.arguments if each.name]
    arguments = [f"{json.dumps(each.name)}{'' if each.required else '?'}: {_sql_type(each.type)}" for each in named]
    taken = f"{{ {'; '.join(arguments)} }}" if arguments else "Record<PropertyKey, never>"
    return f"{{ Args: {taken}; Returns: {_returned(function)} }}"


def _returned(function: Function) -> str:
    if function.returns_relation:
        place = f"Database[{json.dumps(function.schema)}]"
        found = f"({place}['Tables'] & {place}['Views'])[{json.dumps(function.returns_relation)}]['Row']"
    elif function.columns:
        found = f"{{ {'; '.join(f'{json.dumps(each.name)}: {_sql_type(each.type)}' for each in function.columns)} }}"
    else:
        found = _sql_type(function.returns)
    return f"{found}[]" if function.returns_set else found


def _sql_type(type_: str) -> str:
    many = "[]" if type_.endswith("[]") else ""
    return _type(type_.removesuffix("[]")) + many


def _type(name: str) -> str:
    return PLAIN.get(name.partition("(")[0], "string")


def _name(row: Row) -> str:
    return json.dumps(row["name"])
