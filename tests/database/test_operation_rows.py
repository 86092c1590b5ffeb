"""The rows that operations answer are the tables': what a signed-in reader may select, its types, nulls and words."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.python_types import python_types
from sahne.gateway.functions.rows import Row, kept_row
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.functions.typescript import typescript
from tests.database.operation_rows import PAGE, render
from tests.world import World

DESCRIPTION = describe(OPERATIONS, "")
of_tables = pytest.mark.parametrize(
    "row", [row for row in Row.__subclasses__() if not row.shown_by], ids=lambda row: row.__name__
)
behind = pytest.mark.parametrize(
    "row", [row for row in Row.__subclasses__() if row.shown_by], ids=lambda row: row.__name__
)


def test_what_is_kept_is_what_the_catalog_and_the_grants_say(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        assert render(conn) == PAGE.read_text("utf-8"), "print it anew: python scripts/operation-rows"


def test_a_column_that_is_granted_or_taken_away_is_seen(database_url: str) -> None:
    with psycopg.connect(database_url) as conn, conn.transaction(force_rollback=True):
        conn.execute("alter table public.live_gifts add column mood text check (mood = any (array['calm', 'wild']))")
        assert "mood" not in render(conn), "nobody may read it"
        conn.execute("grant select (mood) on public.live_gifts to authenticated")
        assert '  "mood": {"type":["string","null"],"enum":["calm","wild",null]}' in render(conn)
        conn.execute("revoke select (mood) on public.live_gifts from authenticated")
        assert "mood" not in render(conn)


@of_tables
def test_a_reader_may_select_each_of_its_columns_and_no_other(world: World, bo: UUID, row: type[Row]) -> None:
    shown = [*kept_row(row)["columns"]]
    world.sql(bo, f"select {', '.join(shown)} from {row.table}")
    every = world.one("select array_agg(attname::text) from pg_attribute where attrelid = %s::regclass and attnum > 0",
                      row.table)  # fmt: skip
    for hidden in set(every) - set(shown):
        with pytest.raises(InsufficientPrivilege):
            world.sql(bo, f"select {hidden} from {row.table}")


@behind
def test_what_a_function_shows_of_a_table_is_nobodys_to_select(world: World, bo: UUID, row: type[Row]) -> None:
    assert kept_row(row)["columns"].keys() >= {"created_at"}
    with pytest.raises(InsufficientPrivilege):
        world.sql(bo, f"select created_at from {row.table}")


@pytest.mark.parametrize("row", Row.__subclasses__(), ids=lambda row: row.__name__)
def test_document_and_types_have_its_columns_and_no_other(row: type[Row]) -> None:
    columns = [*kept_row(row)["columns"]]
    described = DESCRIPTION["components"]["schemas"][row.__name__]
    assert (described["required"], [*described["properties"]], described["additionalProperties"]) == (
        columns, columns, False,
    )  # fmt: skip
    assert fields_of(typescript(DESCRIPTION), rf"^export interface {row.__name__} {{\n(.*?)^}}") == columns
    assert fields_of(python_types(DESCRIPTION), rf"^class {row.__name__}\(TypedDict\):\n(.*?)^\S") == columns


def fields_of(printed: str, block: str) -> list[str]:
    """The names in the first such block of what `sahne types` prints."""
    found: Any = re.search(block, printed, re.DOTALL | re.MULTILINE)
    return re.findall(r"^ +(\w+):", found[1], re.MULTILINE)
