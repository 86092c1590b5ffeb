"""Shares of what there is little of: so many at once, so many waiting, and not for long.

Of the connections to the database each caller has a share of their own, the same one at every door: whose requests are
slow waits for their own, and nobody else does. Callers whom nobody has signed in have one together beside it.
"""

from __future__ import annotations

import asyncio
from collections import deque
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
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._waiting_max = waiting_max
        self._wait_seconds_max = wait_seconds_max

    async def __aenter__(self) -> None:
        """Take a place.

        Raises:
            ConnectionsBusy: too many wait, or this one waited too long.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait()

    async def __aexit__(self, *_: object) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        """To who has waited longest."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    async def _wait(self) -> None:
        if len(self._waiting) >= self._waiting_max:
            raise ConnectionsBusy(details=f"{self._waiting_max} requests are waiting for the same share already")
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._wait_seconds_max):
                await place
        except BaseException as error:
            self._leave(place)
            if not isinstance(error, TimeoutError):
                raise
            busy = f"no place of its share came free within {self._wait_seconds_max:g} s"
            raise ConnectionsBusy(details=busy) from error

    def _leave(self, place: asyncio.Future[None]) -> None:
        """Whoever waited is gone; a place that was handed over at that very moment goes to the next."""
        if place in self._waiting:
            self._waiting.remove(place)
        elif not place.cancelled():
            self._hand_on()


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
        return self.of_caller(caller_of(actor, place))

    def of_caller(self, caller: Hashable | None) -> Place:
        """As `of`, for whom `caller_of` has found."""
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
