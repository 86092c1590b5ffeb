"""What requests are made of: a schema, the values in it, and chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

import psycopg
from psycopg import sql

from sahne.database.catalog import Column, Relation, Schema

BY_TYPE = {
    "integer": ["1", "2", "-3"], "smallint": ["1"], "bigint": ["4"], "numeric": ["1.50", "7"], "text": ["abc", "x y", ""],
    "boolean": ["true", "false"], "json": ['{"a": [1, null]}'], "jsonb": ['{"b":  1}', "[]"], "integer[]": ["{1,2}"],
    "character": ["abc"], "bpchar": ["abc"], '"bit"': ["1"], "date": ["2026-01-02"], "mood": ["calm"], "short": ["abc"],
    "int4range": ["[1,4)", "empty"], "bytea": ["\\x00ff"], "uuid": ["00000000-0000-4000-8000-000000000001"],
    "interval": ["1 day"], "double precision": ["0.1", "NaN"], "text[]": ["{a,b}"],
}  # fmt: skip
ONE = "application/vnd.pgrst.object+json"
LIST = "application/vnd.pgrst.array+json"
STRIPPED = ";nulls=stripped"


@dataclass(frozen=True, slots=True)
class Case:
    """One request; `str()` is what a rule of differences is matched with."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    is_spoiled: bool = False

    def __str__(self) -> str:
        said = " ".join(f"{name}: {value}" for name, value in self.headers.items())
        spoiled = "# spoiled" if self.is_spoiled else ""
        return " ".join(f"{self.method} {self.path} {said} {self.body or ''} {spoiled}".split()).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """`columns` are those that the role may read, `values` the texts of those that are there."""

    random: Random
    schema: Schema
    role: str
    relations: Sequence[Relation]
    columns: dict[str, list[Column]]
    values: dict[str, dict[str, list[str]]]

    def by_chance(self, likelihood: float) -> bool:
        """True so often of once."""
        return self.random.random() < likelihood

    def value(self, relation: Relation, column: Column) -> str:
        """One that is in the column, or could be."""
        return self.random.choice(self.values[relation.name].get(column.name) or BY_TYPE.get(column.base, ["1"]))

    def some(self, columns: Sequence[Column], at_most: int) -> list[Column]:
        """One to so many of them, in any order."""
        return self.random.sample(columns, min(len(columns), self.random.randint(1, at_most)))


def material(schema: Schema, database_url: str, role: str, seed: int) -> Material:
    """All of a schema that `role` may read."""
    columns = {name: _readable(schema, role, each) for name, each in schema.relations.items()}
    relations = [each for name, each in schema.relations.items() if columns[name]]
    return Material(
        random=Random(seed),
        schema=schema,
        role=role,
        relations=relations,
        columns=columns,
        values=_values(database_url, relations, columns),
    )


def _readable(schema: Schema, role: str, relation: Relation) -> list[Column]:
    privilege = schema.privileges.by_table.get(relation.name, {}).get(role)
    return [relation.columns[name] for name in privilege.reads] if privilege else []


def _values(
    database_url: str, relations: Sequence[Relation], columns: dict[str, list[Column]]
) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    with psycopg.connect(database_url) as conn:
        for relation in relations:
            names = sql.SQL(", ").join(
                sql.SQL("{}::text").format(sql.Identifier(each.name)) for each in columns[relation.name]
            )
            table = sql.Identifier(relation.schema, relation.name)
            rows = conn.execute(sql.SQL("select {} from {} order by 1 limit 6").format(names, table)).fetchall()
            found[relation.name] = {
                column.name: [row[place] for row in rows if row[place] is not None]
                for place, column in enumerate(columns[relation.name])
            }
    return found


def named(name: str) -> str:
    """As a name stands in a query string."""
    return name if name.replace("_", "").isalnum() and name.isascii() else '"' + name.replace('"', '\\"') + '"'


def path_of(name: str, parameters: Sequence[tuple[str, str]]) -> str:
    """A path with its query string."""
    query = "&".join(f"{quote(key, safe='.>-')}={quote(value, safe='.,()*:!{}')}" for key, value in parameters)
    return f"/{quote(name)}" + (f"?{query}" if query else "")
