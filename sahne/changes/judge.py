"""The one question to the database: who of these viewers may see these rows?

PostgreSQL answers, under its own policies: for each question and role one statement that looks for the row by its
primary key with every viewer's claims in turn (`sight`). Where that has no answer (it took too long) each viewer is
asked by statements of its own, still in one round trip. (A lateral `set_config` per viewer in one statement is no way:
PostgreSQL plans `(select auth.uid())` once for all of them.)

Several transactions are sent before the first is answered, so the session must be its own: a transaction pooler gives
it away at the first sync, and the answers that still come to whoever has it then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from typing import Protocol, TypeVar

from psycopg import AsyncConnection, Error, OperationalError, pq, sql

from sahne.changes.sight import BEFORE_MAKING, Sight, seen_in, sight_of, values_of
from sahne.changes.snapshot import READ_SNAPSHOT, Snapshot, snapshot_from
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table
from sahne.database.acting import BECOME, Bounds, who
from sahne.database.libpq import each_result
from sahne.database.slot import name_of
from sahne.telemetry import Failed, observe

VIEWERS_PER_STATEMENT_MAX = 100  # so many policies within the time of a statement
PROBES_PER_ROUND_TRIP_MAX = 500  # what is sent at once holds up the event loop: some milliseconds
STATEMENT_SECONDS_MAX = 2.0
ROUND_TRIP_SECONDS_MAX = 10.0
PREPARED_MAX = 500
UNSEEN_PAUSE_SECONDS = 0.001

BOUNDS = Bounds.of(STATEMENT_SECONDS_MAX, read_only=True)
ONE_PLAN_FOR_ALL = b"select set_config('plan_cache_mode', 'force_generic_plan', true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May `viewers` see the row of `table` whose primary key is `key` (text values in the key's order)?

    `xid` is the transaction that wrote it: the row is looked at when that is there for others. `row` is what the stream
    tells of it (None: not known). `settled`: whatever else the transaction changed has been told too.
    """

    table: Table
    key: tuple[str, ...]
    viewers: frozenset[Viewer]
    xid: int
    row: Mapping[str, str | None] | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """The question at `place` for some viewers of one role, as one statement."""

    place: int
    role: str
    viewers: tuple[Viewer, ...]


Types = tuple[int, ...]
_Probe = tuple[Viewer, int]  # one viewer's, as a statement of its own; the place of the question
_Asked = TypeVar("_Asked")


class Judge(Protocol):
    """Answers, question by question, the viewers who may see. Who is not in the answer may not."""

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """In the order of the questions; raises nothing: without an answer nobody sees."""
        ...


class StreamJudge(Judge, Protocol):
    """One that may keep its answers, and is told by the stream of what they hang on."""

    def depends_on(self, table: int) -> bool:
        """Whether answers may hang on the rows of another table than the one that is asked about, by its number."""
        ...

    def changed(self, table: int, old: Mapping[str, object] | None, new: Mapping[str, object] | None, xid: int) -> None:
        """A row of such a table was written by transaction `xid` (None: there is none; both: whichever rows)."""
        ...

    def forget(self) -> None:
        """Tables or policies are not what they were, or changes were missed."""
        ...


