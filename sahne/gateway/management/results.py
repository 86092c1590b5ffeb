"""What SQL answers, taken in row by row: no more is kept than may be answered, and what goes beyond is cancelled.

libpq takes a row in whole, so a row is weighed when it has come: one value of PostgreSQL's may have 1 GB.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, Error, ProgrammingError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from sahne.database.libpq import next_result
from sahne.errors import InvalidRequest

ROWS_MAX = 1_000
BYTES_MAX = 8_000_000
CANCEL_SECONDS_MAX = 5

Rows = list[dict[str, Any]]

_FAILED = ExecStatus.FATAL_ERROR
_COPIES = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)


class TooManyRows(InvalidRequest):
    """The SQL answers too many rows."""

    code = "too_many_rows"


class TooLarge(InvalidRequest):
    """The SQL answers too many bytes."""

    code = "answer_too_large"

    def __init__(self) -> None:
        super().__init__(hint=f"At most {BYTES_MAX // 1_000_000} MB; ask with a limit, or for fewer columns.")


async def rows_of_one(conn: AsyncConnection[Any], query: str, parameters: Sequence[Any]) -> Rows:
    """Of the one statement that the protocol with parameters takes.

    Raises:
        TooManyRows, TooLarge: the connection is closed.
    """
    given = Transformer(conn)
    values = given.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
    conn.pgconn.send_query_params(query.encode(), values, given.types, given.formats)
    return await _received(conn)


async def rows_of_last(conn: AsyncConnection[Any], query: str) -> Rows:
    """Of a script's last statement; none where that one answers none.

    Raises:
        TooManyRows, TooLarge: the connection is closed.
    """
    conn.pgconn.send_query(query.encode())
    return await _received(conn)


async def _received(conn: AsyncConnection[Any]) -> Rows:
    conn.pgconn.set_single_row_mode()
    try:
        return await _last_rows(conn)
    except BaseException:
        await _give_up(conn)
        raise


async def _last_rows(conn: AsyncConnection[Any]) -> Rows:
    kept = _Kept(conn)
    failure: Error | None = None
    while (result := await next_result(conn.pgconn)) is not None:
        if result.status in _COPIES:
            raise ProgrammingError("COPY has no rows to answer: select them.")
        if result.status == _FAILED:
            failure = error_from_result(result, conn.info.encoding)
        elif result.status == ExecStatus.SINGLE_TUPLE:
            kept.add(result)
        else:  # the end of a statement
            kept.end()
    if failure is not None:
        raise failure
    return kept.ended


async def _give_up(conn: AsyncConnection[Any]) -> None:
    with contextlib.suppress(Error):
        await conn.cancel_safe(timeout=CANCEL_SECONDS_MAX)
    await conn.close()


class _Kept:
    """The rows of the statement under way, and of the one before it."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._encoding = conn.info.encoding
        self._types = Transformer(conn)
        self._rows: Rows = []
        self._names: list[str] = []
        self._bytes = 0
        self.ended: Rows = []

    def add(self, result: PGresult) -> None:
        if len(self._rows) == ROWS_MAX:
            raise TooManyRows(hint=f"At most {ROWS_MAX}; ask with a limit.")
        columns = range(result.nfields)
        if not self._rows:
            self._names = [(result.fname(column) or b"").decode(self._encoding) for column in columns]
        self._bytes += sum(len(result.get_value(0, column) or b"") for column in columns) + sum(map(len, self._names))
        if self._bytes > BYTES_MAX:
            raise TooLarge()
        self._types.set_pgresult(result)
        self._rows.append(dict(zip(self._names, self._types.load_row(0, tuple) or (), strict=True)))

    def end(self) -> None:
        self.ended, self._rows, self._bytes = self._rows, [], 0
