"""Shares of what there is little of: so many at once, so many waiting, and not for long.

Of the connections to the database each caller has a share of their own, the same one at every door: whose requests are
slow waits for their own, and nobody else does. Callers whom nobody has signed in have one together beside it.

Connections that nobody else needs are nobody's loss: whose requests have been quick so far borrows of those that are
idle, as long as a share of them is left for who comes next, and gives back first what is borrowed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
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
QUICK_SECONDS = 0.05  # what a request may take on the average of one who borrows
KNOWN_REQUESTS_MIN = 20  # after so many it is known
REMEMBERED_REQUESTS = 128  # those before count less and less

Place = AbstractAsyncContextManager[None]
UNBOUND: Place = nullcontext()


class Share:
    """`async with share:` holds one of its `places`, or a borrowed one where `may_borrow` says that there are some."""

    def __init__(
        self,
        places: int,
        *,
        waiting_max: int,
        wait_seconds_max: float,
        may_borrow: Callable[[], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._free = places  # below nothing: so many are borrowed
        self._waiting: deque[asyncio.Future[bool]] = deque()  # whether a place is given; else it took too long
        self._waiting_max = waiting_max
        self._wait_seconds_max = wait_seconds_max
        self._may_borrow = may_borrow
        self._pace = Pace(clock)

    async def __aenter__(self) -> None:
        """Take a place.

        Raises:
            ConnectionsBusy: too many wait, or this one waited too long.
        """
        if self._free > 0 or self._lends():
            self._free -= 1
        else:
            await self._wait()
        if self._free <= 0:
            self._pace.goes_on(self._places - self._free)

    async def __aexit__(self, *_: object) -> None:
        is_full = self._free <= 0
        if is_full:
            self._pace.one_is_done()
        self._hand_on()
        if is_full:
            self._pace.goes_on(self._places - self._free if self._free <= 0 else 0)

    def _lends(self) -> bool:
        return self._may_borrow is not None and self._pace.is_quick and self._may_borrow()

    def _hand_on(self) -> None:
        """To who has waited longest, unless it is borrowed and needed by others."""
        while self._waiting and (self._free >= 0 or self._lends()):
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(True)
                return
        self._free += 1

    async def _wait(self) -> None:
        if len(self._waiting) >= self._waiting_max:
            raise ConnectionsBusy(details=f"{self._waiting_max} requests are waiting for the same share already")
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._waiting.append(place)
        # one timer and no `asyncio.timeout`, which costs more than the wait itself
        expiry = loop.call_later(self._wait_seconds_max, self._expire, place)
        try:
            is_given = await place
        except asyncio.CancelledError:
            self._leave(place)
            raise
        finally:
            expiry.cancel()
        if not is_given:
            raise ConnectionsBusy(details=f"no place of its share came free within {self._wait_seconds_max:g} s")

    def _expire(self, place: asyncio.Future[bool]) -> None:
        if not place.done():
            self._waiting.remove(place)
            place.set_result(False)

    def _leave(self, place: asyncio.Future[bool]) -> None:
        """Whoever waited is gone; a place that was handed over at that very moment goes to the next."""
        if place in self._waiting:
            self._waiting.remove(place)
        elif not place.cancelled() and place.result():
            self._hand_on()


class Pace:
    """How long somebody's requests take that fill their share, those under way with what they took so far."""

    __slots__ = ("_clock", "_done", "_last", "_seconds", "_under_way")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._under_way = 0
        self._done = 0
        self._seconds = 0.0
        self._last = clock()

    @property
    def is_quick(self) -> bool:
        """Whether enough of them are known to take little."""
        self._count_time()
        return self._done >= KNOWN_REQUESTS_MIN and self._seconds < QUICK_SECONDS * self._done

    def goes_on(self, under_way: int) -> None:
        """From now on so many are under way; 0 where the share is not full, and nobody wants more."""
        self._count_time()
        self._under_way = under_way

    def one_is_done(self) -> None:
        """One of them took what it took."""
        self._done += 1
        if self._done >= REMEMBERED_REQUESTS:
            self._done //= 2
            self._seconds /= 2

    def _count_time(self) -> None:
        now = self._clock()
        self._seconds += self._under_way * (now - self._last)
        self._last = now


class Shares:
    """Who may hold how many connections at once. The server's own calls (`service_role`) may hold all.

    `anonymous_in_pipeline` and `anonymous_in_pool` are what callers without a user have together. `idle` tells how many
    connections nobody uses; without it nobody borrows.
    """

    def __init__(self, settings: Settings, idle: Callable[[], int] | None = None) -> None:
        pipeline, pool = settings.pipeline_connections, settings.pool_connections_max
        self._of_a_caller = _part(min(pipeline, pool), settings.caller_connections_percent)
        self._idle = idle
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
            share = _share(self._of_a_caller, self._may_borrow if self._idle else None)
            self._callers.keep(caller, share)
        return share

    def _may_borrow(self) -> bool:
        """Whether a share of them is left when one more is taken: who comes next finds it free."""
        return self._idle is not None and self._idle() > self._of_a_caller


def _share(places: int, may_borrow: Callable[[], bool] | None = None) -> Share:
    return Share(places, waiting_max=WAITING_MAX, wait_seconds_max=WAIT_SECONDS_MAX, may_borrow=may_borrow)


def _part(connections: int, percent: int) -> int:
    return max(1, connections * percent // 100)
