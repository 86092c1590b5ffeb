"""What is known of the published tables: columns, key, row security, and what each role may read.

PostgreSQL describes a table anew in the stream, in commit order, after anything about it has changed: columns,
grants, policies, publication. So what is known is forgotten exactly then; subscribers' questions also ask again
when the answer is older than `FRESH_SECONDS`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sahne.changes.values import Type, Writer, root_of, writer_of
from sahne.database.actor import ANON, ANONYMOUS, AUTHENTICATED, SERVICE_ROLE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)

FRESH_SECONDS = 1.0
SEEKING_AT_ONCE_MAX = 1  # of the pool's connections, for tables that are not published: anybody may ask for a hundred
ROLES = frozenset({ANON, AUTHENTICATED, SERVICE_ROLE})
PUBLICATION = "supabase_realtime"

Name = tuple[str, str]  # its schema's, its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. `readable` maps a role to the columns it may select; `key` is the primary key in its order.

    `types` are the columns' as they are declared, `roots` the same without their domains: how values compare.
    `shown_nothing` are the roles that row security shows no row to, whatever stands in it.
    """

    oid: int
    schema: str
    name: str
    row_security: bool
    published: bool
    key: tuple[str, ...]
    columns: tuple[str, ...]
    types: Mapping[str, Type]
    roots: Mapping[str, Type]
    writers: Mapping[str, Writer] = field(repr=False)
    readable: Mapping[str, frozenset[str]]
    shown_nothing: frozenset[str] = frozenset()

    @property
    def full_name(self) -> str:
        """With its schema."""
        return f"{self.schema}.{self.name}"

    def reads(self, role: str) -> frozenset[str]:
        """The columns `role` may select."""
        return self.readable.get(role, frozenset())


class Tables:
    """The tables of the publication, asked of PostgreSQL and remembered, with what each of `roles` may read."""

    def __init__(self, database: Database, roles: Collection[str] = ROLES) -> None:
        self._database = database
        self._roles = sorted(roles)
        self._tables: dict[Name, Table] = {}
        self._unbound: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._asking = asyncio.Lock()
        self._seeking = asyncio.Semaphore(SEEKING_AT_ONCE_MAX)

    def forget(self) -> None:
        """Something about a table has changed: ask again before the next answer."""
        self._read_at = float("-inf")

    def binds(self, role: str) -> bool:
        """Whether row security binds `role`."""
        return role not in self._unbound

    async def by_name(self, *, seconds_max: float = float("inf")) -> Mapping[Name, Table]:
        """Tables by (schema, name), not asked longer than `seconds_max` ago nor before the last change of one.

        Raises:
            psycopg.Error, Unavailable: PostgreSQL does not answer.
        """
        async with self._asking:
            if time.monotonic() - self._read_at > seconds_max or self._read_at < 0:
                read_at = time.monotonic()
                self._read_at = read_at
                try:
                    await self._ask()
                except BaseException:
                    self.forget()
                    raise
        return self._tables

    async def find(self, names: Collection[Name]) -> Mapping[Name, Table]:
        """Tables by (schema, name) as they are now: the published ones, and those of `names` that are not.

        Raises:
            psycopg.Error, Unavailable: PostgreSQL does not answer.
        """
        tables = await self.by_name(seconds_max=FRESH_SECONDS)
        unknown = set(names) - tables.keys()
        if not unknown:
            return tables
        async with self._seeking:
            return await self._read(unknown)

    async def publications(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that exist, in their order."""
        async with self._database.transaction(ANONYMOUS) as conn:
            rows = await every(conn, QUERIES["existing_publications"], {"names": list(names)})
        existing = {row["name"] for row in rows}
        return [name for name in names if name in existing]

    async def _ask(self) -> None:
        self._tables = await self._read(())
        async with self._database.transaction(ANONYMOUS) as conn:
            rows = await every(conn, QUERIES["unbound_roles"], {"roles": self._roles})
        self._unbound = frozenset(row["name"] for row in rows)

    async def _read(self, besides: Collection[Name]) -> dict[Name, Table]:
        schemas, names = [schema for schema, _ in besides], [name for _, name in besides]
        place = {"publication": PUBLICATION, "roles": self._roles, "schemas": schemas, "tables": names}
        async with self._database.transaction(ANONYMOUS) as conn:
            rows = await every(conn, QUERIES["published_tables"], place)
            oids = sorted({oid for row in rows for _, oid in row["columns"] or ()})
            types = {row["oid"]: _type(row) for row in await every(conn, QUERIES["types_of_columns"], {"oids": oids})}
        return {(row["schema"], row["name"]): _table(row, types) for row in rows}


def _type(row: Mapping[str, Any]) -> Type:
    return Type(oid=row["oid"], name=row["name"], base=row["base"], element=row["element"], delimiter=row["delimiter"])


def _table(row: Mapping[str, object], types: Mapping[int, Type]) -> Table:
    columns: list[tuple[str, int]] = row["columns"] or []  # type: ignore[assignment]
    readable: Mapping[str, list[str]] = row["readable"] or {}  # type: ignore[assignment]
    return Table(
        oid=int(str(row["oid"])),
        schema=str(row["schema"]),
        name=str(row["name"]),
        row_security=bool(row["row_security"]),
        published=bool(row["published"]),
        key=tuple(row["key"]),  # type: ignore[arg-type]
        columns=tuple(column for column, _ in columns),
        types={column: types[oid] for column, oid in columns},
        roots={column: root_of(oid, types) for column, oid in columns},
        writers={column: writer_of(oid, types) for column, oid in columns},
        readable={role: frozenset(names) for role, names in readable.items()},
        shown_nothing=frozenset(row["shown_nothing"]),  # type: ignore[call-overload]
    )