class ProbingJudge:
    """Probes on one connection of its own to PostgreSQL itself (`url`), opened when first asked and when it breaks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[tuple[object, ...]] | None = None
        self._prepared: dict[tuple[str, bytes], bytes] = {}
        self._sights: dict[tuple[str, bytes, Types], Sight] = {}
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def depends_on(self, table: int) -> bool:  # noqa: ARG002 — the seam's
        """Of no table: each answer is asked for anew."""
        return False

    def changed(self, table: int, old: Mapping[str, object] | None, new: Mapping[str, object] | None, xid: int) -> None:
        """Nothing is known that could be another."""

    def forget(self) -> None:
        """Nothing is known."""

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """See `Judge`. A policy that raises hides that row from that viewer alone."""
        answers: list[set[Viewer]] = [set() for _ in questions]
        async with self._one_at_a_time:
            for calls in _batches(questions):
                await self._ask(questions, calls, answers)
        return answers

    async def _ask(self, questions: Sequence[Question], calls: list[_Call], answers: list[set[Viewer]]) -> None:
        for attempt in (1, 2):  # a connection that died while idle is found out by using it
            try:
                pgconn = await self._open()
                async with asyncio.timeout(ROUND_TRIP_SECONDS_MAX):
                    await self._until_seen(pgconn, {questions[call.place].xid for call in calls})
                    unanswered = await self._call(pgconn, questions, calls, answers)
                    await self._probe(pgconn, questions, _probes(unanswered), answers)
                return
            except (Error, OSError, TimeoutError) as error:
                await self.close()
                if attempt == 2:
                    observe(Failed.of("ask who may see a change", error))
            except BaseException:  # whoever asked is gone: what still comes must not answer the next one
                await self.close()
                raise

    async def _probe(
        self, pgconn: pq.abc.PGconn, questions: Sequence[Question], probes: list[_Probe], answers: list[set[Viewer]]
    ) -> None:
        """Each viewer by statements of its own, all in one transaction; whoever is behind one that fails, in others."""
        behind = await self._round_trip(pgconn, questions, [probes] if probes else [], answers)
        by_viewer = [list(group) for _, group in groupby(behind, key=lambda probe: probe[0])]
        behind = await self._round_trip(pgconn, questions, by_viewer, answers)
        await self._round_trip(pgconn, questions, [[probe] for probe in behind], answers)

    async def _open(self) -> pq.abc.PGconn:
        if len(self._prepared) >= PREPARED_MAX:
            await self.close()
        if self._connection is None:
            self._prepared.clear()
            self._sights.clear()
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

    async def _call(
        self, pgconn: pq.abc.PGconn, questions: Sequence[Question], calls: list[_Call], answers: list[set[Viewer]]
    ) -> list[_Call]:
        """Ask each by one statement in a transaction of its own; the answer is the calls that had none."""
        expected: deque[_Call | None] = deque()
        syncs = 0
        for call in calls:
            table, key = questions[call.place].table, questions[call.place].key
            kind = (call.role, probe_of(table), tuple(table.types[column].oid for column in table.key))
            sight = self._sights.get(kind)
            if sight is None:
                sight = self._sights[kind] = sight_of(sql.Identifier(table.schema, table.name), table.key)
                for statement in (BEFORE_MAKING, sight.creation):
                    pgconn.send_query_params(statement, None)
                    expected.append(None)
                pgconn.pipeline_sync()
                syncs += 1
            self._send(pgconn, call.role, BECOME, who(call.role, call.viewers[0].claims, BOUNDS), None, expected)
            self._send(pgconn, call.role, sight.question, values_of(call.viewers, key), call, expected)
            pgconn.pipeline_sync()
            syncs += 1
        unanswered: list[_Call] = []
        async for result in each_result(pgconn, syncs):
            answered = expected.popleft()
            if result.status == pq.ExecStatus.FATAL_ERROR:
                self._failed(result)
            if answered is None:
                continue
            if result.status == pq.ExecStatus.TUPLES_OK:
                seen = seen_in(result, answered.viewers)
                answers[answered.place] |= seen.viewers
                if seen.failure is not None:
                    observe(Failed("ask who may see a change", seen.failure))
            else:
                unanswered.append(answered)
        return unanswered

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
        expected: deque[_Probe | None] = deque()
        for transaction in transactions:
            self._send(pgconn, transaction[0][0].role, ONE_PLAN_FOR_ALL, [], None, expected)
            for viewer, group in groupby(transaction, key=lambda probe: probe[0]):
                self._send(pgconn, viewer.role, BECOME, who(viewer.role, viewer.claims, BOUNDS), None, expected)
                for probe in group:
                    question = questions[probe[1]]
                    key = [value.encode() for value in question.key]
                    self._send(pgconn, viewer.role, probe_of(question.table), key, probe, expected)
            pgconn.pipeline_sync()
        behind: list[_Probe] = []
        async for result in each_result(pgconn, len(transactions)):
            asked = expected.popleft()
            if result.status == pq.ExecStatus.FATAL_ERROR:
                self._failed(result)
            elif asked is None:
                continue
            elif result.status == pq.ExecStatus.PIPELINE_ABORTED:
                behind.append(asked)
            elif result.get_value(0, 0) == b"t":
                answers[asked[1]].add(asked[0])
        return behind

    def _send(
        self,
        pgconn: pq.abc.PGconn,
        role: str,
        statement: bytes,
        values: Sequence[bytes],
        asked: _Asked | None,
        expected: deque[_Asked | None],
    ) -> None:
        """One statement of a transaction, prepared once for the session."""
        key = (role, statement)  # a plan is bound to the role whose policies are in it
        name = self._prepared.get(key)
        if name is None:
            name = self._prepared[key] = name_of(*key)
            pgconn.send_close_prepared(name)  # one that failed may still be there; none is no error
            pgconn.send_prepare(name, statement)
            expected.extend([None, None])
        pgconn.send_query_prepared(name, values)
        expected.append(asked)

    def _failed(self, result: pq.abc.PGresult) -> None:
        """A failed probe hides a row; what was to be prepared behind it is not."""
        self._prepared.clear()
        observe(Failed("ask who may see a change", result.get_error_message()))


def _batches(questions: Sequence[Question]) -> Iterator[list[_Call]]:
    """The calls that ask everything, so many probes at a time."""
    batch: list[_Call] = []
    probes = 0
    for call in _calls(questions):
        if probes + len(call.viewers) > PROBES_PER_ROUND_TRIP_MAX:
            yield batch
            batch, probes = [], 0
        batch.append(call)
        probes += len(call.viewers)
    if batch:
        yield batch


def _calls(questions: Sequence[Question]) -> Iterator[_Call]:
    for place, question in enumerate(questions):
        in_order = sorted(question.viewers, key=lambda viewer: (viewer.role, viewer.claims))
        for role, group in groupby(in_order, key=lambda viewer: viewer.role):
            while viewers := tuple(islice(group, VIEWERS_PER_STATEMENT_MAX)):
                yield _Call(place, role, viewers)


def _probes(calls: Sequence[_Call]) -> list[_Probe]:
    """One for each viewer, a viewer's own beside each other."""
    probes = ((viewer, call.place) for call in calls for viewer in call.viewers)
    return sorted(probes, key=lambda probe: (probe[0].role, probe[0].claims, probe[1]))


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
