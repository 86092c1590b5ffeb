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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from psycopg import Error

from sahne.changes.judge import Judge, Question
from sahne.changes.past import Past
from sahne.changes.policies.compiled import Compiled, Tier
from sahne.changes.policies.counts import JUDGED, REUSED
from sahne.changes.policies.session import Session
from sahne.changes.policies.uses import NotUnderstood
from sahne.changes.policies.verdicts import Values, Verdicts
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table
from sahne.telemetry import Failed, observe

ANSWER_SECONDS_MAX = 10.0
RETRY_SECONDS = 5.0
UNSEEN_MAX = 10_000  # transactions; older ones were there long ago


class SetBasedJudge:
    """See `Judge` and `Past`; opens a connection of its own when first asked and again when it breaks.

    `probe` and `past` answer what is not compiled, and everything while PostgreSQL lets this one not work.
    """

    def __init__(self, url: str, probe: Judge, past: Past) -> None:
        self._url = url
        self._probe = probe
        self._past = past
        self._session: Session | None = None
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
        except (ValueError, LookupError, RecursionError) as error:
            observe(Failed.of("read the policies of a table", error))
        except (Error, OSError, TimeoutError) as error:
            observe(Failed.of("ask for all viewers who may see a change", error))
            if session is not None and session.works:
                session.set_aside(table.oid, role)  # a policy that raises for somebody
            else:
                await self._give_up()
        return set(), viewers

    async def _judge_role(
        self,
        session: Session,
        table: Table,
        role: str,
        viewers: frozenset[Viewer],
        row: Mapping[str, str | None],
        question: Question | None,
    ) -> tuple[set[Viewer], frozenset[Viewer]]:
        compiled = await session.compiled(table.oid, role)
        name = table.full_name
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
            return set(kept.seeing & viewers), frozenset()
        await session.viewers.enlist(viewers)
        listed = session.viewers.listed(viewers)
        if compiled.tier is Tier.CLAIM:
            JUDGED.add(name, Tier.CLAIM, len(viewers))
            return session.look_up(compiled, row) & listed, viewers - listed
        unknown = listed - kept.judged if kept is not None else listed
        JUDGED.add(name, Tier.SET if unknown else REUSED, len(viewers))
        seeing = await self._ask(session, compiled, values, unknown, question) if unknown else set()
        return seeing | (kept.seeing & listed if kept is not None else set()), viewers - listed

    async def _ask(
        self,
        session: Session,
        compiled: Compiled,
        values: Values,
        viewers: frozenset[Viewer],
        question: Question | None,
    ) -> set[Viewer]:
        """Who of these may see, asked once for all, and kept if nothing it stands on changes meanwhile."""
        keeps = compiled.not_kept is None
        if keeps and not self._verdicts.watches(compiled):
            self._verdicts.watch(compiled)
            self._verdicts.keep_since(compiled, await session.next_xid())
        drops = self._verdicts.drops
        xids = {*self._unseen, *([question.xid] if question is not None else [])}
        seeing, snapshot = await session.ask(compiled, values, viewers, xids)
        if drops == self._verdicts.drops:
            self._unseen.clear()
            if keeps:
                self._verdicts.keep(compiled, values, viewers, seeing, snapshot)
        return seeing

    async def _open(self) -> Session:
        if self._session is not None and self._session.viewers.full:
            await self.close()
        if self._session is None:
            self._session = await Session.open(self._url)
        if await self._session.is_outdated():
            self._verdicts.forget()
            self._session.forget()
        return self._session

    async def _give_up(self) -> None:
        """After a failure nothing is known; the next question opens anew, or later where that did not succeed."""
        if self._session is None:
            self._pause_until = time.monotonic() + RETRY_SECONDS
        await self.close()


def _by_role(viewers: frozenset[Viewer]) -> list[tuple[str, frozenset[Viewer]]]:
    roles = {viewer.role for viewer in viewers}
    if len(roles) == 1:
        return [(roles.pop(), viewers)]
    in_order = sorted(viewers, key=lambda viewer: viewer.role)
    return [(role, frozenset(group)) for role, group in groupby(in_order, key=lambda viewer: viewer.role)]
