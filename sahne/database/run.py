"""Running one SQL file inside the caller's transaction, so that a failure says where it stands."""

from __future__ import annotations

import psycopg

from sahne.database.history import AdminConnection, Source
from sahne.database.statements import Statement
from sahne.errors import SetupError

STATEMENT_SHOWN_CHARS_MAX = 400


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
            hint=diagnosis.message_hint
            or "The database is as it was before this file. Mend the cause, then migrate again.",
        )


def run_source(conn: AdminConnection, source: Source) -> None:
    """Execute every statement of `source` in order.

    Raises:
        MigrationFailed: with file, line and hint; the caller's transaction is to be rolled back.
    """
    for statement in source.statements:
        try:
            conn.execute(statement.text.encode())
        except psycopg.Error as error:
            raise MigrationFailed(source, statement, error) from error


def _lines_into(text: str, position: str | None) -> int:
    return text.count("\n", 0, int(position) - 1) if position else 0
