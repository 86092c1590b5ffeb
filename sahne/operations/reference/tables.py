"""What the catalog says of each table, as frozen values: the page and the diagram are both drawn from these."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import psycopg
from psycopg.rows import dict_row

from sahne.database.sql import load_queries

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `…_by` name the client roles that may, of `anon` and `authenticated`."""

    name: str
    type: str
    nullable: bool
    default: str | None
    purpose: str
    read_by: list[str]
    inserted_by: list[str]
    updated_by: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A key, a reference (with its `target` as `schema.table`) or a check."""

    name: str
    kind: Literal["p", "u", "f", "c", "x"]
    definition: str
    columns: list[str]
    target: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """An index that is no key's, or a trigger: its name, and the rest of it as PostgreSQL writes it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which rows (`rows` of those there, `new_rows` of those to be) the roles may reach with a command."""

    name: str
    command: str
    roles: list[str]
    rows: str | None
    new_rows: str | None
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table or view with all that belongs to it."""

    schema: str
    name: str
    purpose: str
    old_rows_whole: bool
    published: bool
    deleted_by: list[str]
    partitioned_by: str | None
    columns: list[Column]
    constraints: list[Constraint]
    indexes: list[Named]
    triggers: list[Named]
    policies: list[Policy]

    @property
    def references(self) -> list[Constraint]:
        """The foreign keys."""
        return [each for each in self.constraints if each.kind == "f"]


def read_tables(conn: psycopg.Connection[Any]) -> list[Table]:
    """Every table of `public`, then of `private`, by name; partitions are their parent's."""
    queries = load_queries(__package__)
    with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute("set local search_path = ''")  # expressions name everything with its schema

        def ask(name: str) -> list[dict[str, Any]]:
            return cursor.execute(queries[name]).fetchall()

        columns = _by_table(ask("columns"), Column)
        constraints = _by_table(ask("constraints"), Constraint)
        indexes = _by_table(ask("indexes"), Named)
        triggers = _by_table(ask("triggers"), Named)
        policies = _by_table(ask("policies"), Policy)
        return [
            Table(
                **row,
                columns=columns[row["schema"], row["name"]],
                constraints=constraints[row["schema"], row["name"]],
                indexes=indexes[row["schema"], row["name"]],
                triggers=triggers[row["schema"], row["name"]],
                policies=policies[row["schema"], row["name"]],
            )
            for row in ask("tables")
        ]


def _by_table(rows: list[dict[str, Any]], kind: type[Thing]) -> dict[tuple[str, str], list[Thing]]:
    by_table: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for row in rows:
        table = (row.pop("schema"), row.pop("table"))
        by_table[table].append(kind(**row))
    return by_table
