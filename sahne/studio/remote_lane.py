"""The second lane of the worker: pictures that are made elsewhere wait in rows, hundreds at once, and hold no worker.

start → rows that are due are taken in hand, so many at once → a step each (`remote_pictures.py`), which puts its row
down with the moment it is due next → again; a heartbeat renews the hold on what is in hand → stop: nothing more is
taken, steps under way may end within `STOP_SECONDS_MAX` → end. The rows of a worker that died are taken up when its
hold has run out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.loops import Loop
from sahne.studio.remote_pictures import RemoteMaker, RemotePicture
from sahne.studio.requests import REMOTE_QUERIES
from sahne.telemetry import Failed, observe

STEPS_AT_ONCE_MAX = 64
LOOK_SECONDS = 0.25
HELD_HEARTBEATS = 4  # so many may be missed before the rest is another's
STOP_SECONDS_MAX = 15.0


class RemoteLane:
    """Takes up what is due and does the next step of each."""

    def __init__(self, database: Database, maker: RemoteMaker, *, heartbeat_seconds: float) -> None:
        self._database = database
        self._maker = maker
        self._holder = uuid4()
        self._hold_seconds = heartbeat_seconds * HELD_HEARTBEATS
        self._steps: dict[UUID, asyncio.Task[None]] = {}
        self._taking = Loop("remote pictures", self._take, LOOK_SECONDS)
        self._holding = Loop("remote pictures' hold", self._renew, heartbeat_seconds)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """As long as the block lasts."""
        self._holding.start()
        self._taking.start()
        try:
            yield
        finally:
            await self._taking.stop()
            await self._end_steps()
            await self._holding.stop()

    async def drain(self) -> bool:
        """Wait until nothing is asked of anybody elsewhere; whether something was."""
        was_busy = False
        while await self._is_any_unfinished():
            was_busy = True
            await asyncio.sleep(LOOK_SECONDS)
        return was_busy

    async def _take(self) -> bool:
        """Whether there is more than can be held."""
        free = STEPS_AT_ONCE_MAX - len(self._steps)
        if not free:
            return False
        values = {"limit": free, "holder": self._holder, "hold_seconds": self._hold_seconds}
        async with self._database.transaction(SERVICE) as conn:
            rows = await every(conn, REMOTE_QUERIES["take_due"], values)
        for row in rows:
            picture = RemotePicture(**row)
            self._steps[picture.id] = asyncio.create_task(self._step(picture))
        return False

    async def _step(self, picture: RemotePicture) -> None:
        try:
            await self._maker.step(picture)
        except Exception as error:  # the database is away, or it is our fault: the row is taken up again
            observe(Failed.of("step of a remote picture", error))
        finally:
            self._steps.pop(picture.id, None)
            if len(self._steps) == STEPS_AT_ONCE_MAX - 1:
                self._taking.wake()

    async def _renew(self) -> bool:
        if self._steps:
            values = {"ids": list(self._steps), "holder": self._holder, "hold_seconds": self._hold_seconds}
            async with self._database.transaction(SERVICE) as conn:
                await conn.execute(REMOTE_QUERIES["renew_hold"], values)
        return False

    async def _end_steps(self) -> None:
        steps = list(self._steps.values())
        if steps:
            _, late = await asyncio.wait(steps, timeout=STOP_SECONDS_MAX)
            for step in late:
                step.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await step

    async def _is_any_unfinished(self) -> bool:
        async with self._database.transaction(SERVICE) as conn:
            return bool((await one(conn, REMOTE_QUERIES["is_any_unfinished"]))["yes"])
