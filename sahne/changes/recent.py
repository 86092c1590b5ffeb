"""The changes of the last minutes, for those who were away for a moment.

Kept are the changes of tables to which somebody listens who may come back, or did until a moment ago; no more than so
many bytes, and none that is older than so many seconds. What is not kept is not made up: whoever missed it is told.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sahne.changes.change import Change
from sahne.changes.position import BEGINNING, Position
from sahne.changes.subscriptions import EVERYTHING

KEPT_SECONDS_MAX = 120.0
KEPT_BYTES_MAX = 16 * 1024 * 1024
CHANGE_BYTES = 1_000  # what a change takes besides its values
MISSED_MAX = 1_000  # whoever missed more loads again

Place = tuple[str, str]  # schema and table, each of which may be `*`


class TooLongAgo(Exception):
    """Not all is kept of what happened since."""


class _Kept(NamedTuple):
    position: Position
    change: Change
    size: int
    at: float


class Recent:
    """What is kept. The stream has been `read_to` here and told up to `position`, None before it began."""

    def __init__(self, bytes_max: int = KEPT_BYTES_MAX, clock: Callable[[], float] = time.monotonic) -> None:
        self.position: Position | None = None
        self.read_to = BEGINNING
        self._bytes_max = bytes_max
        self._clock = clock
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._listening: Counter[Place] = Counter()
        self._from: dict[Place, Position] = {}
        self._until: dict[Place, float] = {}
        self._dropped: dict[Place, Position] = {}

    def begin(self, at: Position) -> None:
        """The stream begins, perhaps again: what was committed before is not known."""
        self.position = self.read_to = at
        self._kept.clear()
        self._bytes = 0
        self._dropped.clear()
        self._from = dict.fromkeys(self._from, at)

    def read_row(self) -> None:
        """One row more of the transaction under way, whether anybody wants it or not."""
        self.read_to = Position(self.read_to.commit_lsn, self.read_to.number + 1)

    # which tables

    def watch(self, place: Place) -> None:
        """Somebody listens who may come back."""
        self._forget_places()
        self._listening[place] += 1
        self._until.pop(place, None)
        self._from.setdefault(place, self.read_to)

    def unwatch(self, place: Place) -> None:
        """They do not any more, and have some time to come back."""
        self._listening[place] -= 1
        if not self._listening[place]:
            del self._listening[place]
            self._until[place] = self._clock() + KEPT_SECONDS_MAX

    def wants(self, schema: str, table: str) -> bool:
        """Whether the changes of a table are kept."""
        if not self._listening and not self._until:
            return False
        self._forget_places()
        return any(place in self._listening or place in self._until for place in _places_of(schema, table))

    def _forget_places(self) -> None:
        now = self._clock()
        for place in [place for place, until in self._until.items() if until < now]:
            del self._until[place]
            self._from.pop(place, None)

    # what happened to them

    def keep(self, changes: Iterable[Change]) -> Position:
        """The last changes that were read; when they are told the stream is told up to the answer."""
        now = self._clock()
        for change in changes:
            if self.wants(change.table.schema, change.table.name):
                kept = _Kept(change.position, change, _size_of(change), now)
                self._kept.append(kept)
                self._bytes += kept.size
        self.position = self.read_to
        while self._kept and (self._bytes > self._bytes_max or self._kept[0].at < now - KEPT_SECONDS_MAX):
            oldest = self._kept.popleft()
            self._bytes -= oldest.size
            self._dropped[oldest.change.table.schema, oldest.change.table.name] = oldest.position
        return self.position

    def since(self, seen: Position, places: Iterable[Place]) -> list[Change]:
        """What happened after `seen` to the tables of these places, in the order of commits.

        Raises:
            TooLongAgo: some of that is not kept, or was never.
        """
        wanted = set(places)
        if self.position is None or seen > self.position:
            raise TooLongAgo
        if any(place not in self._from or seen < self._from[place] for place in wanted):
            raise TooLongAgo
        if any(seen < position and _reaches(wanted, *table) for table, position in self._dropped.items()):
            raise TooLongAgo
        missed: list[Change] = []
        for kept in reversed(self._kept):  # from the newest: what was seen costs nothing, however much is kept
            if kept.position <= seen:
                break
            if _reaches(wanted, kept.change.table.schema, kept.change.table.name):
                missed.append(kept.change)
        missed.reverse()
        return missed


def _places_of(schema: str, table: str) -> Sequence[Place]:
    return (schema, table), (schema, EVERYTHING), (EVERYTHING, table), (EVERYTHING, EVERYTHING)


def _reaches(places: set[Place], schema: str, table: str) -> bool:
    return not places.isdisjoint(_places_of(schema, table))


def _size_of(change: Change) -> int:
    rows = [row for row in (change.new, change.old) if row is not None]
    return CHANGE_BYTES + sum(len(value) for row in rows for value in row.values() if value is not None)
