"""Who could see a row as it was before it changed: the old row, put where the table's own policies judge it again.

For each table with row security one temporary table of the same columns and reading policies, the conditions written
out by PostgreSQL itself. It has the table's name while they are, and then one that no function asks for: a temporary
table comes before all others of its name. The old row is put in, all viewers of a role ask for it (`sight`), it is
taken out: one round trip, on a connection of its own, and only for updates that hide a row from somebody who listens,
and for deletes that somebody hears of because of what stood in the row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from secrets import token_hex
from typing import NamedTuple, Protocol, cast

from psycopg import AsyncConnection, Error, pq, sql
from psycopg.rows import dict_row

from sahne.changes.sight import BEFORE_MAKING, Sight, seen_in, sight_of, values_of
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table
from sahne.database.acting import BECOME, Bounds, who
from sahne.database.fetch import every
from sahne.database.libpq import each_result
from sahne.database.sql import load_queries
from sahne.telemetry import Failed, observe

STATEMENT_SECONDS_MAX = 2.0
ROUND_TRIP_SECONDS_MAX = 10.0
VIEWERS_PER_STATEMENT_MAX = 100
TABLES_MAX = 200

QUERIES = load_queries(__package__)
BOUNDS = Bounds.of(STATEMENT_SECONDS_MAX, read_only=True)


class _Call(NamedTuple):
    """One statement for these viewers of one role."""

    question: bytes
    viewers: tuple[Viewer, ...]


class _Copy(NamedTuple):
    """A temporary table of a table's columns and policies, which ask for these columns."""

    table: Table
    name: str
    asked_for: frozenset[str]


class Past(Protocol):
    """Answers who could see a row as it was before."""

    async def saw(self, table: Table, old: Mapping[str, str | None], viewers: frozenset[Viewer]) -> set[Viewer]:
        """Those of `viewers` who could; raises nothing: without an answer nobody did."""
        ...


