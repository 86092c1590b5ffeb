"""Limits of several servers are one limit over time, and each server's own while the bus is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import pytest

from sahne.bus.bus import Bus
from sahne.bus.memory import Place
from sahne.gateway.auth.errors import OverRequestRateLimit
from sahne.gateway.auth.limits import SIGN_IN, Limits
from sahne.gateway.rates import Rate
from sahne.gateway.shared_rates import SharedRates
from tests.eventually import eventually_async

pytestmark = pytest.mark.anyio

TEN_A_MINUTE = Rate(burst=10, refill=10, seconds=60)


@asynccontextmanager
async def two_servers(place: Place) -> AsyncIterator[tuple[SharedRates, SharedRates]]:
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(Bus(place.wire(), beat_seconds=0.05)) for _ in range(2)]
        here, there = [await stack.enter_async_context(SharedRates(bus, beat_seconds=0.01)) for bus in buses]

        async def known() -> bool:
            return all(bus.servers == 2 for bus in buses)

        await eventually_async(known)
        yield here, there


@pytest.mark.parametrize("key", ["203.0.113.1", UUID(int=0xADA).int, ("ada@example.com", "203.0.113.1"), ()])
async def test_what_one_server_gives_is_not_given_by_the_other(key: Hashable) -> None:
    async with two_servers(Place()) as (here, there):
        buckets = [rates.buckets("knocking", TEN_A_MINUTE, clock=lambda: 0) for rates in (here, there)]
        assert sum(buckets[0].take(key) for _ in range(15)) == 10

        async def told() -> bool:
            return buckets[1].bucket(key).wait_seconds() == 6

        await eventually_async(told)
        assert not buckets[1].take(key)
        assert buckets[1].take("somebody else")


async def test_what_both_gave_at_once_is_owed_until_it_is_one_limit_again() -> None:
    now = 0.0
    async with two_servers(Place()) as (here, there):
        buckets = [rates.buckets("knocking", TEN_A_MINUTE, clock=lambda: now) for rates in (here, there)]
        assert sum(each.take("ada") for each in buckets for _ in range(15)) == 20

        async def told() -> bool:
            return all(each.bucket("ada").wait_seconds() == 66 for each in buckets)

        await eventually_async(told)
        now = 60.0
        assert not any(each.take("ada") for each in buckets)
        now = 66.0
        assert buckets[0].take("ada")


async def test_a_limit_nobody_has_asked_for_here_yet_is_counted_all_the_same() -> None:
    async with two_servers(Place()) as (here, there):
        limits = Limits(rates=here)
        for _ in range(30):
            limits.spend(SIGN_IN, "ada@example.com", "203.0.113.1")
        elsewhere = Limits(rates=there)

        async def refused() -> bool:
            try:
                elsewhere.spend(SIGN_IN, "ada@example.com", "203.0.113.1")
            except OverRequestRateLimit:
                return True
            return False

        await eventually_async(refused)


async def test_without_the_bus_each_server_counts_for_itself() -> None:
    place = Place()
    async with two_servers(place) as (here, there):
        place.close()
        for rates in (here, there):
            assert sum(rates.buckets("knocking", TEN_A_MINUTE, clock=lambda: 0).take("ada") for _ in range(15)) == 10
