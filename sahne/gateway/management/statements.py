"""SQL as it comes from an operator's agent. PostgreSQL decides what it may: nothing here reads a statement.

What only reads is one statement by PostgreSQL's own protocol (a second one is refused by the server, so none can end
the transaction), in a transaction that cannot write and that is rolled back whatever it did, as `service_role`, logged
in as `authenticator`: neither owns anything, neither reaches the machine's files. What may write runs as the role of
`DATABASE_URL`. Each has a session of its own, which ends with it: what one sets is no other's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from psycopg import AsyncConnection, Error, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import TextLoader

from sahne.database.acting import Bounds, become
from sahne.database.actor import SERVICE
from sahne.database.sql import load_queries
from sahne.errors import InvalidRequest, Unavailable
from sahne.gateway.management.results import Rows, rows_of_last, rows_of_one
from sahne.settings import Settings

SESSIONS_MAX = 4
CONNECT_SECONDS_MAX = 5
# as PostgreSQL prints them: Python has no infinity of dates, and JSON no decimals
PRINTED_TYPES = ("date", "time", "timetz", "timestamp", "timestamptz", "interval", "numeric", "bytea")

QUERIES = load_queries(__package__, "statements.sql")


class SqlRefused(InvalidRequest):
    """PostgreSQL refused the SQL."""

    code = "sql_refused"


class Statements:
    """Runs what it is given, so many at once."""

    def __init__(self, settings: Settings) -> None:
        self._owner_url = settings.direct_admin_url
        self._reader_url = settings.direct_authenticator_url
        self._seconds_max = settings.statement_timeout_seconds
        self._places = asyncio.Semaphore(SESSIONS_MAX)

    async def read(self, query: str, parameters: Sequence[Any] = (), *, logs: Sequence[DictRow] | None = None) -> Rows:
        """The rows of one statement that cannot write; `logs` are there as a table of that name.

        Raises:
            SqlRefused, TooManyRows, TooLarge, Unavailable
        """
        async with self._session(self._reader_url) as conn:
            if logs is not None:
                await _keep_logs(conn, logs)
            async with conn.transaction(force_rollback=True):
                await become(conn, SERVICE, Bounds.of(self._seconds_max, read_only=True))
                return await rows_of_one(conn, query, parameters)

    async def run_as_owner(self, query: str, parameters: Sequence[Any] = ()) -> Rows:
        """The rows of the last statement of a script, or of the one statement that has parameters.

        Raises:
            SqlRefused, TooManyRows, TooLarge, Unavailable
        """
        async with self._session(self._owner_url) as conn:
            await conn.execute(QUERIES["bound_session"], {"timeout": f"{int(self._seconds_max * 1000)}ms"})
            if parameters:
                return await rows_of_one(conn, query, parameters)
            return await rows_of_last(conn, query)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of so many at once, for whoever has a session of the database's."""
        async with self._places:
            yield

    @asynccontextmanager
    async def _session(self, url: str) -> AsyncIterator[AsyncConnection[DictRow]]:
        async with self.place():
            try:
                conn = await AsyncConnection.connect(
                    url,
                    autocommit=True,
                    connect_timeout=CONNECT_SECONDS_MAX,
                    row_factory=dict_row,
                    prepare_threshold=None,
                    application_name="sahne management",
                )
            except OperationalError as error:
                raise Unavailable(hint="The database does not answer.") from error
            for name in PRINTED_TYPES:
                conn.adapters.register_loader(name, TextLoader)
            async with conn:
                try:
                    yield conn
                except Error as error:
                    raise in_words(error) from error


def in_words(error: Error) -> SqlRefused:
    """What PostgreSQL said, with its code first."""
    said = error.diag
    text = f"{said.sqlstate}: {said.message_primary}" if said.sqlstate else str(error)
    return SqlRefused(f"PostgreSQL refused the SQL: {text}", details=said.message_detail, hint=said.message_hint)


async def _keep_logs(conn: AsyncConnection[DictRow], logs: Sequence[DictRow]) -> None:
    """A table of this session alone."""
    await conn.execute(QUERIES["make_logs"])
    await conn.execute(QUERIES["keep_logs"], {"logs": orjson.dumps(logs).decode()})
    await conn.execute(QUERIES["show_logs"])
