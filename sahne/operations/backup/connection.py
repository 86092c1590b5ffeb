"""How backups speak to PostgreSQL: as the role that owns the database, in one steady transaction, with its programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow, dict_row

from sahne.database.migrate import CONNECT_SECONDS_MAX, DatabaseUnreachable
from sahne.database.sql import load_queries

QUERIES = load_queries("sahne.operations.backup")
MAINTENANCE = "postgres"

Connection = psycopg.Connection[DictRow]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection without a transaction of its own.

    Raises:
        DatabaseUnreachable: it does not answer.
    """
    try:
        conn = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, prepare_threshold=None, application_name="sahne backup",
            connect_timeout=CONNECT_SECONDS_MAX,
        )  # fmt: skip
    except (pg.OperationalError, pg.ProgrammingError) as error:
        hint = "Check DATABASE_URL: host, port, user, password, database."
        raise DatabaseUnreachable(details=str(error).strip(), hint=hint) from error
    with conn:
        yield conn


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """One read-only transaction in which everything is as it was at its first moment."""
    conn.execute("begin isolation level repeatable read, read only")
    try:
        conn.execute(QUERIES["steady"])
        yield
    finally:
        conn.rollback()


def maintenance_url(url: str) -> str:
    """A database of the same server to stand on while another is made: its `postgres`."""
    return with_database(url, MAINTENANCE)


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def server_major(conn: Connection) -> int:
    """The server's major version."""
    return conn.info.server_version // 10_000
