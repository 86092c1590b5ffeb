"""The one question to the database: who of these viewers may see these rows?

PostgreSQL answers, under its own policies: for each distinct viewer one prepared probe by primary key with that
viewer's role and claims, all of them in one round trip. `Judge` is the seam: an answer computed for all viewers by
one statement takes this one's place without its callers knowing. (A lateral `set_config` per viewer in one statement
is not that answer: PostgreSQL plans `(select auth.uid())` once for all of them.)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Protocol

from psycopg import AsyncConnection, Error, OperationalError, pq, sql

from sahne.changes.snapshot import READ_SNAPSHOT, Snapshot, snapshot_from
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table
from sahne.database.acting import BECOME, Bounds, who
from sahne.database.libpq import each_result
from sahne.database.slot import NAME_TAKEN, NAME_UNKNOWN, name_of
from sahne.telemetry import Failed, observe

PROBES_PER_ROUND_TRIP_MAX = 500  # what is sent at once holds up the event loop: some milliseconds
STATEMENT_SECONDS_MAX = 2.0
ROUND_TRIP_SECONDS_MAX = 10.0
PREPARED_MAX = 500
UNSEEN_PAUSE_SECONDS = 0.001

_Probe = tuple[Viewer, int]  # the place of a question in the list
_NO_QUESTION = -1
BOUNDS = Bounds.of(STATEMENT_SECONDS_MAX, read_only=True)
ONE_PLAN_FOR_ALL = b"select set_config('plan_cache_mode', 'force_generic_plan', true)"


@dataclass(frozen=True, slots=True)
class Question:
    """May `viewers` see the row of `table` whose primary key is `key` (text values in the key's order)?

    `xid` is the transaction that wrote it: the row is looked at when that is there for others.
    """

    table: Table
    key: tuple[str, ...]
    viewers: frozenset[Viewer]
    xid: int


class Judge(Protocol):
    """Answers, question by question, the viewers who may see. Who is not in the answer may not."""

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """In the order of the questions; raises nothing: without an answer nobody sees."""
        ...


class ProbingJudge:
    """Probes on one connection of its own, opened when first asked and again when it breaks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[tuple[object, ...]] | None = None
        self._prepared: dict[tuple[str, bytes], bytes] = {}
        self._shares_session = False
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """See `Judge`. A probe that fails (a policy that raises) hides that row from that viewer alone."""
        answers: list[set[Viewer]] = [set() for _ in questions]
        probes = sorted(
            ((viewer, place) for place, question in enumerate(questions) for viewer in question.viewers),
            key=lambda probe: (probe[0].role, probe[0].claims, probe[1]),
        )
        async with self._one_at_a_time:
            for start in range(0, len(probes), PROBES_PER_ROUND_TRIP_MAX):
                await self._probe(questions, probes[start : start + PROBES_PER_ROUND_TRIP_MAX], answers)
        return answers

    async def _probe(self, questions: Sequence[Question], probes: list[_Probe], answers: list[set[Viewer]]) -> None:
        for attempt in (1, 2):  # a connection that died while idle is found out by using it
            try:
                pgconn = await self._open()
                async with asyncio.timeout(ROUND_TRIP_SECONDS_MAX):
                    await self._until_seen(pgconn, {questions[place].xid for _, place in probes})
                    behind = await self._round_trip(pgconn, questions, [probes], answers)
                    by_viewer = [list(group) for _, group in groupby(behind, key=lambda probe: probe[0])]
                    behind = await self._round_trip(pgconn, questions, by_viewer, answers)
                    await self._round_trip(pgconn, questions, [[probe] for probe in behind], answers)
                return
            except (Error, OSError, TimeoutError) as error:
                await self.close()
                if attempt == 2:
                    observe(Failed.of("ask who may see a change", error))

    async def _open(self) -> pq.abc.PGconn:
        if len(self._prepared) >= PREPARED_MAX:
            await self.close()
        if self._connection is None:
            self._prepared.clear()
            self._connection = await AsyncConnection.connect(self._url, autocommit=True, application_name="sahne judge")
            pgconn = self._connection.pgconn
            pgconn.nonblocking = 1
            pgconn.enter_pipeline_mode()
        return self._connection.pgconn

    async def _until_seen(self, pgconn: pq.abc.PGconn, xids: set[int]) -> None:
        """Wait out the moment between a commit on disk, which the stream tells of, and its rows being there."""
        while True:
            pgconn.send_query_params(READ_SNAPSHOT, None)
            pgconn.pipeline_sync()
            snapshot: Snapshot | None = None
            async for result in each_result(pgconn, 1):
                if result.status == pq.ExecStatus.FATAL_ERROR:
                    raise OperationalError(result.get_error_message())
                snapshot = snapshot_from((result.get_value(0, 0) or b"").decode())
            if snapshot is not None and all(snapshot.sees(xid) for xid in xids):
                return
            await asyncio.sleep(UNSEEN_PAUSE_SECONDS)

    async def _round_trip(
        self,
        pgconn: pq.abc.PGconn,
        questions: Sequence[Question],
        transactions: Sequence[list[_Probe]],
        answers: list[set[Viewer]],
    ) -> list[_Probe]:
        """Send every probe, read every answer; the answer is the probes that went unasked behind a failed one.

        A transaction ends in a sync; role and claims are local to it and set anew for each viewer.
        """
        expected: deque[_Probe] = deque()
        for transaction in transactions:
            nobody = transaction[0][0]
            self._send(pgconn, ONE_PLAN_FOR_ALL, [], (nobody, _NO_QUESTION), expected)
            for viewer, group in groupby(transaction, key=lambda probe: probe[0]):
                caller = who(viewer.role, viewer.claims, BOUNDS)
                self._send(pgconn, BECOME, caller, (viewer, _NO_QUESTION), expected)
                for _, place in group:
                    key = [value.encode() for value in questions[place].key]
                    self._send(pgconn, probe_of(questions[place].table), key, (viewer, place), expected)
            pgconn.pipeline_sync()
        behind: list[_Probe] = []
        async for result in each_result(pgconn, len(transactions)):
            viewer, place = expected.popleft()
            if result.status == pq.ExecStatus.FATAL_ERROR:
                self._failed(result)
            elif place == _NO_QUESTION:
                continue
            elif result.status == pq.ExecStatus.PIPELINE_ABORTED:
                behind.append((viewer, place))
            elif result.get_value(0, 0) == b"t":
                answers[place].add(viewer)
        return behind

    def _send(
        self, pgconn: pq.abc.PGconn, statement: bytes, values: Sequence[bytes], probe: _Probe, expected: deque[_Probe]
    ) -> None:
        """One statement of a transaction, prepared once for the session where that is ours alone."""
        if self._shares_session:
            pgconn.send_query_params(statement, values)
            expected.append(probe)
            return
        key = (probe[0].role, statement)  # a plan is bound to the role whose policies are in it
        name = self._prepared.get(key)
        if name is None:
            name = self._prepared[key] = name_of(*key)
            pgconn.send_close_prepared(name)  # one that failed may still be there; none is no error
            pgconn.send_prepare(name, statement)
            expected.extend([(probe[0], _NO_QUESTION)] * 2)
        pgconn.send_query_prepared(name, values)
        expected.append(probe)

    def _failed(self, result: pq.abc.PGresult) -> None:
        """A probe's failure hides a row; that of a name is a pooler's, and then the round is begun anew without names.

        Raises:
            OperationalError: the session is shared.
        """
        self._prepared.clear()
        if result.error_field(pq.DiagnosticField.SQLSTATE) in (NAME_UNKNOWN.encode(), NAME_TAKEN.encode()):
            self._shares_session = True
            raise OperationalError("the session is shared with others")
        observe(Failed("ask who may see a change", result.get_error_message()))


def probe_of(table: Table) -> bytes:
    """Whether one row, by its primary key, is there for whoever asks."""
    return _probe_sql(table.schema, table.name, table.key)


@lru_cache(PREPARED_MAX)
def _probe_sql(schema: str, name: str, key: tuple[str, ...]) -> bytes:
    conditions = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL(f"${place}")) for place, column in enumerate(key, 1)
    )
    statement = sql.SQL("select exists (select from {} where {})").format(sql.Identifier(schema, name), conditions)
    return statement.as_bytes(None)
