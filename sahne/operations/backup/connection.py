"""How backups speak to PostgreSQL: as the role that owns the database, in one steady transaction, with its programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow, dict_row

from sahne.database.pooler import refuse_pooler
from sahne.database.reach import CONNECT_SECONDS_MAX, DatabaseUnreachable, unreachable
from sahne.database.sql import load_queries
from sahne.errors import SetupError

QUERIES = load_queries("sahne.operations.backup")
MAINTENANCE = "postgres"

_LET_READ = (
    "Use a superuser's DATABASE_URL for this command. To make backups it is enough that an administrator lets the role"
    ' read everything: alter role "{role}" bypassrls; grant pg_read_all_data to "{role}";'
)

Connection = psycopg.Connection[DictRow]


class RoleMayNot(SetupError):
    """The role in DATABASE_URL may not do this."""

    code = "role_may_not"


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection without a transaction of its own.

    Raises:
        DatabaseUnreachable: it does not answer, or no longer.
        RoleMayNot: the block asked for what the role is not allowed.
        PoolerInBetween: a dump needs a session of its own.
    """
    refuse_pooler(url)
    try:
        conn = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=None,
            application_name="sahne backup",
            connect_timeout=CONNECT_SECONDS_MAX,
        )
    except (pg.OperationalError, pg.ProgrammingError) as error:
        raise unreachable(url, error) from error
    role = conn.info.user
    with conn:
        try:
            yield conn
        except pg.InsufficientPrivilege as error:
            raise RoleMayNot(details=str(error).strip(), hint=_LET_READ.format(role=role)) from error
        except pg.OperationalError as error:
            raise DatabaseUnreachable(
                "The database stopped answering.", details=str(error).strip(), hint="See its log, and try again."
            ) from error


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
