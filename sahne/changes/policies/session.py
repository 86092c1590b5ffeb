"""A session with PostgreSQL that reads for all viewers: who is listed in it, and what is compiled for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor, Error, OperationalError, pq
from psycopg.rows import dict_row

from sahne.changes.judge import UNSEEN_PAUSE_SECONDS
from sahne.changes.policies.catalog import QUERIES, Catalog, Connection
from sahne.changes.policies.compiled import Compiled, Tier, compile_policies, statement_of
from sahne.changes.policies.uses import NotUnderstood
from sahne.changes.policies.verdicts import Values
from sahne.changes.policies.viewers import Viewers
from sahne.changes.policies.written import Tokens
from sahne.changes.snapshot import Snapshot, snapshot_from
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import PUBLICATION
from sahne.database.actor import SERVICE_ROLE
from sahne.database.fetch import maybe, one

STATEMENT_SECONDS_MAX = 2.0
FRESH_SECONDS = 1.0  # so long may pass until a changed function or role is noticed
SET_ASIDE_SECONDS = 60.0  # a question that failed for all is asked one by one
COMPILING_ATTEMPTS = 3
FEW_OF = 4  # less than one in so many viewers are named to PostgreSQL one by one


class Session:
    """A connection, the viewers that are listed in it, and what is compiled for it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._name = f"viewers_{token_hex(6)}"
        self._claims: dict[Tokens, str] = {}
        self._compiled: dict[tuple[int, str], Compiled] = {}
        self._statements: dict[tuple[int, str, bool], bytes] = {}
        self._aside: dict[tuple[int, str], float] = {}
        self._version = ""
        self._looked_at = float("-inf")
        self.viewers = Viewers(conn, self._name, self._claims)

    @classmethod
    async def open(cls, url: str) -> Session:
        """Connect, and become who reads for all."""
        conn: Connection = await AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, application_name="sahne judge of all"
        )
        try:
            timeout = f"{STATEMENT_SECONDS_MAX * 1000:.0f}ms"
            if await maybe(conn, QUERIES["work_as"], {"role": SERVICE_ROLE, "timeout": timeout}) is None:
                raise OperationalError("the database writes dates or intervals otherwise than its stream")
            session = cls(conn)
            await session.viewers.make()
        except BaseException:
            await conn.close()
            raise
        return session

    async def close(self) -> None:
        await self._conn.close()

    @property
    def works(self) -> bool:
        """Whether the connection is in order."""
        return not self._conn.closed and self._conn.info.transaction_status is pq.TransactionStatus.IDLE

    def set_aside(self, table: int, role: str) -> None:
        """A question failed: for a while it is not asked for all."""
        self._aside[table, role] = time.monotonic() + SET_ASIDE_SECONDS

    def look_again(self) -> None:
        """Whether what is compiled still holds is looked at before the next verdict."""
        self._looked_at = float("-inf")

    def forget(self) -> None:
        """Compile again."""
        self._compiled.clear()
        self._statements.clear()
        self._claims.clear()
        self._aside.clear()

    async def is_outdated(self) -> bool:
        """Whether what the policies stand on is not what it was, looked at each second and after `forget`."""
        if not self._compiled or time.monotonic() - self._looked_at < FRESH_SECONDS:
            return False
        return await self._read_version(self._compiled.values()) != self._version

    async def compiled(self, table: int, role: str) -> Compiled:
        """The policies of a table for a role.

        Raises:
            NotUnderstood: there is no such table or role, or it never stays the same for a moment.
        """
        compiled = self._compiled.get((table, role))
        if compiled is not None and self._aside.get((table, role), 0.0) < time.monotonic():
            return compiled
        if compiled is not None:
            return replace(compiled, tier=Tier.PROBE, reason="it failed for all")
        for _ in range(COMPILING_ATTEMPTS):
            compiled = await self._compile(table, role)
            version = await self._read_version([*self._compiled.values(), compiled])
            if compiled == await self._compile(table, role) and await self._others_are_the_same():
                break
        else:
            raise NotUnderstood("it changes all the time")
        self._compiled[table, role], self._version = compiled, version
        return compiled

    async def _others_are_the_same(self) -> bool:
        return not self._compiled or await self._read_version(self._compiled.values()) == self._version

    async def _compile(self, table: int, role: str) -> Compiled:
        known = len(self._claims)
        async with self._conn.transaction(force_rollback=True):
            compiled = await compile_policies(Catalog(self._conn), table, role, self._name, self._claims)
        if len(self._claims) > known:
            self.viewers = Viewers(self._conn, self._name, self._claims)
            await self.viewers.make()
        return await self._proven(compiled) if compiled.tier is Tier.SET else compiled

    def look_up(self, compiled: Compiled, row: Mapping[str, str | None]) -> set[Viewer]:
        """Whose claims are what stands in the row."""
        seeing: set[Viewer] = set()
        for column, claim in compiled.lookups:
            if (value := row[column]) is not None:
                seeing |= self.viewers.claiming(compiled.role, claim, value)
        return seeing

    async def next_xid(self) -> int:
        """A number above that of every transaction that has begun."""
        return int((await one(self._conn, QUERIES["next_xid"]))["xid"])

    async def ask(
        self, compiled: Compiled, values: Values, viewers: frozenset[Viewer], xids: set[int]
    ) -> tuple[set[Viewer], Snapshot]:
        """Who of these may see a row with these values when these transactions are there, and the moment it was."""
        some = len(viewers) * FEW_OF < len(self.viewers)
        statement = self._statement(compiled, some=some)
        parameters: list[object] = [
            *values,
            *(["{" + ",".join(self.viewers.numbers_of(viewers)) + "}"] if some else []),
        ]
        while True:
            cursor = await AsyncRawCursor(self._conn, row_factory=dict_row).execute(statement, parameters, prepare=True)
            row = await cursor.fetchone()
            assert row is not None
            snapshot = snapshot_from(row["snapshot"])
            if all(map(snapshot.sees, xids)):
                break
            await asyncio.sleep(UNSEEN_PAUSE_SECONDS)
        numbers = row["viewers"].strip("{}")
        return self.viewers.named(numbers.split(",") if numbers else []) & viewers, snapshot

    async def _proven(self, compiled: Compiled) -> Compiled:
        """As it is if PostgreSQL can run it at all."""
        try:
            async with self._conn.transaction(force_rollback=True):
                for some in (False, True):
                    await self._conn.execute(b"prepare tried as " + self._statement(compiled, some=some))
                    nothing = ", ".join(
                        ["null"] * (len(compiled.columns) + some)
                    )  # it begins, so that rights are tried
                    await self._conn.execute(f"explain execute tried{f'({nothing})' if nothing else ''}".encode())
                    await self._conn.execute(b"deallocate tried")
        except Error as error:
            return replace(compiled, tier=Tier.PROBE, reason=f"PostgreSQL does not run it for all: {error}")
        return compiled

    def _statement(self, compiled: Compiled, *, some: bool) -> bytes:
        key = compiled.relation.oid, compiled.role, some
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements[key] = statement_of(compiled, self._name, some=some)
        return statement

    async def _read_version(self, of: Collection[Compiled]) -> str:
        tables = {oid for compiled in of for oid in (compiled.relation.oid, *compiled.relations)}
        functions = {oid for compiled in of for oid in compiled.functions}
        place: dict[str, Any] = {"tables": [*tables], "functions": [*functions], "publication": PUBLICATION}
        self._looked_at = time.monotonic()
        return str((await one(self._conn, QUERIES["version_of"], place))["version"])
