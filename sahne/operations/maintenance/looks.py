"""Looks at how a database is used: statements that take most time, indexes that are missing, idle or one too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from sahne.database.reach import CONNECT_SECONDS_MAX, unreachable
from sahne.database.sql import load_queries
from sahne.errors import SetupError

_QUERIES = load_queries(__package__, "looks.sql")

MAKE = "create extension pg_stat_statements with schema extensions;"
BORROWED = "sahne_statements"
BORROW = f"create schema {BORROWED}; create extension pg_stat_statements with schema {BORROWED}"
UNUSED_BYTES_MIN = 1024 * 1024

Row = dict[str, Any]


class StatementsNotCounted(SetupError):
    """This database does not count its statements."""

    code = "statements_not_counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """What there is to say of them. Reads are counted `since` then; None: since the database was made."""

    missing: Sequence[Row]
    duplicate: Sequence[Row]
    unused: Sequence[Row]
    since: datetime | None


def slow_statements(url: str, count: int) -> list[Row]:
    """By `pg_stat_statements`, those first that took most time together.

    Raises:
        DatabaseUnreachable
        StatementsNotCounted: the server has not loaded it, or this database has no extension of it.
    """
    with _connected(url) as conn:
        try:
            kept = conn.execute(_QUERIES["statements_kept"]).fetchone() or {}
            if not kept["is_loaded"]:
                raise StatementsNotCounted(
                    details="pg_stat_statements is not in shared_preload_libraries",
                    hint="An administrator says alter system set shared_preload_libraries = 'pg_stat_statements';"
                    f" restarts PostgreSQL, and says {MAKE}",
                )
            schema = kept["schema"] or _borrowed(conn)
            conn.execute(sql.SQL("set local search_path = {}").format(sql.Identifier(schema)))
            return conn.execute(_QUERIES["slow_statements"], {"count": count}).fetchall()
        finally:
            conn.rollback()


def _borrowed(conn: psycopg.Connection[DictRow]) -> str:
    """The schema of the extension, made for the transaction under way: no backup has it, and nobody else sees it.

    Raises:
        StatementsNotCounted: this role may not make it.
    """
    try:
        conn.execute(BORROW)
    except psycopg.DatabaseError as error:
        details = f"The server counts them; this database has no extension for it: {error.diag.message_primary}"
        raise StatementsNotCounted(details=details, hint=f"An administrator says {MAKE}") from error
    return BORROWED


def look_at_indexes(url: str, *, unused_bytes_min: int = UNUSED_BYTES_MIN) -> Indexes:
    """What should be made and what could go.

    Raises:
        DatabaseUnreachable
    """
    with _connected(url) as conn:
        since = conn.execute(_QUERIES["counting_since"]).fetchone()
        missing, duplicate, unused = (
            conn.execute(_QUERIES[query], {"bytes_min": unused_bytes_min}).fetchall()
            for query in ("missing_indexes", "duplicate_indexes", "unused_indexes")
        )
        return Indexes(
            missing=missing,
            duplicate=duplicate,
            unused=unused,
            since=since["stats_reset"] if since else None,
        )


def _connected(url: str) -> psycopg.Connection[DictRow]:
    try:
        return psycopg.connect(url, row_factory=dict_row, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne")
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
