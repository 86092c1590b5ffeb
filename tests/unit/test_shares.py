"""A share of the connections: so many at once, so many waiting, and who waits too long is told."""

from __future__ import annotations

import asyncio

import pytest

from sahne.database.result import ConnectionsBusy
from sahne.gateway.shares import Share

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