class TemporaryTables:
    """Asks its own; opened when first asked and again when it breaks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[dict[str, object]] | None = None
        self._copies: dict[int, _Copy] = {}
        self._made = 0
        self._sights: dict[tuple[str, str], Sight] = {}
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Hang up; the temporary tables go with the connection."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        self._copies.clear()
        self._sights.clear()

    async def saw(self, table: Table, old: Mapping[str, str | None], viewers: frozenset[Viewer]) -> set[Viewer]:
        """Those of `viewers` who could see `old` under the table's policies and today's other rows."""
        async with self._one_at_a_time:
            for attempt in (1, 2):  # a connection that died while idle is found out by using it
                try:
                    async with asyncio.timeout(ROUND_TRIP_SECONDS_MAX):
                        return await self._ask(table, old, sorted(viewers, key=lambda one: (one.role, one.claims)))
                except (Error, OSError, TimeoutError) as error:
                    await self.close()
                    if attempt == 2:
                        observe(Failed.of("ask who saw a row", error))
                except BaseException:  # whoever asked is gone: what still comes must not answer the next one
                    await self.close()
                    raise
        return set()

    async def _ask(self, table: Table, old: Mapping[str, str | None], viewers: list[Viewer]) -> set[Viewer]:
        conn = await self._open()
        copy = await self._copy_of(conn, table)
        if not old.keys() >= copy.asked_for:  # what is not known must not count as empty
            return set()
        place = sql.Identifier("pg_temp", copy.name)
        columns = [column for column in table.columns if column in old]
        insert = sql.SQL("insert into {} ({}) values ({})").format(
            place,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.SQL(f"${n}") for n in range(1, len(columns) + 1)),
        )
        await conn.execute(sql.SQL("truncate {}").format(place))
        values = [value.encode() if (value := old[column]) is not None else None for column in columns]
        calls = [await self._call(conn, copy, role, group) for role, group in _by_role(viewers)]
        witnesses, unanswered = await _round_trip(conn.pgconn, insert.as_bytes(conn), values, calls)
        if unanswered:
            alone = [_Call(call.question, (viewer,)) for call in unanswered for viewer in call.viewers]
            witnesses |= (await _round_trip(conn.pgconn, b"select", [], alone))[0]
        return witnesses

    async def _call(
        self, conn: AsyncConnection[dict[str, object]], copy: _Copy, role: str, viewers: tuple[Viewer, ...]
    ) -> _Call:
        """The question for some viewers of a role; a plan is bound to the role whose policies are in it."""
        sight = self._sights.get((copy.name, role))
        if sight is None:
            sight = self._sights[copy.name, role] = sight_of(sql.Identifier("pg_temp", copy.name))
            async with conn.transaction():
                await conn.execute(BEFORE_MAKING)
                await conn.execute(sight.creation)
        return _Call(sight.question, viewers)

    async def _open(self) -> AsyncConnection[dict[str, object]]:
        if self._made >= TABLES_MAX:
            await self.close()
        if self._connection is None:
            self._made = 0
            self._copies.clear()
            self._sights.clear()
            self._connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                row_factory=dict_row,
                prepare_threshold=None,
                application_name="sahne past",
                options=f"-c statement_timeout={STATEMENT_SECONDS_MAX * 1000:.0f} -c search_path=",
            )
        return self._connection

    async def _copy_of(self, conn: AsyncConnection[dict[str, object]], table: Table) -> _Copy:
        """The temporary table, of the real one as it is known now."""
        before = self._copies.get(table.oid)
        if before is not None and before.table is table:
            return before
        policies = await every(conn, QUERIES["reading_policies"], {"oid": table.oid})
        self._made += 1
        copy = _Copy(table, f"past_{self._made}_{token_hex(6)}", _columns_of(policies))
        place, real = sql.Identifier("pg_temp", table.name), sql.Identifier(table.schema, table.name)
        async with conn.transaction():
            if before is not None:
                await conn.execute(sql.SQL("drop table {}").format(sql.Identifier("pg_temp", before.name)))
            make = sql.SQL("create temporary table {} as table {} with no data")
            await conn.execute(make.format(sql.Identifier(table.name), real))
            await conn.execute(sql.SQL("alter table {} enable row level security").format(place))
            await conn.execute(sql.SQL("grant select on {} to public").format(place))
            for policy in policies:
                await conn.execute(_policy(place, policy))
            await conn.execute(sql.SQL("alter table {} rename to {}").format(place, sql.Identifier(copy.name)))
        self._copies[table.oid] = copy
        return copy


def _columns_of(policies: Sequence[Mapping[str, object]]) -> frozenset[str]:
    return frozenset(column for policy in policies for column in cast("list[str]", policy["columns"]))


def _policy(place: sql.Identifier, policy: Mapping[str, object]) -> sql.Composed:
    roles: list[str] = policy["roles"] or ["public"]  # type: ignore[assignment]
    return sql.SQL("create policy {} on {} as {} for select to {} using ({})").format(
        sql.Identifier(str(policy["name"])),
        place,
        sql.SQL("permissive" if policy["permissive"] else "restrictive"),
        sql.SQL(", ").join(sql.SQL("public") if role == "public" else sql.Identifier(role) for role in roles),
        sql.SQL(str(policy["condition"])),
    )


def _by_role(viewers: list[Viewer]) -> Iterator[tuple[str, tuple[Viewer, ...]]]:
    for role, group in groupby(viewers, key=lambda viewer: viewer.role):
        while some := tuple(islice(group, VIEWERS_PER_STATEMENT_MAX)):
            yield role, some


async def _round_trip(
    pgconn: pq.abc.PGconn, insert: bytes, values: list[bytes | None], calls: Sequence[_Call]
) -> tuple[set[Viewer], list[_Call]]:
    """The row put in, then each call in a transaction of its own; who saw it, and the calls that had no answer."""
    pgconn.enter_pipeline_mode()
    pgconn.send_query_params(insert, values)
    pgconn.pipeline_sync()
    for call in calls:
        pgconn.send_query_params(BECOME, who(call.viewers[0].role, call.viewers[0].claims, BOUNDS))
        pgconn.send_query_params(call.question, values_of(call.viewers))
        pgconn.pipeline_sync()
    results = [result async for result in each_result(pgconn, len(calls) + 1)]
    pgconn.exit_pipeline_mode()  # where that was not reached, the connection is given up
    if results[0].status == pq.ExecStatus.FATAL_ERROR:
        observe(Failed("put an old row", results[0].get_error_message()))
        return set(), []
    witnesses: set[Viewer] = set()
    unanswered: list[_Call] = []
    for call, answer in zip(calls, results[2::2], strict=True):
        if answer.status == pq.ExecStatus.TUPLES_OK:
            witnesses |= seen_in(answer, call.viewers).viewers
        else:
            unanswered.append(call)
    return witnesses, unanswered
