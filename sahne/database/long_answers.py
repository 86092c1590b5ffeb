"""Long answers are received one after the other, over all connections of a pipeline.

While an answer comes, libpq keeps it whole, copies it into a result, and Python copies that: three times its size, and
what libpq took for it, it never gives back. With every connection in the midst of one, a process of 80 MB had 600. So
whose answer is long waits for its turn; meanwhile the kernel keeps a little of it, and PostgreSQL the rest. To read is
work of this one process: nobody is the later for it.

How long an answer is, is known when it is there; before, only what the kernel has of it, which is little where the
sender is as fast as we are. So the turn is needed early, and the next begins when the asker has the one before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from psycopg.pq.abc import PGresult

TURN_BYTES = 64 * 1024  # known to come: more may
LONG_ANSWER_BYTES = 1024 * 1024


class Reader(Protocol):
    """Who receives an answer."""

    def go_on(self) -> None:
        """It is your turn: read."""


class Turns:
    """Whose long answer is being received, who hands one over, and who waits to go on."""

    __slots__ = ("_reader", "_waiting", "is_handing_over")

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._waiting: deque[Reader] = deque()
        self.is_handing_over = False

    def take(self, reader: Reader) -> bool:
        """Whether the turn is this reader's; else they wait, and are told."""
        if self._reader is None and not self.is_handing_over:
            self._reader = reader
        if self._reader is reader:
            return True
        self._waiting.append(reader)
        return False

    def hand_over(self) -> None:
        """A long answer is there, and until `handed_over` nobody reads another."""
        self.is_handing_over = True

    def handed_over(self) -> None:
        """Its asker has it."""
        self.is_handing_over = False
        self._next()

    def leave(self, reader: Reader) -> None:
        """The answer is there, or will never be."""
        if self._reader is reader:
            self._reader = None
            self._next()
        elif reader in self._waiting:
            self._waiting.remove(reader)

    def _next(self) -> None:
        if self._waiting and self._reader is None and not self.is_handing_over:
            self._reader = self._waiting.popleft()
            self._reader.go_on()


@dataclass(frozen=True, slots=True)
class Copied:
    """What is asked of a result of libpq's, without libpq's copy of it."""

    rows: tuple[tuple[bytes | None, ...], ...]
    names: tuple[bytes | None, ...]

    @classmethod
    def of(cls, result: PGresult) -> Copied:
        """All of a result."""
        columns = range(result.nfields)
        rows = (tuple([result.get_value(number, column) for column in columns]) for number in range(result.ntuples))
        return cls(tuple(rows), tuple([result.fname(column) for column in columns]))

    @property
    def size(self) -> int:
        """How long it is."""
        return sum(len(value) for row in self.rows for value in row if value is not None)

    @property
    def ntuples(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def nfields(self) -> int:
        """How many columns."""
        return len(self.names)

    def fname(self, column: int) -> bytes | None:
        """A column's name."""
        return self.names[column]

    def get_value(self, row: int, column: int) -> bytes | None:
        """One value."""
        return self.rows[row][column]
