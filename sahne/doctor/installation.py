"""What is looked at: settings, and the database behind them, as the role of DATABASE_URL, read only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row

from sahne.live_servers import LiveServer
from sahne.settings import Settings

CONNECT_SECONDS_MAX = 5
STATEMENTS_BOUNDED = "set local statement_timeout = '8s'"

Connection = AsyncConnection[dict[str, Any]]


class NoDatabase(Exception):
    """There is none to ask; what is wrong with it is told by the look at the database itself."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`live_servers` are those of the settings, or the one that a `sahne up` runs."""

    settings: Settings
    live_servers: Sequence[LiveServer] = ()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A transaction of its own, past any pooler, in which nothing can be written.

        Raises:
            NoDatabase: none is set, or it does not answer.
        """
        if self.settings.database_url is None:
            raise NoDatabase("there is no DATABASE_URL, and no `sahne up` runs here")
        try:
            conn = await AsyncConnection.connect(
                self.settings.direct_admin_url,
                connect_timeout=CONNECT_SECONDS_MAX,
                row_factory=dict_row,
                prepare_threshold=None,
                application_name="sahne doctor",
            )
        except OperationalError as error:
            raise NoDatabase("no database answers") from error
        async with conn:
            await conn.set_read_only(True)
            await conn.execute(STATEMENTS_BOUNDED)
            yield conn
