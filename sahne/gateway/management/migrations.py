"""Migrations as an operator's agent writes them: the history that they join, and the next one of it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

from sahne.database.history import Source
from sahne.database.migrate import apply_written
from sahne.database.run import MigrationFailed, TransactionInMigration
from sahne.database.sql import load_queries
from sahne.errors import InvalidRequest
from sahne.gateway.management.statements import Rows, SqlRefused, Statements

VERSION = "%Y%m%d%H%M%S"
QUERY = load_queries(__package__, "installation.sql")["migrations"].decode()
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


class MisnamedByAgent(InvalidRequest):
    """A migration's name is written in snake_case, in at most 100 characters."""

    code = "misnamed_migration"


async def history(statements: Statements) -> Rows:
    """Version and name of every migration that was applied."""
    return await statements.run_as_owner(QUERY)


async def apply(statements: Statements, url: str, name: str, query: str) -> None:
    """Apply one more, whole or not at all, and write it down.

    Raises:
        MisnamedByAgent, SqlRefused
    """
    if not _NAME.fullmatch(name):
        raise MisnamedByAgent(details=name)
    newest = max((row["version"] for row in await history(statements)), default="")
    source = Source(f"migrations/{next_version(newest, datetime.now(UTC))}_{name}", query)
    try:
        await asyncio.to_thread(apply_written, url, source)
    except (MigrationFailed, TransactionInMigration) as error:
        raise SqlRefused(error.message, details=error.details, hint=error.hint) from error


def next_version(newest: str, now: datetime) -> str:
    """The moment as a migration's fourteen digits; where that is not past the newest, the second after it."""
    version = now.strftime(VERSION)
    if version > newest:
        return version
    return (datetime.strptime(newest, VERSION) + timedelta(seconds=1)).strftime(VERSION)
