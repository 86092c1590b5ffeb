"""Who gets a change: those who asked for it and may see it, and those from whose sight it was taken.

One question to the database for all changes that arrived together; one delivery for each way a change is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sahne.changes.change import DELETE, UPDATE, Change
from sahne.changes.counts import TOLD
from sahne.changes.judge import Judge, Question
from sahne.changes.listener import Delivery, Listener
from sahne.changes.past import Past
from sahne.changes.regular import regular_hold
from sahne.changes.subscriptions import Group, Receiver, Subscription, Subscriptions, Viewer
from sahne.changes.tables import Table, Tables
from sahne.database.pool import Database


@dataclass(frozen=True, slots=True)
class Interest:
    """A change, the groups that asked for it, and those that would have to learn of its disappearance."""

    change: Change
    groups: list[Group]
    leaving: list[Group]


class Audience:
    """Finds it and tells the listener. Without a `past` nobody is told of rows that went out of sight."""

    def __init__(
        self,
        database: Database,
        tables: Tables,
        subscriptions: Subscriptions,
        judge: Judge,
        listener: Listener,
        past: Past | None,
    ) -> None:
        self._database = database
        self._tables = tables
        self._subscriptions = subscriptions
        self._judge = judge
        self._listener = listener
        self._past = past

    async def tell(self, changes: Sequence[Change], *, unfinished: int | None = None) -> None:
        """Each change in order to whoever gets it; of the transaction `unfinished` more is to come."""
        interests = [self._interest(change) for change in changes]
        TOLD.changes.update(change.table.full_name for change in changes)
        questions = {
            place: question
            for place, interest in enumerate(interests)
            if (question := self._question(interest, unfinished)) is not None
        }
        answers = await self._judge.visible(list(questions.values())) if questions else []
        visible = dict(zip(questions, answers, strict=True))
        for place, interest in enumerate(interests):
            seen_by = visible.get(place) or await self._saw_deleted(interest)
            self._deliver(interest.change, await self._try_patterns(interest, seen_by), seen_by)
            if interest.leaving:
                await self._tell_of_disappearance(interest, visible.get(place, set()))

    def _interest(self, change: Change) -> Interest:
        groups = list(self._subscriptions.matching(change.table, change.type, [change.row]))
        leaving: list[Group] = []
        if change.type == UPDATE and change.table.row_security and change.old_is_whole and self._past is not None:
            rows = [row for row in (change.old, change.new) if row is not None]
            leaving = list(self._subscriptions.matching(change.table, DELETE, rows))
        return Interest(change, groups, leaving)

    async def _try_patterns(self, interest: Interest, visible: set[Viewer]) -> list[Group]:
        """The groups less those whose regular expressions do not hold; asked only where somebody may see the row."""
        table = interest.change.table
        trials = [
            (group, bound.regular)
            for group in interest.groups
            if (bound := group.bound_to(table)) and bound.regular
            and any(self._may_see(interest.change, member, visible) for member in group.members)
        ]  # fmt: skip
        if not trials:
            return interest.groups
        verdicts = await regular_hold(self._database, [regular for _, regular in trials], interest.change.row)
        failing = {id(group) for (group, _), holds in zip(trials, verdicts, strict=True) if not holds}
        return [group for group in interest.groups if id(group) not in failing]

    def _question(self, interest: Interest, unfinished: int | None) -> Question | None:
        """None when nothing has to be asked: no row security, a deleted row, no key, or nobody bound by it."""
        change, key = interest.change, interest.change.key()
        if not change.table.row_security or change.type == DELETE or key is None:
            return None
        by_role = [
            viewers
            for group in {*interest.groups, *interest.leaving}
            for role, viewers in group.viewers().items()
            if self._is_judged(change.table, role)
        ]
        if not by_role:
            return None
        viewers = by_role[0] if len(by_role) == 1 else frozenset[Viewer]().union(*by_role)
        settled = change.xid != unfinished
        return Question(table=change.table, key=key, viewers=viewers, xid=change.xid, row=change.new, settled=settled)

    def _is_judged(self, table: Table, role: str) -> bool:
        """Whether row security decides for viewers of this role, who may read enough of the table to be asked about."""
        return self._tables.binds(role) and table.reads(role).issuperset(table.key)

    def _deliver(self, change: Change, groups: Sequence[Group], visible: set[Viewer]) -> None:
        variants: dict[tuple[str, tuple[str, ...] | None], dict[Receiver, list[int]]] = {}
        for group in groups:
            for member in group.members:
                if self._may_see(change, member, visible):
                    _add(variants.setdefault((member.viewer.role, member.binding.select), {}), member)
        for (role, select), audience in variants.items():
            bound = change.table.row_security and self._tables.binds(role)
            self._send(change, change.write(role, select, bound=bound), audience)

    def _may_see(self, change: Change, member: Subscription, visible: set[Viewer]) -> bool:
        table, role = change.table, member.viewer.role
        readable = table.reads(role)
        if not readable or not _may_filter(readable, member):
            return False
        if not table.row_security or not self._tables.binds(role):
            return True
        return member.viewer in visible or (change.type == DELETE and not member.binding.asks_beyond_the_key(table))

    async def _saw_deleted(self, interest: Interest) -> set[Viewer]:
        """Of those who hear of a deleted row because of what stood in it, the viewers who could see it."""
        change = interest.change
        if change.type != DELETE or not change.table.row_security or change.old is None or self._past is None:
            return set()
        viewers = frozenset(
            member.viewer
            for group in interest.groups
            for member in group.members
            if member.binding.asks_beyond_the_key(change.table) and self._is_judged(change.table, member.viewer.role)
        )
        return await self._past.saw(change.table, change.old, viewers) if viewers else set()

    async def _tell_of_disappearance(self, interest: Interest, visible: set[Viewer]) -> None:
        """An update took the row out of some subscribers' sight: those who saw it before get a DELETE with its key."""
        change = interest.change
        candidates = [
            member
            for group in interest.leaving
            for member in group.members
            if self._is_judged(change.table, member.viewer.role)
            and member.viewer not in visible
            and _may_filter(change.table.reads(member.viewer.role), member)
        ]
        if not candidates or change.old is None or self._past is None:
            return
        saw = await self._past.saw(change.table, change.old, frozenset(member.viewer for member in candidates))
        audience: dict[Receiver, list[int]] = {}
        for member in candidates:
            if member.viewer in saw:
                _add(audience, member)
        if audience:
            self._send(change, change.write_disappearance(), audience)

    def _send(self, change: Change, data: bytes, audience: dict[Receiver, list[int]]) -> None:
        TOLD.deliveries[change.table.full_name] += len(audience)
        self._listener.deliver(Delivery(data, audience))


def _may_filter(readable: frozenset[str], member: Subscription) -> bool:
    """A filter on a column the role may not read would tell its value: it never matches."""
    return readable.issuperset(condition.column for condition in member.binding.conditions)


def _add(audience: dict[Receiver, list[int]], member: Subscription) -> None:
    ids = audience.setdefault(member.receiver, [])
    if member.id not in ids:
        ids.append(member.id)
