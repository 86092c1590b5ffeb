"""When people were here last, written coarsely: what somebody asks for costs no write of its own.

start → noted by whoever knows who asks → every `WRITE_SECONDS` all of them in one statement → … → stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from sahne.accounts.transaction import QUERIES
from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.loops import Loop
from sahne.remembered import Remembered

WRITE_SECONDS = 15.0
SEEN_SECONDS = 300  # `last_seen_at` is as exact as this
NOTED_MAX = 10_000  # people between two writes; whoever comes on top is noted after it
WRITTEN_MAX = 50_000  # people remembered as written; of whom is forgotten the database knows


class Seen:
    """Open it with `async with`; `note` is cheap. `clock` answers seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._noted: set[UUID] = set()
        self._written: Remembered[UUID, float] = Remembered(WRITTEN_MAX)
        self._loop = Loop("stamp who was here", self.write, WRITE_SECONDS)

    async def __aenter__(self) -> Seen:
        self._loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._loop.stop()

    def note(self, user_id: UUID) -> None:
        """Somebody is here now."""
        if user_id in self._noted:
            return
        written = self._written.find(user_id)
        if (written is None or self._clock() - written >= SEEN_SECONDS) and len(self._noted) < NOTED_MAX:
            self._noted.add(user_id)

    async def write(self) -> bool:
        """Write who was noted; when that fails they are noted again when they ask for something."""
        users, self._noted = self._noted, set()
        if users:
            async with self._database.transaction(SERVICE) as conn:
                await conn.execute(QUERIES["stamp_seen"], {"users": [*users], "seconds": SEEN_SECONDS})
            now = self._clock()
            for user in users:
                self._written.keep(user, now)
        return False
