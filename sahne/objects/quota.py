"""What each owner keeps is counted by the database (`functions/objects/quota.sql`); here it is looked after."""

from __future__ import annotations

from sahne.database.fetch import one
from sahne.database.pool import Connection
from sahne.objects.rows import QUERIES


async def recount_objects(conn: Connection) -> int:
    """Put right whatever numbers are not those of the owner's objects; answers how many owners that were."""
    return int((await one(conn, QUERIES["recount_objects"]))["owners"])
