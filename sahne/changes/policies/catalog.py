"""What the catalogs say of tables and functions, asked once for each and role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from psycopg import AsyncConnection, Error

from sahne.changes.policies.node_tree import Node, read_tree
from sahne.changes.policies.uses import NotUnderstood
from sahne.changes.policies.written import Tokens, tokens_of
from sahne.changes.tables import PUBLICATION
from sahne.database.fetch import every, maybe, one
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)
Connection = AsyncConnection[dict[str, Any]]

_ATOMIC = re.compile(r"BEGIN ATOMIC\s(.*);\s*END|RETURN\s(.*)", re.DOTALL)


class Column(NamedTuple):
    """A column; `name` as it is in the stream, `quoted` as SQL writes it, `type` with what a value must be cast to."""

    number: int
    name: str
    quoted: str
    type: str
    type_oid: int
    collation: str | None
    generated: bool
    readable: bool


class Policy(NamedTuple):
    """A policy that decides what a role reads."""

    name: str
    permissive: bool
    condition: Tokens
    tree: list[Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as a role reads it.

    `reachable`: its schema may be used. `bound`: row security holds. `told_whole`: the stream has each of its changes.
    """

    oid: int
    schema: str
    name: str
    kind: str
    of_postgres: bool
    reachable: bool
    bound: bool
    has_relatives: bool
    told_whole: bool
    columns: Mapping[int, Column]
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as a role calls it."""

    oid: int
    schema: str
    name: str
    of_postgres: bool
    volatility: str
    language: str
    kind: str
    as_owner: bool
    strict: bool
    many: bool
    type_oid: int
    type: str
    kind_of_type: str
    arguments: int
    names: list[str]
    other_arguments: bool
    signature: str
    result: str
    config: list[str]
    source: str
    body: str | None
    owner: str
    reachable: bool
    callable: bool

    @property
    def type_words(self) -> Tokens:
        """The type of its answer."""
        return tokens_of(self.type)


class Body(NamedTuple):
    """A function's body as PostgreSQL reads it: its words, its tree, and what its arguments are called in front of."""

    words: Tokens
    tree: list[Node]
    name: str


class Catalog:
    """Asks within a transaction that is not kept."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._relations: dict[tuple[int, str], Relation] = {}
        self._functions: dict[tuple[int, str], Function] = {}

    async def relation(self, oid: int, role: str) -> Relation:
        """A table as `role` reads it."""
        if (oid, role) not in self._relations:
            place = {"oid": oid, "role": role, "publication": PUBLICATION}
            row = await self._in_full(QUERIES["relation"], place)
            self._relations[oid, role] = _relation(row)
        return self._relations[oid, role]

    async def function(self, oid: int, role: str) -> Function:
        """A function as `role` calls it."""
        if (oid, role) not in self._functions:
            row = await self._in_full(QUERIES["function"], {"oid": oid, "role": role})
            self._functions[oid, role] = Function(**row)
        return self._functions[oid, role]

    async def functions_of(self, operators: Iterable[int]) -> set[int]:
        """What these operators call."""
        rows = await every(self._conn, QUERIES["functions_of_operators"], {"oids": list(operators)})
        return {row["oid"] for row in rows}

    async def impure_casts(self, types: Iterable[int]) -> list[str]:
        """Those of these types whose text is read by more than the text."""
        rows = await every(self._conn, QUERIES["functions_of_casts"], {"oids": list(types)})
        return [row["name"] for row in rows]

    async def body_of(self, function: Function, path: str) -> Body:
        """The body, made anew as a function of the session's so that PostgreSQL reads it, and taken back.

        Raises:
            NotUnderstood: PostgreSQL does not read it.
        """
        name = f"body_{uuid4().hex}"
        source = function.body or f"begin atomic {function.source.strip().rstrip(';')}\n; end"
        make = f"create function pg_temp.{name}({function.signature}) returns {function.result} language sql {source}"
        try:
            async with self._conn.transaction(force_rollback=True):
                await self._conn.execute(QUERIES["names_along"], {"path": path})
                await self._conn.execute(make.encode(), prepare=True)  # prepared it is one statement, whatever it holds
                await self._conn.execute(QUERIES["names_in_full"])
                row = await one(self._conn, QUERIES["body_of"], {"name": name})
        except Error as error:
            raise NotUnderstood(f"the body of {function.schema}.{function.name} is not read: {error}") from None
        text = _ATOMIC.fullmatch(row["body"].strip())
        if text is None:
            raise NotUnderstood(f"the body of {function.schema}.{function.name} is not one query")
        words, tree = tokens_of(text[1] if text[1] is not None else f"SELECT {text[2]}"), read_tree(row["tree"])
        if ";" in words or len(tree) != 1:
            raise NotUnderstood(f"the body of {function.schema}.{function.name} is not one query")
        return Body(words, tree, name)

    async def _in_full(self, query: bytes, values: Mapping[str, object]) -> dict[str, Any]:
        async with self._conn.transaction(force_rollback=True):
            await self._conn.execute(QUERIES["names_in_full"])
            row = await maybe(self._conn, query, values)
        if row is None:
            raise NotUnderstood("a table, function or role of it is gone")
        return row


def _relation(row: dict[str, Any]) -> Relation:
    columns = {each["number"]: Column(**each) for each in row.pop("columns") or ()}
    policies = tuple(
        Policy(each["name"], each["permissive"], tokens_of(each["condition"]), read_tree(each["tree"]))
        for each in row.pop("policies")
    )
    return Relation(**row, columns=columns, policies=policies)
