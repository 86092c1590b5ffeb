"""A share of the connections: so many at once, so many waiting, and who waits too long is told; each caller has one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from sahne.database.actor import ANONYMOUS, SERVICE, user_actor
from sahne.database.result import ConnectionsBusy
from sahne.gateway.asgi import Scope
from sahne.gateway.shares import UNBOUND, Share, Shares
from sahne.settings.reading import read_settings

ADA, BO = (user_actor(UUID(int=number)) for number in (0xADA, 0xB0))

pytestmark = pytest.mark.anyio


async def test_who_comes_when_all_places_are_held_waits_for_one() -> None:
    share = Share(1, waiting_max=1, wait_seconds_max=10)
    order: list[str] = []

    async def second() -> None:
        async with share:
            order.append("second")

    async with share:
        task = asyncio.create_task(second())
        await asyncio.sleep(0)
        order.append("first")
    await task
    assert order == ["first", "second"]


async def test_more_than_may_wait_are_refused_at_once_and_the_waiting_are_not_forgotten() -> None:
    share = Share(1, waiting_max=1, wait_seconds_max=10)
    async with share:
        task = asyncio.create_task(share.__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(ConnectionsBusy):
            await share.__aenter__()
    await task
    await share.__aexit__()
    async with share:
        pass


async def test_who_waits_too_long_is_refused_and_takes_no_place() -> None:
    share = Share(1, waiting_max=1, wait_seconds_max=0)
    async with share:
        with pytest.raises(ConnectionsBusy):
            await share.__aenter__()
    async with share:
        pass


async def test_a_caller_who_hangs_up_while_waiting_leaves_the_queue() -> None:
    share = Share(1, waiting_max=1, wait_seconds_max=10)
    async with share:
        task = asyncio.create_task(share.__aenter__())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        again = asyncio.create_task(share.__aenter__())
        await asyncio.sleep(0)
    await again


def shares_of(**given: Any) -> Shares:
    return Shares(read_settings(env_file=None, **given))


def from_address(host: str) -> Scope:
    return {"type": "http", "headers": [], "client": (host, 1)}


async def test_a_user_has_one_share_from_wherever_and_another_has_another() -> None:
    shares = shares_of(pipeline_connections=8)
    of_ada = shares.of_request(ADA, from_address("1.1.1.1"))
    assert shares.of_request(ADA, from_address("9.9.9.9")) is of_ada
    assert shares.of(ADA.as_service(), None) is UNBOUND
    async with of_ada, of_ada:
        third = asyncio.create_task(of_ada.__aenter__())
        async with shares.of(BO, None):
            await asyncio.sleep(0)
        assert not third.done()
    await third


async def test_who_is_nobody_shares_with_their_address_where_that_tells_anything() -> None:
    shares = shares_of()
    of_one = shares.of_request(ANONYMOUS, from_address("1.1.1.1"))
    assert shares.of_request(ANONYMOUS, from_address("1.1.1.1")) is of_one
    assert shares.of_request(ANONYMOUS, from_address("9.9.9.9")) is not of_one
    for alike in ("127.0.0.1", "10.0.0.7"):
        assert shares.of_request(ANONYMOUS, from_address(alike)) is UNBOUND
    assert shares.of_request(SERVICE, from_address("1.1.1.1")) is UNBOUND


@pytest.mark.parametrize(("connections", "percent", "places"), [(8, 25, 2), (1, 25, 1), (10, 100, 10), (3, 50, 1)])
async def test_a_share_is_a_part_of_the_fewer_connections_and_never_none(
    connections: int, percent: int, places: int
) -> None:
    settings = {"pipeline_connections": 100, "pool_connections_max": connections}
    share = shares_of(caller_connections_percent=percent, **settings).of(ADA, None)
    for _ in range(places):
        await share.__aenter__()
    further = asyncio.create_task(share.__aenter__())
    await asyncio.sleep(0)
    assert not further.done()
    further.cancel()


class House:
    """Eight connections, of which others use some; and a clock."""

    def __init__(self) -> None:
        self.used_by_others = 0
        self.held = 0
        self.now = 0.0

    def has_more_than_a_share(self) -> bool:
        return 8 - self.used_by_others - self.held > 2

    def share(self) -> Share:
        return Share(
            2,
            waiting_max=20,
            wait_seconds_max=10,
            may_borrow=self.has_more_than_a_share,
            clock=lambda: self.now,
        )

    async def asks(self, share: Share, count: int, seconds: float) -> None:
        """So many requests, two at a time, each of which takes so long."""
        for _ in range(count // 2):
            async with share, share:
                self.now += seconds

    async def held_at_once(self, share: Share) -> int:
        """How many of ten requests are worked on when all have come."""
        told = asyncio.Event()

        async def request() -> None:
            async with share:
                self.held += 1
                await told.wait()
                self.held -= 1

        tasks = [asyncio.create_task(request()) for _ in range(10)]
        for _ in range(10):
            await asyncio.sleep(0)
        held = self.held
        told.set()
        await asyncio.gather(*tasks)
        return held


async def test_whose_requests_are_quick_borrows_what_is_idle_but_for_a_share() -> None:
    house = House()
    share = house.share()
    assert await house.held_at_once(share) == 2  # nobody knows them yet
    await house.asks(share, 40, 0.01)
    assert await house.held_at_once(share) == 6
    house.used_by_others = 3
    assert await house.held_at_once(share) == 3
    house.used_by_others = 8
    assert await house.held_at_once(share) == 2


async def test_whose_requests_are_slow_borrows_nothing_until_many_were_quick() -> None:
    house = House()
    share = house.share()
    await house.asks(share, 40, 1.0)
    assert await house.held_at_once(share) == 2
    await house.asks(share, 40, 0.01)
    assert await house.held_at_once(share) == 2
    await house.asks(share, 1_000, 0.01)
    assert await house.held_at_once(share) == 6


async def test_a_slow_request_under_way_counts_before_it_is_done() -> None:
    house = House()
    share = house.share()
    await house.asks(share, 40, 0.01)
    async with share, share:
        house.now += 3.0
        third = asyncio.create_task(share.__aenter__())
        await asyncio.sleep(0)
        assert not third.done()
    await third


async def test_what_is_borrowed_is_given_back_first_when_others_need_it() -> None:
    house = House()
    share = house.share()
    await house.asks(share, 40, 0.01)
    for _ in range(6):
        await share.__aenter__()
        house.held += 1
    waiting = asyncio.create_task(share.__aenter__())
    await asyncio.sleep(0)
    house.used_by_others = 6
    for still_borrowed in (3, 2, 1, 0):
        await share.__aexit__(None, None, None)
        house.held -= 1
        await asyncio.sleep(0)
        assert (waiting.done(), -share._free) == (False, still_borrowed)
    await share.__aexit__()
    await waiting


async def test_without_knowing_what_is_idle_nobody_borrows() -> None:
    house, share = House(), shares_of(pipeline_connections=8).of(ADA, None)
    assert isinstance(share, Share)
    await house.asks(share, 100, 0.0)
    assert await house.held_at_once(share) == 2


async def test_a_house_lends_as_long_as_more_than_a_share_is_idle() -> None:
    idle = 8
    shares = Shares(read_settings(env_file=None), lambda: idle)
    share = shares.of(ADA, None)
    for _ in range(40):
        async with share, share:
            pass
    async with share, share:
        idle = 3
        await share.__aenter__()
        idle = 2
        fourth = asyncio.create_task(share.__aenter__())
        await asyncio.sleep(0)
        assert not fourth.done()
        await share.__aexit__(None, None, None)
    await fourth
