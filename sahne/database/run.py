"""Running one SQL file, whole or not at all, so that a failure says where it stands.

Every file is one transaction. A statement that PostgreSQL refuses inside one (`create index concurrently`) has a
file of its own and is its own transaction. What a file sets for its session (`set role`, `set search_path`) ends with
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from sahne.database.history import AdminConnection, Source
from sahne.database.statements import Statement
from sahne.errors import SetupError

STATEMENT_SHOWN_CHARS_MAX = 400
LOCK_SECONDS_MAX = 30

_ENDS_TRANSACTION = re.compile(r"(begin|start\s+transaction|commit|end|rollback|abort|prepare\s+transaction)\b", re.I)
_STANDS_ALONE = re.compile(
    r"((create\s+(unique\s+)?|drop\s+)index|reindex\s+(\([^)]*\)\s*)?\w+)\s+concurrently\b|vacuum\b|alter\s+system\b"
    r"|alter\s+table\b.+\sdetach\s+partition\b.+\sconcurrently\Z",
    re.I | re.S,
)
_BUILDS_INDEX = re.compile(r"create\s+(unique\s+)?index\s+concurrently\b", re.I)

# at the start, and again after each file; the path is the one a migration of a Supabase project counts on
_SESSION = f"""
reset session authorization;
reset role;
reset all;
set search_path = "$user", public, extensions;
set lock_timeout = '{LOCK_SECONDS_MAX}s';
set client_min_messages = warning;
"""

_UNFINISHED_INDEXES = """
select c.relname, c.oid::regclass::text
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
 where not i.indisvalid and c.relkind = 'i'
   and not exists (select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = c.oid)
"""

MEND = "The database is as it was before this file. Mend the cause, then migrate again."

_HINTS = {
    "55P03": "Another session holds a lock on it. Nothing was changed; end that session or wait, then migrate again.",
    "25001": "Give the statement a file of its own: it cannot share a transaction.",
    "42501": "Migrate as the role that owns the database and its schemas.",
}


class MigrationFailed(SetupError):
    """A migration failed; the database is as it was before it."""

    code = "migration_failed"

    def __init__(self, source: Source, statement: Statement, error: psycopg.Error) -> None:
        diagnosis = error.diag
        self.file = source.file
        self.line = statement.line + _lines_into(statement.text, diagnosis.statement_position)
        super().__init__(
            f"{self.file}:{self.line}: {diagnosis.message_primary or error}",
            details={
                "file": self.file,
                "line": self.line,
                "sqlstate": diagnosis.sqlstate,
                "detail": diagnosis.message_detail,
                "statement": statement.text[:STATEMENT_SHOWN_CHARS_MAX],
            },
            hint=diagnosis.message_hint or _HINTS.get(diagnosis.sqlstate or "", MEND),
        )


class TransactionInMigration(SetupError):
    """A migration begins or ends a transaction itself; each file is one already."""

    code = "transaction_in_migration"


def stands_alone(source: Source) -> bool:
    """Whether the file is one statement that cannot be inside a transaction."""
    return len(source.statements) == 1 and bool(_STANDS_ALONE.match(source.statements[0].text))


def refuse_transactions(source: Source) -> None:
    """Raise `TransactionInMigration` where a statement would end the file's own transaction half-way."""
    for statement in source.statements:
        if _ENDS_TRANSACTION.match(statement.text):
            raise TransactionInMigration(details=f"{source.file}:{statement.line}", hint="Take the statement out.")


def run_source(conn: AdminConnection, source: Source) -> None:
    """Execute every statement of `source` in order; what is checked at commit is checked here already.

    Raises:
        MigrationFailed: with file, line and hint; the caller's transaction is to be rolled back.
    """
    for statement in source.statements:
        with _naming_statement(source, statement):
            conn.execute(statement.text.encode())
    if source.statements and not stands_alone(source):
        with _naming_statement(source, source.statements[-1]):
            conn.execute("set constraints all immediate")
    reset_session(conn)


def run_alone(conn: AdminConnection, source: Source) -> None:
    """`run_source` for a file that stands alone: an index whose making fails, or was cut off before, does not stay.

    Raises:
        MigrationFailed: as `run_source`.
    """
    _drop_unfinished(conn, source)
    try:
        run_source(conn, source)
    except MigrationFailed:
        _drop_unfinished(conn, source)
        raise


def reset_session(conn: AdminConnection) -> None:
    """Role and settings as a migration finds them."""
    conn.execute(_SESSION)


def _drop_unfinished(conn: AdminConnection, source: Source) -> None:
    """PostgreSQL leaves an unfinished index behind: it costs writes, serves nobody, and its name is taken."""
    text = source.statements[0].text
    if not _BUILDS_INDEX.match(text):
        return
    for name, place in conn.execute(_UNFINISHED_INDEXES).fetchall():
        if re.search(rf"\b{re.escape(name)}\b", text):
            conn.execute(f"drop index concurrently {place}".encode())


@contextmanager
def _naming_statement(source: Source, statement: Statement) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise MigrationFailed(source, statement, error) from error


def _lines_into(text: str, position: str | None) -> int:
    return text.count("\n", 0, int(position) - 1) if position else 0
