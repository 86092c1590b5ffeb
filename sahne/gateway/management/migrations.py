"""Migrations as an operator's agent writes them: the history that they join, and the next one of it."""

from __future__ import annotations

import asyncio
import re

from psycopg import Error

from sahne.database.migrate import DatabaseUnreachable, MigrationFailed, MigrationUnderWay, apply_written
from sahne.database.run import TransactionInMigration
from sahne.database.sql import load_queries
from sahne.errors import Conflict, InvalidRequest, Unavailable
from sahne.gateway.management.results import Rows
from sahne.gateway.management.statements import SqlRefused, Statements, in_words
from sahne.settings import Settings

QUERY = load_queries(__package__, "installation.sql")["migrations"].decode()
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


class MisnamedByAgent(InvalidRequest):
    """A migration's name is written in snake_case, in at most 100 characters."""

    code = "misnamed_migration"


class AnotherMigrates(Conflict):
    """Another migration of this database is under way."""

    code = "migration_under_way"


async def history(statements: Statements) -> Rows:
    """Version and name of every migration that was applied."""
    return await statements.run_as_owner(QUERY)


async def apply(statements: Statements, settings: Settings, name: str, query: str) -> None:
    """Apply one more, whole or not at all, and write it down.

    Raises:
        MisnamedByAgent, SqlRefused, AnotherMigrates, Unavailable
    """
    if not _NAME.fullmatch(name):
        raise MisnamedByAgent(details=name)
    seconds_max = settings.statement_timeout_seconds
    try:
        async with statements.place():
            await asyncio.to_thread(
                apply_written, settings.direct_admin_url, name, query, statement_seconds_max=seconds_max
            )
    except (MigrationFailed, TransactionInMigration) as error:
        raise SqlRefused(error.message, details=error.details, hint=error.hint) from error
    except MigrationUnderWay as error:
        raise AnotherMigrates(hint=error.hint) from error
    except DatabaseUnreachable as error:
        raise Unavailable(hint="The database does not answer.") from error
    except Error as error:
        raise in_words(error) from error
