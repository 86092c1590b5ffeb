"""Requests made up from a catalog and the values that are there: reads, writes and calls, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from sahne.database.catalog import Column, Function, Relation, Schema
from sahne.database.relationships import Relationship

NUMBERS = frozenset({"integer", "smallint", "bigint", "numeric", "real", "double precision"})
TEXTS = frozenset({"text", "character varying", "character"})
BY_TYPE = {
    "integer": ["1", "2", "-3"], "smallint": ["1"], "bigint": ["4"], "numeric": ["1.50", "7"], "text": ["abc", "x y", ""],
    "boolean": ["true", "false"], "json": ['{"a": [1, null]}'], "integer[]": ["{1,2}"], "character": ["abc"],
    "bpchar": ["abc"], '"bit"': ["1"], "date": ["2026-01-02"], "mood": ["calm"], "short": ["abc"],
}  # fmt: skip
ONE = "application/vnd.pgrst.object+json"
ROLLBACK = "tx=rollback"


@dataclass(frozen=True, slots=True)
class Case:
    """One request; `str()` is what a rule of differences is matched with."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None

    def __str__(self) -> str:
        said = " ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path} {said} {self.body or ''}".strip()


class Cases:
    """`make(n)` gives n cases over what `role` may see of a schema."""

    def __init__(self, schema: Schema, database_url: str, role: str, seed: int) -> None:
        self._random = Random(seed)
        self._schema = schema
        self._role = role
        self._columns = {name: self._readable(each) for name, each in schema.relations.items()}
        self._relations = [each for name, each in schema.relations.items() if self._columns[name]]
        self._values = _values(database_url, self._relations, self._columns)

    def make(self, count: int) -> Iterator[Case]:
        functions = [each for of in self._schema.functions.values() for each in of if self._role in each.callers]
        for _ in range(count):
            kind = self._random.random()
            if kind < 0.2 and functions:
                yield self._call(self._random.choice(functions))
            elif kind < 0.45:
                yield self._write(self._random.choice(self._relations))
            else:
                yield self._read(self._random.choice(self._relations))

    def _readable(self, relation: Relation) -> list[Column]:
        privilege = self._schema.privileges.by_table.get(relation.name, {}).get(self._role)
        return [relation.columns[name] for name in privilege.reads] if privilege else []

    # -- reads

    def _read(self, relation: Relation) -> Case:
        method = self._random.choice(["GET"] * 9 + ["HEAD"])
        parameters = self._page(relation, embeds=True)
        headers = {}
        prefer = []
        if self._random.random() < 0.25:
            prefer.append("count=exact")
        if self._random.random() < 0.1:
            prefer.append("timezone=Asia/Tokyo")
        if prefer:
            headers["prefer"] = ", ".join(prefer)
        chance = self._random.random()
        if chance < 0.12:
            headers["accept"] = ONE
        elif chance < 0.16 and "(" not in dict(parameters).get("select", ""):
            headers["accept"] = "text/csv"
        elif chance < 0.2:
            headers["accept"] = "application/vnd.pgrst.array+json;nulls=stripped"
        if self._random.random() < 0.1:
            headers["range"] = self._random.choice(["0-1", "1-3", "2-", "0-0", "5-2"])
        return Case(method, _path(relation.name, parameters), headers)

    def _page(self, relation: Relation, *, embeds: bool) -> list[tuple[str, str]]:
        """`select`, filters, an order that leaves nothing open, limit and offset."""
        parameters = []
        if self._random.random() < 0.8 or len(self._columns[relation.name]) < len(relation.columns):
            parameters.append(("select", self._select(relation, 2 if embeds else 0, parameters)))
        parameters += self._filters(relation, "")
        parameters.append(("order", self._order(relation)))
        if self._random.random() < 0.3:
            parameters.append(("limit", str(self._random.choice([0, 1, 2, 5]))))
        if self._random.random() < 0.2:
            parameters.append(("offset", str(self._random.choice([0, 1, 3]))))
        return parameters

    def _select(self, relation: Relation, depth: int, parameters: list[tuple[str, str]], path: str = "") -> str:
        columns = self._columns[relation.name]
        items = []
        for column in self._random.sample(columns, min(len(columns), self._random.randint(1, 3))):
            items.append(self._item(column))
        found = [
            each for each in self._schema.relationships.get(relation.name, ()) if self._columns.get(each.target.name)
        ]
        if depth and found and self._random.random() < 0.6:
            items.append(self._embed(self._random.choice(found), depth, parameters, path))
        return ",".join(items)

    def _item(self, column: Column) -> str:
        name, chance = _name(column.name), self._random.random()
        if chance < 0.15:
            return f"other:{name}"
        if chance < 0.25 and column.base not in ("json", "jsonb"):
            return f"{name}::text"
        if column.base == "jsonb" and chance < 0.6:
            return self._random.choice([f"{name}->x", f"{name}->>x", f"{name}->deep->y->0", f"it:{name}->deep"])
        return name

    def _embed(self, way: Relationship, depth: int, parameters: list[tuple[str, str]], path: str) -> str:
        target = self._schema.relations[way.target.name]
        name, hint = way.target.name, way.junction.relation.name if way.junction else way.name
        inside = f"{path}e{depth}."
        inner = self._random.choice(["", "", "!inner", "!left"])
        hinted = f"!{_name(hint)}" if self._random.random() < 0.8 else ""
        children = self._select(target, depth - 1, parameters, inside)
        if not way.is_to_one:
            parameters.append((f"{inside}order", self._order(target)))
        if self._random.random() < 0.3:
            parameters += self._filters(target, inside)
        if self._random.random() < 0.2 and not way.is_to_one:
            parameters.append((f"{inside}limit", "1"))
        return f"e{depth}:{_name(name)}{hinted}{inner}({children})"

    def _filters(self, relation: Relation, path: str) -> list[tuple[str, str]]:
        filters = []
        for _ in range(self._random.choice([0, 0, 1, 1, 2])):
            column = self._random.choice(self._columns[relation.name])
            if self._random.random() < 0.15:
                other = self._random.choice(self._columns[relation.name])
                tree = f"({_name(column.name)}.{self._test(relation, column)},{_name(other.name)}.{self._test(relation, other)})"
                filters.append((f"{path}{self._random.choice(['or', 'and', 'not.or'])}", tree))
            else:
                filters.append((f"{path}{_name(column.name)}", self._test(relation, column)))
        return filters

    def _test(self, relation: Relation, column: Column) -> str:
        """An operator and its operand, out of the values that are there."""
        value = self._value(relation, column)
        negated = self._random.choice(["", "", "", "not."])
        tests = ["is.null", f"eq.{value}", f"neq.{value}", f"in.({value})", f"isdistinct.{value}"]
        if column.base in NUMBERS | {"date", "timestamp with time zone"} | TEXTS:
            tests += [f"gt.{value}", f"gte.{value}", f"lt.{value}", f"lte.{value}"]
        if column.base in TEXTS:
            tests += [f"like.{value[:1]}*", f"ilike.*{value[-1:]}*", f"match.{value[:1]}", f"imatch.{value[:1]}"]
            tests += [f"eq(any).{{{value}}}", f"like(all).{{{value[:1]}*}}"]
        if column.base.endswith("[]") or column.base == "jsonb":
            tests = ["is.null", f"eq.{value}", "cs.{}", f"cd.{value}", f"cs.{value}"]
        if column.base == "json":
            tests = ["is.null"]
        return negated + self._random.choice(tests)

    def _order(self, relation: Relation) -> str:
        terms = []
        if self._random.random() < 0.5:
            column = self._random.choice(self._columns[relation.name])
            if column.base not in ("json", "xml", "point"):
                way = self._random.choice(["", ".desc", ".asc", ".desc.nullslast", ".nullsfirst"])
                terms.append(_name(column.name) + way)
        known = {each.name for each in self._columns[relation.name]}
        keys = [name for name in relation.primary_key if name in known]
        rest = keys if keys and len(keys) == len(relation.primary_key) else [
            each.name for each in self._columns[relation.name] if each.base != "json"
        ]  # fmt: skip
        return ",".join([*terms, *(_name(name) for name in rest)])

    def _value(self, relation: Relation, column: Column) -> str:
        return self._random.choice(self._values[relation.name].get(column.name) or BY_TYPE.get(column.base, ["1"]))

    # -- writes

    def _write(self, relation: Relation) -> Case:
        returns = self._random.choice(["minimal", "representation", "representation", "headers-only", ""])
        prefer = [ROLLBACK] + ([f"return={returns}"] if returns else [])
        if self._random.random() < 0.15:
            prefer.append("count=exact")
        is_plain = bool(relation.primary_key) and all(_name(each) == each for each in relation.columns)
        method = self._random.choice(["POST", "POST", "PATCH", "DELETE", "PUT" if is_plain else "POST"])
        headers, parameters = {}, []
        if returns == "representation" or self._random.random() < 0.1:
            columns = self._random.sample(self._columns[relation.name], min(3, len(self._columns[relation.name])))
            parameters.append(("select", ",".join(_name(each.name) for each in columns)))
        if self._random.random() < 0.1:
            headers["accept"] = ONE
        body: Any = None
        if method == "POST":
            body = [self._row(relation) for _ in range(self._random.choice([1, 1, 2]))]
            if self._random.random() < 0.35:
                prefer.append(f"resolution={self._random.choice(['merge', 'ignore'])}-duplicates")
            if self._random.random() < 0.5:
                body = body[0]
        elif method == "PATCH":
            body = self._row(relation, few=True)
            parameters += self._filters(relation, "") or self._key(relation)
        elif method == "DELETE":
            parameters += self._filters(relation, "") or self._key(relation)
        else:
            key = {name: self._value(relation, relation.columns[name]) for name in relation.primary_key}
            body = self._row(relation) | key
            parameters += [(name, f"eq.{value}") for name, value in key.items()]
        headers["prefer"] = ", ".join(prefer)
        if body is not None:
            headers["content-type"] = "application/json"
        return Case(method, _path(relation.name, parameters), headers, None if body is None else json.dumps(body))

    def _row(self, relation: Relation, *, few: bool = False) -> dict[str, Any]:
        """Values of several rows that are there, the key's own more often than not."""
        columns = list(relation.columns.values())
        chosen = self._random.sample(columns, min(len(columns), self._random.randint(1, 2 if few else 5)))
        if not few and self._random.random() < 0.8:
            chosen = [*(relation.columns[name] for name in relation.primary_key), *chosen]
        return {each.name: self._random.choice([None, *[self._value(relation, each)] * 5]) for each in chosen}

    def _key(self, relation: Relation) -> list[tuple[str, str]]:
        names = relation.primary_key or tuple(each.name for each in self._columns[relation.name][:1])
        return [(_name(name), f"eq.{self._value(relation, relation.columns[name])}") for name in names]

    # -- calls

    def _call(self, function: Function) -> Case:
        given = {
            each.name: self._random.choice(BY_TYPE.get(each.type.rpartition(".")[2], ["1"]))
            for each in function.arguments
            if each.name and (each.required or self._random.random() < 0.5)
        }
        headers = {}
        if self._random.random() < 0.2:
            headers["prefer"] = "count=exact"
        if self._random.random() < 0.1:
            headers["accept"] = ONE
        if self._random.random() < 0.05:
            given["nobody_has_this"] = "1"
        name = f"rpc/{function.name}"
        if function.volatility != "v" and self._random.random() < 0.5:
            if self._random.random() < 0.1:
                headers["range"] = "0-1"
            return Case("GET", _path(name, list(given.items())), headers)
        headers["prefer"] = ", ".join([ROLLBACK, *([headers["prefer"]] if "prefer" in headers else [])])
        headers["content-type"] = "application/json"
        body = {key: json.loads(value) if value.startswith(('{"', "[")) else value for key, value in given.items()}
        return Case("POST", _path(name, []), headers, json.dumps(body))


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


def _name(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else '"' + name.replace('"', '\\"') + '"'


def _path(name: str, parameters: list[tuple[str, str]]) -> str:
    query = "&".join(f"{quote(key, safe='.')}={quote(value, safe='.,()*:!{}')}" for key, value in parameters)
    return f"/{quote(name)}" + (f"?{query}" if query else "")
