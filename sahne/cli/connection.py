"""What the commands share that ask a database and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sahne.database.pool import Database
from sahne.database.reach import refuse_unmigrated
from sahne.up.state import settings_of_a_database

STATEMENT_SECONDS_MAX = 8.0


@asynccontextmanager
async def open_database(
    data: Path | None, statement_timeout_seconds: float = STATEMENT_SECONDS_MAX
) -> AsyncIterator[Database]:
    """One connection as the doors have, tried before the pool begins to try for itself.

    Raises:
        NothingRuns, DatabaseUnreachable, DoorsCannotLogIn, NotMigrated
    """
    url = settings_of_a_database(data).authenticator_url
    refuse_unmigrated(url)
    async with Database(url, connections_max=1, statement_timeout_seconds=statement_timeout_seconds) as database:
        yield database
