"""Large bodies are read one after the other on a thread, so that nobody else waits for a stranger's megabytes.

What a request says is otherwise read where it came in, on the event loop: a few microseconds. Two megabytes of rows
take a tenth of a second, and twenty callers who send them would have everybody wait for all of them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from sahne.database.catalog import Catalog
from sahne.database.result import ConnectionsBusy
from sahne.gateway.rest.calls import Calls
from sahne.gateway.rest.errors import BodiesBusy
from sahne.gateway.rest.query.statement import Ready
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.tables import Tables
from sahne.gateway.shares import Share

LARGE_BODY_BYTES = 64 * 1024
WAITING_MAX = 50
WAIT_SECONDS_MAX = 10.0


class LargeBodies:
    """One thread with rooms of its own: what is remembered of shapes is no thing for two threads at once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large bodies")
        self._turn = Share(1, waiting_max=WAITING_MAX, wait_seconds_max=WAIT_SECONDS_MAX)
        self._tables = Tables()
        self._calls = Calls()

    async def prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> Ready:
        """The statement of a request, as `Tables.prepare` and `Calls.prepare` say it.

        Raises:
            BodiesBusy: too many wait, or this one waited too long. RestError: as there.
        """
        room = self._calls if request.is_call else self._tables
        loop = asyncio.get_running_loop()
        try:
            async with self._turn:
                return await loop.run_in_executor(self._thread, room.prepare, request, query, body, catalog, role)
        except ConnectionsBusy as error:
            raise BodiesBusy() from error
