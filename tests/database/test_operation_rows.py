"""The rows that operations answer are the tables': what a signed-in reader may select, its types, nulls and words."""

from __future__ import annotations

import re
from datetime import datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import psycopg
import pytest

from sahne.gateway.functions import rows
from sahne.gateway.functions.answers import Generation, StatementLine
from sahne.operations.reference.tables import Column, Table, read_tables

TABLES: dict[str, type] = {
    "public.live_sessions": rows.Session,
    "public.live_participants": rows.Participant,
    "public.live_messages": rows.Message,
    "public.live_gifts": rows.LiveGift,
    "public.live_session_bans": rows.SessionBan,
    "public.live_guest_requests": rows.GuestRequest,
    "public.calls": rows.CallOfTwo,
    "public.generated_images": rows.Picture,
    # behind the API, where the operation itself says what is shown
    "private.tickets": rows.Ticket,
    "private.creator_bans": rows.CreatorBan,
}
TYPES = {
    "uuid": UUID, "text": str, "integer": int, "bigint": int, "boolean": bool, "timestamp with time zone": datetime,
    "real": float, "jsonb": dict[str, object],
}  # fmt: skip
A_LIST = re.compile(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.*?)\]\)\)\)")


@pytest.fixture(scope="module")
def tables(database_url: str) -> dict[str, Table]:
    with psycopg.connect(database_url) as conn:
        return {f"{table.schema}.{table.name}": table for table in read_tables(conn)}


def columns_of(table: Table) -> dict[str, Any]:
    """Each column's type as Python has it, with the words that a check allows."""
    lists = {found[1]: found[2] for each in table.constraints if (found := A_LIST.search(each.definition))}
    words = {name: tuple(re.findall(r"'([^']*)'", each)) for name, each in lists.items()}
    return {column.name: kind_of(column, words.get(column.name)) for column in table.columns}


def kind_of(column: Column, words: tuple[str, ...] | None) -> Any:
    kind: Any = Literal[words] if words else TYPES[column.type]
    return kind | None if column.nullable else kind


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_what_the_catalog_says(tables: dict[str, Table], name: str) -> None:
    table, row = tables[name], get_type_hints(TABLES[name])
    columns = columns_of(table)
    assert {field: columns.get(field) for field in row} == row
    if name.startswith("public."):
        assert set(row) == {column.name for column in table.columns if "authenticated" in column.read_by}


def test_words_that_tables_allow_are_those_of_answers(tables: dict[str, Table]) -> None:
    for answer, field, name in (
        (StatementLine, "kind", "public.coin_transactions"),
        (Generation, "status", "public.generations"),
    ):
        column = "kind" if field == "kind" else "status"
        assert set(get_args(get_type_hints(answer)[field])) == set(words(columns_of(tables[name])[column]))


def words(kind: Any) -> tuple[str, ...]:
    """Those of a type that may be null as well."""
    kinds = [each for each in get_args(kind) if each is not NoneType] if get_origin(kind) is not Literal else [kind]
    return tuple(word for each in kinds for word in get_args(each))
