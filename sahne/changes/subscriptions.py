"""Who asked for what: the subscriptions in memory, found by table and, where the filter says so, by value.

Subscriptions that ask the same (event, table, filter) stand in one group, so that a filter is tried once however
many ask it; a group whose filter has an `eq` is found by that value and costs nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, Overflow
from typing import Protocol

from sahne.changes.errors import BadFilter
from sahne.changes.filters import Bound, Condition, Row, bind
from sahne.changes.operators import EQUAL
from sahne.changes.tables import Table

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The role and claims a row's visibility is asked for; equal viewers see the same."""

    role: str
    claims: str


class Receiver(Protocol):
    """Who a delivery goes to; the gateway's channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What is asked for. `event`, `schema` and `table` may be `*`; `select` None means every readable column."""

    event: str
    schema: str
    table: str
    conditions: tuple[Condition, ...] = ()
    select: tuple[str, ...] | None = None

    @property
    def place(self) -> tuple[str, str]:
        """The table that is asked for, or those."""
        return self.schema, self.table

    def asks_beyond_the_key(self, table: Table) -> bool:
        """Whether who hears of a deleted row would be told what stood in it, by a filter on more than its key."""
        return any(condition.column not in table.key for condition in self.conditions)


@dataclass(frozen=True, slots=True, eq=False)
class Subscription:
    """One asking. `id` is the client's handle, equal for equal bindings."""

    id: int
    binding: Binding
    viewer: Viewer
    receiver: Receiver


@dataclass(slots=True, eq=False, kw_only=True)
class Group:
    """Subscriptions with equal event, schema, table and conditions."""

    event: str
    conditions: tuple[Condition, ...]
    members: dict[Subscription, None] = field(default_factory=dict)
    _viewers: dict[str, frozenset[Viewer]] | None = None
    _bound: dict[int, tuple[Table, Bound | None]] = field(default_factory=dict)

    def add(self, member: Subscription) -> None:
        """One more who asks."""
        self.members[member] = None
        self._viewers = None

    def remove(self, member: Subscription) -> None:
        """One less; it is there."""
        del self.members[member]
        self._viewers = None

    def viewers(self) -> dict[str, frozenset[Viewer]]:
        """Whoever asks, by role; the same sets until somebody comes or goes."""
        if self._viewers is None:
            by_role: dict[str, set[Viewer]] = {}
            for member in self.members:
                by_role.setdefault(member.viewer.role, set()).add(member.viewer)
            self._viewers = {role: frozenset(viewers) for role, viewers in by_role.items()}
        return self._viewers

    def bound_to(self, table: Table) -> Bound | None:
        """The conditions bound to `table` as it is known now; None when they do not fit it."""
        entry = self._bound.get(table.oid)
        if entry is None or entry[0] is not table:
            try:
                entry = (table, bind(self.conditions, table.roots))
            except BadFilter:
                entry = (table, None)
            self._bound[table.oid] = entry
        return entry[1]


class _Shelf:
    """The groups of one place, those with an `eq` condition found by a folded form of its value."""

    __slots__ = ("by_value", "groups", "plain")

    def __init__(self) -> None:
        self.groups: dict[_Question, Group] = {}
        self.plain: dict[Group, None] = {}
        self.by_value: dict[str, dict[str, dict[Group, None]]] = {}

    def put(self, group: Group) -> None:
        self.groups[group.event, group.conditions] = group
        by = _indexed(group)
        if by is None:
            self.plain[group] = None
        else:
            self.by_value.setdefault(by.column, {}).setdefault(fold(by.operands[0]), {})[group] = None

    def take(self, group: Group) -> None:
        del self.groups[group.event, group.conditions]
        by = _indexed(group)
        if by is None:
            del self.plain[group]
            return
        values = self.by_value[by.column]
        del values[fold(by.operands[0])][group]
        if not values[fold(by.operands[0])]:
            del values[fold(by.operands[0])]
        if not values:
            del self.by_value[by.column]

    def candidates(self, table: Table, rows: tuple[Row, ...]) -> Iterable[Group]:
        """All groups that may match: a superset, without those whose `eq` value is another."""
        yield from self.plain
        for column, values in self.by_value.items():
            of = table.roots.get(column)
            if of is None:
                continue
            if of.name in _MANY_SPELLINGS:
                for groups in values.values():
                    yield from groups
                continue
            for folded in {fold(value) for row in rows if (value := row.get(column)) is not None}:
                yield from values.get(folded, ())


_Question = tuple[str, tuple[Condition, ...]]
_MANY_SPELLINGS = frozenset({"timestamp", "timestamptz", "date", "time", "timetz", "interval"})
_WORDS = dict.fromkeys(("t", "true", "yes", "on"), "1") | dict.fromkeys(("f", "false", "no", "off"), "0")


def fold(text: str) -> str:
    """Texts that any of our types holds equal fold to one; others may too, the filter itself decides."""
    lowered = text.lower().rstrip(" ")  # char(n) is padded
    if lowered in _WORDS:
        return _WORDS[lowered]
    try:
        number = Decimal(lowered)
    except InvalidOperation:
        return lowered
    if not number.is_finite():
        return "infinite"
    try:
        return str(number.normalize() + 0)
    except Overflow:  # a text such as 1e9999999, which anybody may write into a chat
        return "infinite"


def _indexed(group: Group) -> Condition | None:
    return next((one for one in group.conditions if one.operator is EQUAL and not one.negated), None)


class Subscriptions:
    """The registry. Everything here is in memory and quick."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[str, str], _Shelf] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, subscription: Subscription) -> None:
        """From the next change on."""
        binding = subscription.binding
        shelf = self._shelves.setdefault((binding.schema, binding.table), _Shelf())
        group = shelf.groups.get((binding.event, binding.conditions))
        if group is None:
            group = Group(event=binding.event, conditions=binding.conditions)
            shelf.put(group)
        self._count += subscription not in group.members
        group.add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """No more; does nothing when it is not there."""
        binding = subscription.binding
        shelf = self._shelves.get((binding.schema, binding.table))
        group = shelf.groups.get((binding.event, binding.conditions)) if shelf else None
        if shelf is None or group is None or subscription not in group.members:
            return
        group.remove(subscription)
        self._count -= 1
        if not group.members:
            shelf.take(group)
            if not shelf.groups:
                del self._shelves[binding.schema, binding.table]

    def wants(self, schema: str, table: str) -> bool:
        """Whether anybody asked for this table, by name or by a wildcard."""
        return bool(self._reaching(schema, table))

    def matching(self, table: Table, event: str, rows: Iterable[Row]) -> Iterable[Group]:
        """Groups whose event and conditions hold for any of `rows`; `regular` conditions are left to ask."""
        rows = tuple(rows)
        for shelf in self._reaching(table.schema, table.name):
            for group in shelf.candidates(table, rows):
                if group.event not in (EVERYTHING, event):
                    continue
                bound = group.bound_to(table)
                if bound is not None and any(bound.test(row) for row in rows):
                    yield group

    def _reaching(self, schema: str, table: str) -> list[_Shelf]:
        places = ((schema, table), (schema, EVERYTHING), (EVERYTHING, table), (EVERYTHING, EVERYTHING))
        return [shelf for place in places if (shelf := self._shelves.get(place)) is not None]
