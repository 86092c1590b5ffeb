"""The judge that asks once for all viewers, and keeps what it was told.

For each table and role the policies are compiled (`compiled`): to a constant, a look-up, or one statement over a table
of viewers; what cannot be is asked viewer by viewer (`judge.ProbingJudge`), and so is whoever's claims do not fit, and
every question that PostgreSQL refuses. It reads as `service_role` with row security off: where a policy would bind that
role after all, PostgreSQL refuses, and does not answer with fewer rows.

A verdict that is kept stands on a moment not before the change it was found for. It is dropped as soon as the stream
tells of a change to anything it stands on, before a later change is judged; and one is only taken from a moment at
which all those changes are there. What the stream does not tell of, functions and roles among them, is looked at each
second.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from secrets import token_hex
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor, Error, pq
from psycopg.rows import dict_row

from sahne.changes.judge import UNSEEN_PAUSE_SECONDS, Judge, Question
from sahne.changes.past import Past
from sahne.changes.policies.catalog import QUERIES, Catalog, Connection
from sahne.changes.policies.compiled import Compiled, Tier, compile_policies, statement_of
from sahne.changes.policies.counts import JUDGED, REUSED
from sahne.changes.policies.uses import NotUnderstood
from sahne.changes.policies.verdicts import Values, Verdicts
from sahne.changes.policies.viewers import Viewers
from sahne.changes.policies.written import Tokens
from sahne.changes.snapshot import snapshot_from
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import PUBLICATION, Table
from sahne.database.actor import SERVICE_ROLE
from sahne.database.fetch import one
from sahne.telemetry import Failed, observe

STATEMENT_SECONDS_MAX = 2.0
ANSWER_SECONDS_MAX = 10.0
FRESH_SECONDS = 1.0  # so long may pass until a changed function or role is noticed
RETRY_SECONDS = 5.0
SET_ASIDE_SECONDS = 60.0  # a question that failed for all is asked one by one
COMPILING_ATTEMPTS = 3
UNSEEN_MAX = 10_000  # transactions; older ones were there long ago
FEW_OF = 4  # less than one in so many viewers are named to PostgreSQL one by one


class SetBasedJudge:
    """See `Judge` and `Past`; opens a connection of its own when first asked and again when it breaks.

    `probe` and `past` answer what is not compiled, and everything while PostgreSQL lets this one not work.
    """

    def __init__(self, url: str, probe: Judge, past: Past) -> None:
        self._url = url
        self._probe = probe
        self._past = past
        self._session: _Session | None = None
        self._verdicts = Verdicts()
        self._unseen: deque[int] = deque(maxlen=UNSEEN_MAX)
        self._pause_until = float("-inf")
        self._grouped: tuple[frozenset[Viewer], list[tuple[str, frozenset[Viewer]]]] = frozenset(), []
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Hang up; what is known goes with the connection."""
        session, self._session = self._session, None
        self._verdicts.forget()
        if session is not None:
            await session.close()

    def depends_on(self, table: int) -> bool:
        """Whether rows of this table decide about others."""
        return self._verdicts.depends_on(table)

    def changed(self, table: int, old: Mapping[str, object] | None, new: Mapping[str, object] | None, xid: int) -> None:
        """A row that others may depend on is another; the next verdict is taken when that is there."""
        if self._verdicts.changed(table, old, new):
            self._unseen.append(xid)

    def forget(self) -> None:
        """A table, a policy or the stream itself is another: no verdict holds, and what is compiled may not."""
        self._verdicts.forget()
        if self._session is not None:
            self._session.look_again()

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """See `Judge`."""
        answers: list[set[Viewer]] = [set() for _ in questions]
        left: list[tuple[int, Question]] = []
        async with self._one_at_a_time:
            for place, question in enumerate(questions):
                seeing, unjudged = await self._judge(question.table, question.viewers, question.row, question)
                answers[place] |= seeing
                if unjudged:
                    left.append((place, replace(question, viewers=unjudged)))
        if left:
            probed = await self._probe.visible([question for _, question in left])
            for (place, _), seeing in zip(left, probed, strict=True):
                answers[place] |= seeing
        return answers

    async def saw(self, table: Table, old: Mapping[str, str | None], viewers: frozenset[Viewer]) -> set[Viewer]:
        """See `Past`."""
        async with self._one_at_a_time:
            seeing, unjudged = await self._judge(table, viewers, old, None)
        return seeing | (await self._past.saw(table, old, unjudged) if unjudged else set())

    async def _judge(
        self, table: Table, viewers: frozenset[Viewer], row: Mapping[str, str | None] | None, question: Question | None
    ) -> tuple[set[Viewer], frozenset[Viewer]]:
        """Who may see a row, and who is to be asked one by one. Raises nothing."""
        if row is None or time.monotonic() < self._pause_until:
            return set(), viewers
        seeing: set[Viewer] = set()
        unjudged: frozenset[Viewer] = frozenset()
        if viewers is not self._grouped[0]:  # the same again and again, as long as nobody comes or goes
            self._grouped = viewers, _by_role(viewers)
        for role, of_role in self._grouped[1]:
            found, rest = await self._try_to_judge(table, role, of_role, row, question)
            seeing |= found
            unjudged |= rest
        return seeing, unjudged

    async def _try_to_judge(
        self,
        table: Table,
        role: str,
        viewers: frozenset[Viewer],
        row: Mapping[str, str | None],
        question: Question | None,
    ) -> tuple[set[Viewer], frozenset[Viewer]]:
        session = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                session = await self._open()
                return await self._judge_role(session, table, role, viewers, row, question)
        except NotUnderstood:
            pass  # a table or a role that is gone meanwhile
        except (Error, OSError, TimeoutError) as error:
            observe(Failed.of("ask for all viewers who may see a change", error))
            if session is not None and session.works:
                session.set_aside(table.oid, role)  # a policy that raises for somebody
            else:
                await self._give_up()
        return set(), viewers

    async def _judge_role(
        self,
        session: _Session,
        table: Table,
        role: str,
        viewers: frozenset[Viewer],
        row: Mapping[str, str | None],
        question: Question | None,
    ) -> tuple[set[Viewer], frozenset[Viewer]]:
        compiled = await session.compiled(table.oid, role)
        name = f"{table.schema}.{table.name}"
        values = compiled.values_of(row)
        if compiled.tier is Tier.PROBE or values is None:
            JUDGED.add(name, Tier.PROBE, len(viewers))
            return set(), viewers
        if compiled.tier in (Tier.OPEN, Tier.CONSTANT):
            JUDGED.add(name, compiled.tier, len(viewers))
            return (set(viewers) if compiled.everybody else set()), frozenset()
        may_reuse = compiled.not_kept is None and (question is None or question.settled)
        kept = self._verdicts.of(compiled, values) if may_reuse and compiled.tier is Tier.SET else None
        if kept is not None and viewers <= kept.judged:
            JUDGED.add(name, REUSED, len(viewers))
            return kept.seeing & viewers, frozenset()
        await session.viewers.enlist(viewers)
        listed = session.viewers.listed(viewers)
        if compiled.tier is Tier.CLAIM:
            JUDGED.add(name, Tier.CLAIM, len(viewers))
            return session.look_up(compiled, row) & listed, viewers - listed
        JUDGED.add(name, Tier.SET, len(viewers))
        if compiled.not_kept is None:
            self._verdicts.watch(compiled)
        unknown = listed - kept.judged if kept is not None else listed
        xids = {*self._unseen, *([question.xid] if question is not None else [])}
        seeing = await session.ask(compiled, values, unknown, xids) if unknown else set()
        if unknown:
            self._unseen.clear()
        if compiled.not_kept is None:
            self._verdicts.keep(compiled, values, set(unknown), seeing)
        return seeing | (kept.seeing & listed if kept is not None else set()), viewers - listed

    async def _open(self) -> _Session:
        if self._session is not None and self._session.viewers.full:
            await self.close()
        if self._session is None:
            self._session = await _Session.open(self._url)
        if await self._session.is_outdated():
            self._verdicts.forget()
            self._session.forget()
        return self._session

    async def _give_up(self) -> None:
        """After a failure nothing is known; the next question opens anew, or later where that did not succeed."""
        if self._session is None:
            self._pause_until = time.monotonic() + RETRY_SECONDS
        await self.close()


