"""What one statement gave: its rows as PostgreSQL's text, or the failure as PostgreSQL told it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from sahne.database.long_answers import Copied
from sahne.errors import SahneError, Unavailable

Row = tuple[bytes | None, ...]


class StatementFailed(SahneError):
    """PostgreSQL refused the statement."""

    code = "statement_failed"
    status = 500

    def __init__(
        self,
        sqlstate: str,
        message: str,
        *,
        details: str | None = None,
        hint: str | None = None,
        constraint: str | None = None,
        table: str | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message, details=details, hint=hint)
        self.sqlstate = sqlstate
        self.constraint = constraint
        self.table = table
        self.column = column


class ConnectionsBusy(Unavailable):
    """Every connection to the database is busy."""

    code = "connections_busy"
    status = 504


class Result:
    """The rows of one statement. Values are the bytes of PostgreSQL's text format, None for null."""

    __slots__ = ("_result",)

    def __init__(self, result: PGresult | Copied) -> None:
        self._result = result

    def __len__(self) -> int:
        return self._result.ntuples

    def __iter__(self) -> Iterator[Row]:
        for number in range(self._result.ntuples):
            yield self.row(number)

    def row(self, number: int = 0) -> Row:
        """One row, the first unless told."""
        get = self._result.get_value
        return tuple([get(number, column) for column in range(self._result.nfields)])

    def value(self) -> bytes | None:
        """The first column of the first row, None when there is no row."""
        return self._result.get_value(0, 0) if self._result.ntuples else None

    def json(self) -> Any:
        """`value` read as JSON, None for null."""
        value = self.value()
        return None if value is None else orjson.loads(value)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names."""
        names = (self._result.fname(column) for column in range(self._result.nfields))
        return tuple((name or b"").decode() for name in names)


def nul_refused() -> StatementFailed:
    """What PostgreSQL says to a NUL in text, for those that never reach it."""
    return StatementFailed("22021", 'invalid byte sequence for encoding "UTF8": 0x00')


def failure_of(result: PGresult) -> StatementFailed:
    """The failure a FATAL_ERROR result speaks of."""

    def field(which: DiagnosticField) -> str | None:
        value = result.error_field(which)
        return None if value is None else value.decode("utf-8", "replace")

    return StatementFailed(
        field(DiagnosticField.SQLSTATE) or "XX000",
        field(DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message("utf-8").strip(),
        details=field(DiagnosticField.MESSAGE_DETAIL),
        hint=field(DiagnosticField.MESSAGE_HINT),
        constraint=field(DiagnosticField.CONSTRAINT_NAME),
        table=field(DiagnosticField.TABLE_NAME),
        column=field(DiagnosticField.COLUMN_NAME),
    )
