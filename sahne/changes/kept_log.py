"""How much of the log PostgreSQL keeps for our slot, and the end of a stream that lets it keep too much.

A server that judges slower than others write, or waits for a lock, makes PostgreSQL keep its log until the disk is
full. So the stream is ended before: the slot goes with it, a new one begins at now, and what lay between is a gap that
is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from sahne.changes.replication import Replication
from sahne.changes.tables import QUERIES
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Database
from sahne.errors import Unavailable

LOOK_SECONDS = 5.0


class TooFarBehind(Exception):
    """The stream was ended: it had come so far behind what is written that PostgreSQL kept too much for it."""


class KeptLog:
    """Bounds what is kept for a stream to `bytes_max`, and what is written within `LOOK_SECONDS`."""

    def __init__(self, database: Database, bytes_max: int) -> None:
        self._database = database
        self._bytes_max = bytes_max

    @asynccontextmanager
    async def bounded(self, replication: Replication) -> AsyncIterator[None]:
        """The block is cut off when its stream has come too far behind.

        Raises:
            TooFarBehind: it was.
        """
        try:
            async with asyncio.timeout(None) as patience:
                watching = asyncio.create_task(self._watch(replication, patience), name="kept log")
                try:
                    yield
                finally:
                    watching.cancel()
        except TimeoutError:
            if not patience.expired():
                raise
            raise TooFarBehind(f"more than {self._bytes_max} bytes of the log were kept") from None

    async def _watch(self, replication: Replication, patience: asyncio.Timeout) -> None:
        while not patience.expired():
            await asyncio.sleep(LOOK_SECONDS)
            replication.report()
            if await self._bytes(replication.slot) > self._bytes_max:
                patience.reschedule(asyncio.get_running_loop().time())
                return

    async def _bytes(self, slot: str | None) -> int:
        """What is kept; 0 where nobody can say, which the stream itself will learn."""
        try:
            async with self._database.transaction(ANONYMOUS) as conn:
                row = await maybe(conn, QUERIES["kept_log"], {"slot": slot})
        except (psycopg.Error, Unavailable):
            return 0
        return row["bytes"] if row else 0
