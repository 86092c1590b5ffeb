"""Objects the database asked to have removed (`private.object_removals`): their rows in the app are gone already."""

from __future__ import annotations

from sahne.database.actor import SERVICE
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.objects.remove import begin_removal
from sahne.objects.rows import QUERIES
from sahne.providers.blobs import BlobStore

LINES_AT_ONCE_MAX = 500


async def remove_queued(database: Database, blobs: BlobStore) -> int:
    """Remove what is queued, a lot at a time, rows and lines in one transaction and then the bytes.

    Answers how many lines are done. A crash between leaves bytes to the sweep and never a row without bytes.
    """
    done = 0
    while True:
        async with database.transaction(SERVICE) as conn:
            await begin_removal(conn)
            row = await one(conn, QUERIES["remove_queued"], {"limit": LINES_AT_ONCE_MAX})
        await blobs.remove(row["versions"])
        done += int(row["lines"])
        if row["lines"] < LINES_AT_ONCE_MAX:
            return done
