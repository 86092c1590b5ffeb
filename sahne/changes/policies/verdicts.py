"""Verdicts that are kept: who was judged, and who of them may see, for the values of a row that a policy reads.

A verdict is kept until anything it stands on changes: rows of other tables, told by the stream in commit order, or the
policies themselves, with which all of them go. Where a row of another table can matter for certain values alone
(`equalities`) the verdicts for others stay: who takes a seat in one room changes nothing in the next.

The stream tells of a table from the moment it is watched; what was committed before and is not there for others yet
would never be told of. So verdicts are kept only from moments at which every transaction that had begun before that one
is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sahne.changes.policies.compiled import Compiled
from sahne.changes.policies.equalities import Equality
from sahne.changes.snapshot import Snapshot
from sahne.changes.subscriptions import Viewer

ENTRIES_MAX = 5_000
VIEWERS_MAX = 1_000_000  # in all entries together

Values = tuple[str | None, ...]
Reader = tuple[int, str]  # the table that is judged, and the role
Row = Mapping[str, object]


@dataclass(slots=True)
class Verdict:
    """Of the `judged` the `seeing`."""

    judged: frozenset[Viewer] = frozenset()
    seeing: frozenset[Viewer] = frozenset()


class Dependency(NamedTuple):
    """Which columns of a table are read, and where its rows can matter; without `equalities` that is anywhere."""

    columns: frozenset[str]
    equalities: frozenset[Equality]

    def is_touched(self, old: Row | None, new: Row | None) -> bool:
        """Whether a verdict may be another."""
        return old is None or new is None or any(_differs(old, new, column) for column in self.columns)

    def matching(self, rows: Iterable[Row]) -> set[tuple[int, object]] | None:
        """The places and values that a verdict must have one of to be another. None: it may have any."""
        rows = tuple(rows)
        wanted = {(each.column, each.place) for each in self.equalities}
        if not rows or not wanted or any(column not in row for column, _ in wanted for row in rows):
            return None
        return {(place, row[column]) for column, place in wanted for row in rows}


class Verdicts:
    """Kept by table, role and values, the least used dropped first."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[tuple[Reader, Values], Verdict] = OrderedDict()
        self._values: dict[Reader, set[Values]] = {}
        self._holding: dict[tuple[Reader, int, object], set[Values]] = {}  # by the value at a place
        self._viewers = 0
        self._readers: dict[int, dict[Reader, Dependency]] = {}  # who reads what of a table
        self._since: dict[Reader, int] = {}  # the transactions before it had begun when it was watched
        self.drops = 0  # whoever asks meanwhile keeps nothing

    def __len__(self) -> int:
        return len(self._verdicts)

    def watches(self, compiled: Compiled) -> bool:
        """Whether what it depends on is told of."""
        return _reader(compiled) in self._since

    def watch(self, compiled: Compiled) -> None:
        """From now on what it depends on must be told (`changed`)."""
        for table, columns in compiled.depends.items():
            dependency = Dependency(columns, compiled.equalities.get(table, frozenset()))
            self._readers.setdefault(table, {})[_reader(compiled)] = dependency

    def keep_since(self, compiled: Compiled, xid: int) -> None:
        """It is watched; every transaction that began before that had a lower number than `xid`."""
        self._since[_reader(compiled)] = xid

    def depends_on(self, table: int) -> bool:
        """Whether any verdict may stand on rows of this table."""
        return table in self._readers

    def of(self, compiled: Compiled, values: Values) -> Verdict | None:
        """What is kept for these values."""
        key = _reader(compiled), values
        verdict = self._verdicts.get(key)
        if verdict is not None:
            self._verdicts.move_to_end(key)
        return verdict

    def keep(
        self, compiled: Compiled, values: Values, judged: frozenset[Viewer], seeing: set[Viewer], snapshot: Snapshot
    ) -> None:
        """Add what was found at the moment of a snapshot to what is kept for these values, if it may be kept."""
        reader = _reader(compiled)
        since = self._since[reader]
        if snapshot.end <= since or any(xid < since for xid in snapshot.running):
            return
        self._values.setdefault(reader, set()).add(values)
        for place, value in enumerate(values):
            self._holding.setdefault((reader, place, value), set()).add(values)
        verdict = self._verdicts.setdefault((reader, values), Verdict())
        before = len(verdict.judged)
        verdict.judged = verdict.judged | judged if verdict.judged else judged
        verdict.seeing |= seeing
        self._viewers += len(verdict.judged) - before
        while len(self._verdicts) > ENTRIES_MAX or self._viewers > VIEWERS_MAX:
            self._drop(*next(iter(self._verdicts)))

    def changed(self, table: int, old: Row | None, new: Row | None) -> bool:
        """A row of `table` is another now (None: there is none); whether a verdict may be, which is dropped then."""
        touched = {
            reader: dependency
            for reader, dependency in self._readers.get(table, {}).items()
            if dependency.is_touched(old, new)
        }
        for reader, dependency in touched.items():
            for values in self._reached(reader, dependency.matching(row for row in (old, new) if row is not None)):
                self._drop(reader, values)
        self.drops += bool(touched)
        return bool(touched)

    def _reached(self, reader: Reader, matching: set[tuple[int, object]] | None) -> set[Values]:
        if matching is None:
            return set(self._values.get(reader, ()))
        return {values for place, value in matching for values in self._holding.get((reader, place, value), ())}

    def forget(self) -> None:
        """Everything, and what stands on what."""
        self._verdicts.clear()
        self._values.clear()
        self._holding.clear()
        self._readers.clear()
        self._since.clear()
        self._viewers = 0
        self.drops += 1

    def _drop(self, reader: Reader, values: Values) -> None:
        self._viewers -= len(self._verdicts.pop((reader, values)).judged)
        self._values[reader].discard(values)
        for place, value in enumerate(values):
            holding = self._holding[reader, place, value]
            holding.discard(values)
            if not holding:
                del self._holding[reader, place, value]


def _reader(compiled: Compiled) -> Reader:
    return compiled.relation.oid, compiled.role


def _differs(old: Row, new: Row, column: str) -> bool:
    return column not in old or column not in new or old[column] != new[column]
