"""The exposed schema as values: tables, columns, relationships, functions. Read whole, once; then only memory.

`CatalogKeeper.current` is replaced as a whole when the schema changes, so whoever holds a catalog sees one
moment of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sahne.database.privileges import Privilege, Privileges
from sahne.database.relationships import ForeignKey, Relationship, relationships_of
from sahne.database.result import StatementFailed
from sahne.database.rules import Rule, Rules

EXPOSED_SCHEMA = "public"


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is how SQL writes it, `base` the type below a domain, `default` an SQL expression."""

    name: str
    type: str
    base: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view. `partly_readable`: for roles without SELECT on the whole, the columns they may read."""

    name: str
    primary_key: tuple[str, ...]
    columns: Mapping[str, Column]
    partly_readable: Mapping[str, tuple[str, ...]]

    def readable(self, role: str) -> tuple[str, ...] | None:
        """The columns `select=*` means for a role, None for all of them."""
        return self.partly_readable.get(role) or None


@dataclass(frozen=True, slots=True)
class Argument:
    """One input of a function; `name` is empty for an unnamed one."""

    name: str
    type: str
    required: bool
    variadic: bool
    composite: bool


@dataclass(frozen=True, slots=True)
class Function:
    """`returns_relation` is the exposed table whose rows come back; `columns` those of a `returns table`."""

    name: str
    volatility: str
    arguments: tuple[Argument, ...]
    returns: str
    returns_set: bool
    returns_row: bool
    returns_relation: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a request is planned against. `version` counts the reloads."""

    version: int = 0
    relations: Mapping[str, Relation] = field(default_factory=dict)
    relationships: Mapping[str, tuple[Relationship, ...]] = field(default_factory=dict)
    functions: Mapping[str, tuple[Function, ...]] = field(default_factory=dict)
    time_zones: frozenset[str] = frozenset()
    rules: Rules = field(default_factory=Rules)
    privileges: Privileges = field(default_factory=Privileges)

    def in_words(self, failure: StatementFailed, role: str) -> StatementFailed:
        """The failure as a person should read it: a constraint's sentence, or what a role may do instead."""
        return self.privileges.in_words(self.rules.in_words(failure), role)


Rows = list[dict[str, Any]]


def catalog_from(version: int, rows: Mapping[str, Rows]) -> Catalog:
    """A catalog out of the rows of the queries in `catalog.sql`, by the query's name."""
    privileges = _privileges(rows["privileges"])
    relations = {row["name"]: _relation(row, privileges) for row in rows["relations"]}
    keys = [
        ForeignKey(
            row["name"], row["source"], row["target"], tuple(row["columns"]), tuple(row["target_columns"]),
            row["is_unique"],
        )
        for row in rows["foreign_keys"]
    ]  # fmt: skip
    passed_on: dict[str, dict[str, tuple[str, str]]] = {}
    for row in rows["view_columns"]:  # the last one is the outermost select's
        passed_on.setdefault(row["view"], {})[row["name"]] = (row["origin"], row["origin_column"])
    functions: dict[str, list[Function]] = {}
    for row in rows["functions"]:
        functions.setdefault(row["name"], []).append(_function(row))
    return Catalog(
        version,
        relations,
        relationships_of(keys, {name: each.primary_key for name, each in relations.items()}, passed_on),
        {name: tuple(overloads) for name, overloads in functions.items()},
        frozenset(row["name"] for row in rows["time_zones"]),
        Rules(
            {row["name"]: Rule(row["constraint_name"], row["sentence"]) for row in rows["rules"]},
            {row["name"]: row["table_name"] for row in rows["partitions"]},
        ),
        privileges,
    )


def _privileges(rows: Sequence[Mapping[str, Any]]) -> Privileges:
    by_table: dict[str, dict[str, Privilege]] = {}
    for row in rows:
        by_table.setdefault(row["table_name"], {})[row["role"]] = Privilege(
            row["columns"], tuple(row["reads"]), tuple(row["inserts"]), tuple(row["updates"]), row["deletes"]
        )
    return Privileges(by_table)


def _relation(row: dict[str, Any], privileges: Privileges) -> Relation:
    of_roles = privileges.by_table.get(row["name"], {})
    return Relation(
        row["name"],
        tuple(row["primary_key"]),
        {each["name"]: Column(**each) for each in row["columns"] or []},
        {role: its.reads for role, its in of_roles.items() if 0 < len(its.reads) < its.columns},
    )


def _function(row: dict[str, Any]) -> Function:
    modes = row["modes"] or ["i"] * len(row["types"])
    names = row["names"] or [""] * len(row["types"])
    every = list(zip(names, row["types"], modes, row["composites"], strict=True))
    inputs = [each for each in every if each[2] in "ibv"]
    required = len(inputs) - row["defaults"]
    return Function(
        row["name"],
        row["volatility"],
        tuple(
            Argument(name, type_, place < required and mode != "v", mode == "v", composite)
            for place, (name, type_, mode, composite) in enumerate(inputs)
        ),
        row["returns"],
        row["returns_set"],
        row["returns_row"],
        row["returns_relation"],
        tuple(Column(name, type_, type_, None) for name, type_, mode, _ in every if mode in "tbo"),
    )
