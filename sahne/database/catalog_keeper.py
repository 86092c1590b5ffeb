"""Keeps the catalog fresh: listens for schema changes and reads it anew, never within a request.

connect → read → listen on channel `pgrst` → on `reload schema` or `reload config` read again; lost → back off →
connect → read. The platform's event trigger notifies after every DDL; `notify pgrst, 'reload schema'` does it by hand.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from psycopg import AsyncConnection, Error
from psycopg.rows import DictRow, dict_row

from sahne.backoff import Backoff
from sahne.database.catalog import Catalog
from sahne.database.catalog_exposure import DEFAULT_SCHEMA, PREFIX, Exposure, as_database_says
from sahne.database.catalog_rows import catalog_from
from sahne.database.fetch import every
from sahne.database.sql import load_queries
from sahne.telemetry import Failed, observe

CHANNEL = "pgrst"
FIRST_READ_SECONDS_MAX = 10.0
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0
SETTLE_SECONDS = 0.05
LOCK_MS_MAX = 500  # shorter than a deadlock lasts: whoever changes the schema goes first
EXPOSURE = "exposure"
RELATIONS = "relations"
OF_DATABASE = (
    "foreign_keys",
    "computed_relationships",
    "representations",
    "view_columns",
    "time_zones",
    "role_settings",
)  # every other query is asked once for each schema


class CatalogKeeper:
    """`current` is the catalog, None until the database was reached for the first time.

    `exposure` is what the settings say; the database may say otherwise.
    """

    def __init__(self, url: str, exposure: Exposure | None = None) -> None:
        self._url = url
        self._exposure = exposure or Exposure()
        self.current: Catalog | None = None
        self._read_once = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> CatalogKeeper:
        self._task = asyncio.create_task(self._keep())
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_READ_SECONDS_MAX):
                await self._read_once.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url, autocommit=True, row_factory=dict_row, connect_timeout=5, prepare_threshold=None,
                    application_name="sahne catalog",
                    options=f"-c search_path=pg_catalog -c lock_timeout={LOCK_MS_MAX}",
                ) as conn:  # fmt: skip
                    await conn.execute(f"listen {CHANNEL}".encode())
                    await self._read(conn)
                    backoff.reset()
                    while True:
                        await _wait_for_notice(conn)
                        await self._read(conn)
            except (Error, OSError) as error:
                observe(Failed("read the catalog", f"{type(error).__name__}: {error}"))
            await asyncio.sleep(backoff.next_seconds())

    async def _read(self, conn: AsyncConnection[DictRow]) -> None:
        queries = load_queries(__package__, "catalog.sql")
        exposure = as_database_says(self._exposure, await every(conn, queries[EXPOSURE], {"prefix": PREFIX}))
        of_database = {name: await every(conn, queries[name]) for name in OF_DATABASE}
        of_schemas = {
            schema: {
                name: await every(conn, query, {"schema": schema})
                for name, query in queries.items()
                if name not in (EXPOSURE, *OF_DATABASE)
            }
            for schema in dict.fromkeys([*exposure.schemas, DEFAULT_SCHEMA])
        }
        shown = {row["origin_schema"] for row in of_database["view_columns"]} - of_schemas.keys()
        behind = {schema: await every(conn, queries[RELATIONS], {"schema": schema}) for schema in sorted(shown)}
        version = self.current.version + 1 if self.current else 1
        self.current = catalog_from(version, exposure, of_database, of_schemas, behind)
        self._read_once.set()


async def _wait_for_notice(conn: AsyncConnection[DictRow]) -> None:
    """Wait until told to read anew; a migration says so once a statement, all of which are one."""
    async for _ in conn.notifies(stop_after=1):
        pass
    async for _ in conn.notifies(timeout=SETTLE_SECONDS):
        pass
