"""One end of an upload at a time, for each copies all that has come: whoever ends it has its row until they are done.

start → the row is taken for `TAKEN_SECONDS`, or waited for → while bytes are copied it is taken anew, and once more
when all of them lie there: who has lost it stores nothing → done or not, it is given back. Of who died it is free when
its time is over. It is no lock: nobody holds a connection meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import Conflict, SahneError
from sahne.objects.errors import NoSuchUpload

TAKEN_SECONDS = 60.0
TAKEN_ANEW_SECONDS = 15.0
ASKED_AGAIN_SECONDS = 0.5

QUERIES = load_queries(__package__, "ends.sql")


class EndUnderWay(SahneError):
    """The upload is being ended already. Try again shortly."""

    code = "Locked"
    status = 423


class HasEnded(Conflict):
    """The upload has ended"""

    code = "UploadEnded"


class End:
    """An end that is ours."""

    def __init__(self, database: Database, upload: UUID) -> None:
        self._database = database
        self.by = uuid4()
        self._values = {"id": upload, "by": self.by, "seconds": TAKEN_SECONDS}

    async def take(self) -> None:
        """Raises EndUnderWay, HasEnded, NoSuchUpload."""
        async with self._database.transaction(SERVICE) as conn:
            if await maybe(conn, QUERIES["take_end"], self._values):
                return
            row = await maybe(conn, QUERIES["has_ended"], self._values)
        if row is None:
            raise NoSuchUpload()
        raise HasEnded() if row["has_ended"] else EndUnderWay()

    async def over(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same bytes; for as long as they are copied the end stays ours. Raises as `take`."""
        clock = asyncio.get_running_loop().time
        taken_at = -TAKEN_SECONDS  # for who waited for a list of parts
        async for chunk in chunks:
            if clock() - taken_at >= TAKEN_ANEW_SECONDS:
                await self.take()
                taken_at = clock()
            yield chunk

    async def give_back(self) -> None:
        """It may be tried again; where it has ended, nothing."""
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["give_end_back"], self._values)


@asynccontextmanager
async def one_end(database: Database, upload: UUID, *, wait_seconds: float = 0) -> AsyncIterator[End]:
    """The end of an upload, for the block alone.

    Raises:
        EndUnderWay: it is another's, and was for `wait_seconds`. HasEnded. NoSuchUpload.
    """
    end = End(database, upload)
    until = asyncio.get_running_loop().time() + wait_seconds
    while True:
        try:
            await end.take()
            break
        except EndUnderWay:
            if asyncio.get_running_loop().time() >= until:
                raise
        await asyncio.sleep(ASKED_AGAIN_SECONDS)
    try:
        yield end
    finally:
        await end.give_back()
