"""What somebody missed who was away for a moment: the recent changes once more, for them alone, by today's permissions.

A row that has changed again since is judged as it was then, by the policies of today: what is there now may be for
other eyes. The last change of a row is judged as any change is, by the row that is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from psycopg import Error

from sahne.changes.audience import Audience
from sahne.changes.change import DELETE, Change
from sahne.changes.judge import Judge, Question
from sahne.changes.listener import Delivery, StoredMessage
from sahne.changes.past import Past
from sahne.changes.position import Position
from sahne.changes.recent import MISSED_MAX, Recent, TooLongAgo
from sahne.changes.subscriptions import Subscription, Subscriptions, Viewer
from sahne.changes.tables import Table, Tables
from sahne.database.pool import Database
from sahne.errors import Unavailable

AT_ONCE = 4
SECONDS_MAX = 5.0


class CatchingUp:
    """Asks with a judge and a past of its own, so that nobody's live changes wait."""

    def __init__(self, database: Database, tables: Tables, recent: Recent, judge: Judge, past: Past) -> None:
        self._database = database
        self._tables = tables
        self._recent = recent
        self._judge = judge
        self._past = past
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def missed(self, subscriptions: Sequence[Subscription], seen: Position) -> list[Delivery]:
        """What happened after `seen` and up to now, for one receiver whose subscriptions have begun at this moment.

        Raises:
            TooLongAgo: not all of it is kept, it is too much, a table has changed, or the database does not answer.
        """
        places = {each.binding.place for each in subscriptions}
        changes = self._recent.since(seen, places)  # before anything is waited for: what comes next comes live
        if not changes:
            return []
        try:
            async with asyncio.timeout(SECONDS_MAX), self._turns:
                return await self._tell(subscriptions, await self._as_known_now(changes))
        except (TimeoutError, Error, Unavailable) as error:
            raise TooLongAgo from error

    async def _as_known_now(self, changes: Sequence[Change]) -> list[Change]:
        """The changes with their tables as they are known now: what may be read of them may have changed."""
        tables = await self._tables.by_name()
        return [_with_table(change, tables) for change in changes]

    async def _tell(self, subscriptions: Sequence[Subscription], changes: Sequence[Change]) -> list[Delivery]:
        own, told = Subscriptions(), _Told()
        for subscription in subscriptions:
            own.add(subscription)
        asked_for = [change for change in changes if _is_asked_for(own, change)]
        if len(asked_for) > MISSED_MAX:
            raise TooLongAgo
        last = {_row_of(change): change for change in changes}
        for superseded, group in groupby(asked_for, lambda change: None if last[_row_of(change)] is change else change):
            judge = self._judge if superseded is None else _AsItWas(self._past, superseded)
            audience = Audience(self._database, self._tables, own, judge, told, self._past)
            await audience.tell(list(group))
        return told.deliveries


@dataclass(frozen=True, slots=True)
class _AsItWas:
    """A judge of a row that has changed again since: it is asked about as it was."""

    past: Past
    change: Change

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        """See `Judge`."""
        row = self.change.new
        if row is None or row.keys() != set(self.change.table.columns):
            return [set() for _ in questions]  # a value that the stream left out might have decided it
        return [await self.past.saw(question.table, row, question.viewers) for question in questions]


@dataclass(slots=True)
class _Told:
    """A listener that writes down what it is told."""

    deliveries: list[Delivery] = field(default_factory=list)

    def deliver(self, delivery: Delivery) -> None:
        """See `Listener`."""
        self.deliveries.append(delivery)

    def broadcast_stored(self, message: StoredMessage) -> None:
        """See `Listener`."""

    def stream_started(self, position: Position) -> None:
        """See `Listener`."""

    def stream_resumed(self, lost_at: datetime) -> None:
        """See `Listener`."""

    def told(self, position: Position) -> None:
        """See `Listener`."""


def _with_table(change: Change, tables: Mapping[tuple[str, str], Table]) -> Change:
    now = tables.get((change.table.schema, change.table.name))
    if now is None or not now.published or now.oid != change.table.oid or now.columns != change.table.columns:
        raise TooLongAgo
    return change if now is change.table else replace(change, table=now, _fragments={})


def _is_asked_for(own: Subscriptions, change: Change) -> bool:
    rows = [row for row in (change.old, change.new) if row is not None]
    return any(True for kind in (change.type, DELETE) for _ in own.matching(change.table, kind, rows))


def _row_of(change: Change) -> tuple[int, object]:
    return change.table.oid, change.key() or id(change)
