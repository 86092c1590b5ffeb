"""A share of what there is little of: so many at once, so many waiting, and not for long."""

from __future__ import annotations

import asyncio

from sahne.database.result import ConnectionsBusy


class Share:
    """`async with share:` holds one of its `places`."""

    def __init__(self, places: int, *, waiting_max: int, wait_seconds_max: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._waiting_max = waiting_max
        self._wait_seconds_max = wait_seconds_max
        self._waiting = 0

    async def __aenter__(self) -> None:
        """Take a place.

        Raises:
            ConnectionsBusy: too many wait, or this one waited too long.
        """
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    async def _wait(self) -> None:
        if self._waiting >= self._waiting_max:
            raise ConnectionsBusy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds_max):
                await self._places.acquire()
        except TimeoutError as error:
            raise ConnectionsBusy() from error
        finally:
            self._waiting -= 1
