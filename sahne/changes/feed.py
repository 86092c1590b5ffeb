"""The journey of a change: replication stream → change → who asked → who may see → one delivery per variant.

Start: connect, make a temporary slot. Loop: take what has arrived, ask the database once for all of it, deliver in
commit order, confirm. Back-off: a lost connection is tried again after 0.1 s, doubling to 5 s; what was committed in
between is a gap, and everyone who has a subscription is told. End: `close`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sahne.changes.change import DELETE, UPDATE, Change, change_of
from sahne.changes.judge import Judge, Question
from sahne.changes.pgoutput import Begin, Commit, Decoder, Delete, Insert, Relation, Update
from sahne.changes.regular import regular_hold
from sahne.changes.replication import Replication
from sahne.changes.subscriptions import Group, Receiver, Subscription, Subscriptions, Viewer
from sahne.changes.tables import PUBLICATION, Table, Tables
from sahne.database.pool import Database
from sahne.telemetry import Failed, observe

MESSAGES_PUBLICATION = "supabase_realtime_messages_publication"
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload (JSON, see `change`) and who gets it, each with the ids of the subscriptions it answers."""

    data: bytes
    audience: Mapping[Receiver, list[int]]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A new row of `realtime.messages`: text as in the stream, by column."""

    row: Mapping[str, str | None]


class Past(Protocol):
    """Answers who could see a row as it was before."""

    async def saw(self, table: Table, old: Mapping[str, str | None], viewers: frozenset[Viewer]) -> set[Viewer]:
        """Those of `viewers` who could; raises nothing: without an answer nobody did."""
        ...


class Listener(Protocol):
    """Who the feed speaks to. Its methods must be quick and must not raise."""

    def deliver(self, delivery: Delivery) -> None:
        """Some subscribers may see a change."""

    def broadcast_stored(self, message: StoredMessage) -> None:
        """A message was stored by SQL and committed."""

    def stream_started(self) -> None:
        """Changes from now on arrive."""

    def stream_resumed(self, lost_at: datetime) -> None:
        """Changes arrive again; those since `lost_at` may be missing."""


@dataclass(frozen=True, slots=True)
class FeedStarted:
    """The replication stream runs. `publications` are those that exist."""

    publications: list[str]


class Feed:
    """Runs from `open` to `close`; `subscriptions` may be changed at any time between two changes."""

    def __init__(
        self, database: Database, replication_url: str, judge: Judge, listener: Listener,
        past: Past | None = None,
    ) -> None:  # fmt: skip
        self.subscriptions = Subscriptions()
        self.tables = Tables(database)
        self._database = database
        self._url = replication_url
        self._judge = judge
        self._past = past
        self._listener = listener
        self._task: asyncio.Task[None] | None = None
        self._streaming = asyncio.Event()
        self._committed_at = datetime.now(UTC)
        self._xid = 0
        self._lost_at: datetime | None = None

    @property
    def streaming(self) -> bool:
        """Whether changes arrive at this moment."""
        return self._streaming.is_set()

    def open(self) -> None:
        """Start the loop."""
        self._task = asyncio.create_task(self._run(), name="changes")

    async def close(self) -> None:
        """Stop the loop and hang up."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        back_off = BACK_OFF_SECONDS_MIN
        while True:
            try:
                await self._stream()
            except Exception as error:  # whatever it is: the stream must go on, and the gap be told
                if self._streaming.is_set():
                    back_off = BACK_OFF_SECONDS_MIN
                    self._lost_at = self._lost_at or datetime.now(UTC)
                self._streaming.clear()
                observe(Failed.of("stream changes", error))
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, BACK_OFF_SECONDS_MAX)

    async def _stream(self) -> None:
        publications = await self.tables.publications([PUBLICATION, MESSAGES_PUBLICATION])
        replication = await Replication.open(self._url, publications)
        self.tables.forget()
        decoder = Decoder()
        try:
            self._started(publications)
            async for batch in replication.batches():
                end_lsn = await self._take(batch, decoder)
                if end_lsn:
                    replication.confirm(end_lsn)
        finally:
            await replication.close()

    def _started(self, publications: list[str]) -> None:
        self._streaming.set()
        observe(FeedStarted(publications))
        self._listener.stream_started()
        if self._lost_at is not None:
            self._listener.stream_resumed(self._lost_at)
            self._lost_at = None

    async def _take(self, batch: list[bytes], decoder: Decoder) -> int:
        """Decode, deliver what anybody asked for, answer the last position that is dealt with (0: none yet)."""
        pending: list[Change] = []
        end_lsn = 0
        for data in batch:
            message = decoder.decode(data)
            match message:
                case Begin(committed_at=committed_at, xid=xid):
                    self._committed_at, self._xid = committed_at, xid
                case Commit():
                    end_lsn = message.end_lsn
                case Relation():
                    await self._flush(pending)
                    self.tables.forget()
                case Insert() | Update() | Delete():
                    await self._collect(message, pending)
                case _:
                    pass
        await self._flush(pending)
        return end_lsn

    async def _collect(self, message: Insert | Update | Delete, pending: list[Change]) -> None:
        relation = message.relation
        if relation.schema == "realtime" and relation.name.startswith("messages"):
            if isinstance(message, Insert):
                await self._flush(pending)
                values = zip(relation.columns, message.new, strict=True)
                self._listener.broadcast_stored(
                    StoredMessage({name: value if isinstance(value, str) else None for name, value in values})
                )
            return
        if not self.subscriptions.wants(relation.schema, relation.name):
            return
        table = (await self.tables.known()).get((relation.schema, relation.name))
        if table is not None and table.published:
            pending.append(change_of(message, table, self._committed_at, self._xid))

    async def _flush(self, pending: list[Change]) -> None:
        if not pending:
            return
        asked = [await self._asked_for(change) for change in pending]
        pending.clear()
        questions = {place: one for place, each in enumerate(asked) if (one := self._question(each)) is not None}
        answers = await self._judge.visible(list(questions.values())) if questions else []
        visible = dict(zip(questions, answers, strict=True))
        for place, each in enumerate(asked):
            self._deliver(each, visible.get(place) or await self._saw_deleted(each))
            if each.leaving:
                await self._tell_of_disappearance(each, visible.get(place, set()))

    async def _asked_for(self, change: Change) -> _Asked:
        groups = list(self.subscriptions.matching(change.table, change.type, [change.row]))
        regular = [(group, bound) for group in groups if (bound := group.bound(change.table)) and bound.regular]
        if regular:
            hold = await regular_hold(self._database, [bound.regular for _, bound in regular], change.row)
            refused = {id(group) for (group, _), holds in zip(regular, hold, strict=True) if not holds}
            groups = [group for group in groups if id(group) not in refused]
        leaving: list[Group] = []
        if change.type == UPDATE and change.table.row_security and change.old_is_whole and self._past is not None:
            rows = [row for row in (change.old, change.new) if row is not None]
            leaving = list(self.subscriptions.matching(change.table, DELETE, rows))
        return _Asked(change, groups, leaving)

    def _question(self, asked: _Asked) -> Question | None:
        """None when nothing has to be asked: no row security, a deleted row, no key, or nobody bound by it."""
        change, key = asked.change, asked.change.key()
        if not change.table.row_security or change.type == DELETE or key is None:
            return None
        viewers = frozenset(
            member.viewer
            for group in {*asked.groups, *asked.leaving}
            for member in group.members
            if self._is_asked(change.table, member.viewer)
        )
        return Question(change.table, key, viewers, change.xid) if viewers else None

    def _is_asked(self, table: Table, viewer: Viewer) -> bool:
        return self.tables.bound(viewer.role) and table.reads(viewer.role).issuperset(table.key)

    def _deliver(self, asked: _Asked, visible: set[Viewer]) -> None:
        change = asked.change
        variants: dict[tuple[str, tuple[str, ...] | None], dict[Receiver, list[int]]] = {}
        for group in asked.groups:
            for member in group.members:
                if self._may_see(change, member, visible):
                    _add(variants.setdefault((member.viewer.role, member.binding.select), {}), member)
        for (role, select), audience in variants.items():
            bound = change.table.row_security and self.tables.bound(role)
            self._listener.deliver(Delivery(change.write(role, select, bound=bound), audience))

    def _may_see(self, change: Change, member: Subscription, visible: set[Viewer]) -> bool:
        table, role = change.table, member.viewer.role
        readable = table.reads(role)
        if not readable or not _may_filter(readable, member):
            return False
        if not table.row_security or not self.tables.bound(role):
            return True
        return member.viewer in visible or (change.type == DELETE and not _tells(table, member))

    async def _saw_deleted(self, asked: _Asked) -> set[Viewer]:
        """Of those who hear of a deleted row because of what stood in it, the viewers who could see it."""
        change = asked.change
        if change.type != DELETE or not change.table.row_security or change.old is None or self._past is None:
            return set()
        viewers = frozenset(
            member.viewer
            for group in asked.groups
            for member in group.members
            if _tells(change.table, member) and self._is_asked(change.table, member.viewer)
        )
        return await self._past.saw(change.table, change.old, viewers) if viewers else set()

    async def _tell_of_disappearance(self, asked: _Asked, visible: set[Viewer]) -> None:
        """An update took the row out of some subscribers' sight: those who saw it before get a DELETE with its key."""
        change = asked.change
        hidden = [
            member
            for group in asked.leaving
            for member in group.members
            if self._is_asked(change.table, member.viewer)
            and member.viewer not in visible
            and _may_filter(change.table.reads(member.viewer.role), member)
        ]
        if not hidden or change.old is None or self._past is None:
            return
        saw = await self._past.saw(change.table, change.old, frozenset(member.viewer for member in hidden))
        audience: dict[Receiver, list[int]] = {}
        for member in hidden:
            if member.viewer in saw:
                _add(audience, member)
        if audience:
            self._listener.deliver(Delivery(change.write_disappearance(), audience))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change, the groups that asked for it, and those that would have to learn of its disappearance."""

    change: Change
    groups: list[Group]
    leaving: list[Group]


def _may_filter(readable: frozenset[str], member: Subscription) -> bool:
    """A filter on a column the role may not read would tell its value: it never matches."""
    return readable.issuperset(condition.column for condition in member.binding.conditions)


def _tells(table: Table, member: Subscription) -> bool:
    """A filter on more than the key tells who hears of a deleted row what stood in it."""
    return any(condition.column not in table.key for condition in member.binding.conditions)


def _add(audience: dict[Receiver, list[int]], member: Subscription) -> None:
    ids = audience.setdefault(member.receiver, [])
    if member.id not in ids:
        ids.append(member.id)
