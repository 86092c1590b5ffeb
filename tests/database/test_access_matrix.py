"""The access matrix: every cell of access_matrix.toml asserted against the database, as each of ten actors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from sahne.database.sql import load_queries
from tests.database.access.document import PAGE, render
from tests.database.access.matrix import HERE, Cells, read_matrix
from tests.database.access.world import ACTORS, PEOPLE, AccessWorld, make_world
from tests.world import World

DENIED = "42501"
MATRIX = read_matrix()
INSERTS = load_queries("tests.database.access", "inserts.sql")


@pytest.fixture(scope="module")
def database_url(migrated_or_restored: str) -> str:
    """The cells hold in a database that was migrated and in one that was restored from its dump."""
    return migrated_or_restored


@pytest.fixture(scope="module")
def made(database_url: str) -> AccessWorld:
    world = World(database_url)
    world.owner((HERE / "probe.sql").read_text("utf-8"))
    return make_world(world)


@contextmanager
def acting(made: AccessWorld, actor: str) -> Iterator[Connection[Any]]:
    with made.world.serving() if actor == "service_role" else made.world.acting(made.people.get(actor)) as conn:
        yield conn


def outcomes(made: AccessWorld, actor: str, statements: list[str]) -> list[str]:
    """What became of each statement: `ok` or its SQLSTATE; none of them lasts."""
    with acting(made, actor) as conn:
        row = conn.execute("select probe.outcomes(%s) as found", (statements,)).fetchone()
        assert row is not None
        return list(row["found"])


def reached(made: AccessWorld, actor: str, statement: str) -> set[Any]:
    """The keys a statement answers, or that it is denied; it does not last."""
    with acting(made, actor) as conn:
        try:
            found = {row["id"] for row in conn.execute(statement.encode())}
        except psycopg.errors.InsufficientPrivilege:
            found = {DENIED}
        conn.rollback()
        return found


def wanted(made: AccessWorld, cells: Cells, actor: str, verb: str) -> set[Any]:
    return made.ids(cells.table, cells.rows(actor, verb)) if cells.may(actor, verb) else {DENIED}


def test_every_table_and_column_has_its_cells(made: AccessWorld) -> None:
    there = made.world.owner(
        """select relname as table, array_agg(attname::text order by attname) as columns
             from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
            group by 1"""
    )
    assert {row["table"]: row["columns"] for row in there} == {
        table: sorted(cells.columns()) for table, cells in MATRIX.items()
    }
    assert INSERTS.keys() == MATRIX.keys()


def test_the_world_has_a_row_for_every_label(made: AccessWorld) -> None:
    for table, cells in MATRIX.items():
        labels = set(made.rows[table].values())
        assert labels, table
        for actor in ACTORS:
            for verb in ("select", "update", "delete"):
                assert set(cells.rows(actor, verb).split()) <= labels | {"*"}, (table, actor, verb)
        there = {row["id"] for row in made.world.owner(f"select id from public.{table}")}
        assert there == made.rows[table].keys(), f"{table}: a row without a label"


def attempt(actor: str, verb: str, table: str, column: str) -> str:
    """Reading or writing one column. A write that must be refused names it nowhere else, lest that be what is refused;
    one that must pass changes nothing, lest a trigger object to the change.
    """
    if verb == "select":
        return f"select {column} from public.{table}"
    value = column if MATRIX[table].may_with(actor, verb, column) else "default"
    return f"update public.{table} set {column} = {value}"


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("verb", ["select", "update"])
def test_each_column_is_open_or_closed(made: AccessWorld, actor: str, verb: str) -> None:
    cells = [(table, column) for table, each in MATRIX.items() for column in each.columns()]
    found = outcomes(made, actor, [attempt(actor, verb, *cell) for cell in cells])
    allowed = {cell for cell, outcome in zip(cells, found, strict=True) if outcome != DENIED}
    assert allowed == {cell for cell in cells if MATRIX[cell[0]].may_with(actor, verb, cell[1])}


@pytest.mark.parametrize("actor", ACTORS)
def test_each_actor_sees_their_rows_and_no_other(made: AccessWorld, actor: str) -> None:
    found = {table: reached(made, actor, f"select id from public.{table}") for table in MATRIX}
    assert found == {table: wanted(made, cells, actor, "select") for table, cells in MATRIX.items()}


@pytest.mark.parametrize("actor", [*PEOPLE, "anon"])
def test_each_actor_changes_their_rows_and_no_other(made: AccessWorld, actor: str) -> None:
    for table, cells in MATRIX.items():
        for column in cells.columns():
            if cells.may_with(actor, "update", column):
                statement = f"update public.{table} set {column} = {column} returning id"
                assert reached(made, actor, statement) == wanted(made, cells, actor, "update"), (table, column)


@pytest.mark.parametrize("actor", ACTORS)
def test_each_actor_deletes_their_rows_and_no_other(made: AccessWorld, actor: str) -> None:
    for table, cells in MATRIX.items():
        if actor == "service_role":
            found = outcomes(made, actor, [f"delete from public.{table}"])
            assert (found != [DENIED]) == cells.may(actor, "delete"), table
        else:
            found_rows = reached(made, actor, f"delete from public.{table} returning id")
            assert found_rows == wanted(made, cells, actor, "delete"), table


@pytest.mark.parametrize("actor", ACTORS)
def test_each_actor_inserts_a_row_of_their_own_or_none(made: AccessWorld, actor: str) -> None:
    names = made.named() | {"rose": next(iter(made.ids("gifts", "offered")))}
    me = names.get(actor, made.people["owner"])
    with acting(made, actor) as conn:
        statements = [psycopg.ClientCursor(conn).mogrify(INSERTS[table], names | {"me": me}) for table in MATRIX]
    found = dict(zip(MATRIX, outcomes(made, actor, statements), strict=True))
    assert found == {table: "ok" if cells.may_insert(actor) else DENIED for table, cells in MATRIX.items()}


@pytest.mark.parametrize("verb", ["select", "insert", "update"])
def test_the_grants_are_the_cells(made: AccessWorld, verb: str) -> None:
    """Beside the attempts: what the catalog says, also where no row of the world would show it."""
    granted = (
        """select has_column_privilege(%(role)s, ('public.' || %(table)s)::regclass, %(column)s, %(verb)s) as yes"""
    )
    for role, actor in (("anon", "anon"), ("authenticated", "stranger"), ("service_role", "service_role")):
        with psycopg.connect(made.world.url) as conn:
            for table, cells in MATRIX.items():
                for column in cells.columns():
                    names = {"role": role, "table": table, "column": column, "verb": verb}
                    found = conn.execute(granted, names).fetchone()
                    assert found == (cells.may_with(actor, verb, column),), names


def test_no_client_truncates_references_or_hangs_triggers(made: AccessWorld) -> None:
    held = made.world.owner(
        """select table_name, grantee, privilege_type from information_schema.table_privileges
            where table_schema = 'public' and grantee in ('anon', 'authenticated', 'PUBLIC')
              and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')"""
    )
    assert held == []


def test_the_document_shows_these_cells() -> None:
    assert PAGE.read_text("utf-8") == render(MATRIX), "run `python scripts/access-matrix`"
