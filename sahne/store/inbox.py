"""What the stores told: kept at once, read afterwards.

An event may come late, twice, out of order or never. Reading it means reading everything that is told of the same
person again, in the order in which it happened: the database does (`database/functions/store/premium.sql`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe, one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.result import StatementFailed
from sahne.database.sql import load_queries
from sahne.store.errors import StoreUnreadable
from sahne.store.events import StoreEvent
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__)

ATTEMPTS_MAX = 10
ERROR_CHARACTERS_MAX = 500
CHANGED_MAX = 200  # people or names of one transaction
DATA_EXCEPTION = "22"  # the class of SQLSTATE


async def keep(pipeline: Pipeline, event: StoreEvent) -> None:
    """Store an event; one that is known already is left as it is, and a look takes the place of the one before.

    Raises:
        StoreUnreadable: PostgreSQL cannot hold it (a NUL character, a lone surrogate).
    """
    try:
        query = QUERIES["keep_look" if event.effect == "looked" else "keep_event"]
        await pipeline.run(SERVICE, query, asdict(event))
    except StatementFailed as failure:
        if failure.sqlstate.startswith(DATA_EXCEPTION):
            raise StoreUnreadable(details=failure.message) from failure
        raise


class Inbox:
    """Reads the stored events, oldest first; several processes may do so, one at a time does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def work(self) -> bool:
        """Read one event, and what waits of the same people with it; False when there is none.

        An event that cannot be read waits 1, 3, 7 … seconds and holds up no other.
        """
        row: dict[str, Any] | None = None
        try:
            async with self._database.transaction(SERVICE) as conn:
                await conn.execute(QUERIES["hold_store"])
                row = await maybe(conn, QUERIES["take_event"], {"attempts_max": ATTEMPTS_MAX})
                if row is None:
                    return False
                await conn.execute(QUERIES["fold_customers"], {"customers": row["customers"]})
        except Exception as error:
            if row is None:
                raise
            await self._put_off(row, error)
        return True

    async def _put_off(self, row: dict[str, Any], error: Exception) -> None:
        failed = Failed.of("read what a store told", error)
        observe(failed)
        values = {"source": row["source"], "id": row["id"], "error": failed.error[:ERROR_CHARACTERS_MAX]}
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["fail_event"], values)


async def lapse_premium(database: Database) -> bool:
    """End what nobody told the end of; whether there may be more."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["lapse_premium"], {"people_max": CHANGED_MAX})
    return int(row["changed"]) == CHANGED_MAX


async def recognise_customers(database: Database) -> bool:
    """Give people what was bought before anybody knew who they are; whether there may be more."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["recognise_customers"], {"names_max": CHANGED_MAX})
    return int(row["changed"]) == CHANGED_MAX