class _Session:
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
    async def open(cls, url: str) -> _Session:
        """Connect, and become who reads for all."""
        conn: Connection = await AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, application_name="sahne judge of all"
        )
        try:
            timeout = f"{STATEMENT_SECONDS_MAX * 1000:.0f}ms"
            await conn.execute(QUERIES["work_as"], {"role": SERVICE_ROLE, "timeout": timeout})
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

    async def ask(self, compiled: Compiled, values: Values, viewers: frozenset[Viewer], xids: set[int]) -> set[Viewer]:
        """Who of these may see a row with these values, at a moment when these transactions are there."""
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
            if all(map(snapshot_from(row["snapshot"]).sees, xids)):
                break
            await asyncio.sleep(UNSEEN_PAUSE_SECONDS)
        numbers = row["viewers"].strip("{}")
        return self.viewers.named(numbers.split(",") if numbers else []) & viewers

    async def _proven(self, compiled: Compiled) -> Compiled:
        """As it is if PostgreSQL can run it at all."""
        try:
            async with self._conn.transaction(force_rollback=True):
                for some in (False, True):
                    await self._conn.execute(b"prepare tried as " + self._statement(compiled, some=some))
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


def _by_role(viewers: frozenset[Viewer]) -> list[tuple[str, frozenset[Viewer]]]:
    roles = {viewer.role for viewer in viewers}
    if len(roles) == 1:
        return [(roles.pop(), viewers)]
    in_order = sorted(viewers, key=lambda viewer: viewer.role)
    return [(role, frozenset(group)) for role, group in groupby(in_order, key=lambda viewer: viewer.role)]
