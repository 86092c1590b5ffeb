"""Shares of what there is little of: so many at once, so many waiting, and not for long.

Of the connections to the database each caller has a share of their own, the same one at every door: whose requests are
slow waits for their own, and nobody else does. Callers whom nobody has signed in have one together beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager, nullcontext

from sahne.database.actor import Actor
from sahne.database.result import ConnectionsBusy
from sahne.gateway.asgi import Scope
from sahne.gateway.callers import Places, caller_of
from sahne.remembered import Remembered
from sahne.settings import Settings

WAITING_MAX = 200
WAIT_SECONDS_MAX = 5.0
CALLERS_REMEMBERED_MAX = 10_000

Place = AbstractAsyncContextManager[None]
UNBOUND: Place = nullcontext()


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
            raise ConnectionsBusy(details=f"{self._waiting_max} requests are waiting for the same share already")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds_max):
                await self._places.acquire()
        except TimeoutError as error:
            busy = f"no place of its share came free within {self._wait_seconds_max:g} s"
            raise ConnectionsBusy(details=busy) from error
        finally:
            self._waiting -= 1


class Shares:
    """Who may hold how many connections at once. The server's own calls (`service_role`) may hold all.

    `anonymous_in_pipeline` and `anonymous_in_pool` are what callers without a user have together.
    """

    def __init__(self, settings: Settings) -> None:
        pipeline, pool = settings.pipeline_connections, settings.pool_connections_max
        self._of_a_caller = _part(min(pipeline, pool), settings.caller_connections_percent)
        self._places = Places(settings)
        self._callers: Remembered[Hashable, Share] = Remembered(CALLERS_REMEMBERED_MAX)
        self.anonymous_in_pipeline = _share(_part(pipeline, settings.anonymous_connections_percent))
        self.anonymous_in_pool = _share(_part(pool, settings.anonymous_connections_percent))

    def of_request(self, actor: Actor, scope: Scope) -> Place:
        """The share of who sends a request, to be held while it is worked on."""
        return self.of(actor, self._places.of(scope) if actor.user_id is None else None)

    def of(self, actor: Actor, place: str | None) -> Place:
        """The share of a user, else of the place that a caller comes from; no bound where that tells nobody apart."""
        caller = caller_of(actor, place)
        if caller is None:
            return UNBOUND
        share = self._callers.find(caller)
        if share is None:
            share = _share(self._of_a_caller)
            self._callers.keep(caller, share)
        return share


def _share(places: int) -> Share:
    return Share(places, waiting_max=WAITING_MAX, wait_seconds_max=WAIT_SECONDS_MAX)


def _part(connections: int, percent: int) -> int:
    return max(1, connections * percent // 100)
