"""A paid call between two real clients on a real livekit-server: it is paid while both are connected, and ends with the coins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from livekit import rtc

from tests.clients.live_media import Live, live_stage, seated
from tests.eventually import eventually_async
from tests.talks import PRICE, priced

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_stage(database_url, tmp_path_factory.mktemp("live")) as live:
        yield live


async def row(live: Live, call: Any) -> dict[str, Any]:
    query = "select * from public.calls where id = %s"
    found: dict[str, Any] = (await asyncio.to_thread(live.world.owner, query, UUID(call["id"])))[0]
    return found


async def is_paid(live: Live, call: Any) -> bool:
    return bool((await row(live, call))["total_coin_spent"] == PRICE)


async def begun(live: Live, coins: int) -> tuple[Any, Any, Any]:
    """A call of Bo's with so many coins to Ada, who has answered: it, and the ways in of both."""
    ada, bo = live.world.person(creator=True), live.world.person(coins=coins)
    priced(live.world, ada)
    call = (await live.do(bo, "calls", {"callee_id": str(ada), "call_type": "audio_call"}))["call"]
    return call, await live.do(ada, f"calls/{call['id']}/accept"), await live.do(bo, f"calls/{call['id']}/join")


async def test_two_talk_until_the_coins_end(live: Live) -> None:
    call, to_ada, to_bo = await begun(live, PRICE)
    async with seated(to_ada) as ada, seated(to_bo) as bo:
        await eventually_async(lambda: is_paid(live, call), seconds=20)
        assert (await row(live, call))["livekit_room_sid"].startswith("RM_")
        earlier = "update private.call_intervals set joined_at = joined_at - interval '57 s' where call_id = %s"
        await asyncio.to_thread(live.world.owner, earlier, UUID(call["id"]))
        for seat in (ada, bo):
            assert await asyncio.wait_for(seat.gone, 20) == rtc.DisconnectReason.ROOM_DELETED
    over = await row(live, call)
    assert (over["status"], over["end_reason"], over["total_coin_spent"]) == ("ended", "insufficient_funds", PRICE)


async def test_who_is_lost_comes_back_and_who_stays_away_ends_the_call(live: Live) -> None:
    call, to_ada, to_bo = await begun(live, 10 * PRICE)
    async with seated(to_ada):
        async with seated(to_bo):
            await eventually_async(lambda: is_paid(live, call), seconds=20)
        await eventually_async(lambda: is_alone(live, call), seconds=20)
        async with seated(await live.do(UUID(call["caller_id"]), f"calls/{call['id']}/join")):
            await eventually_async(lambda: is_together(live, call), seconds=20)
            assert (await row(live, call))["status"] == "accepted"
        await eventually_async(lambda: is_over(live, call), seconds=40)
    over = await row(live, call)
    assert (over["status"], over["end_reason"], over["total_coin_spent"]) == ("ended", "one_gone", PRICE)


async def connected_sides(live: Live, call: Any) -> int:
    query = "select count(distinct is_caller) from private.call_intervals where call_id = %s and left_at is null"
    return int(await asyncio.to_thread(live.world.one, query, UUID(call["id"])))


async def is_alone(live: Live, call: Any) -> bool:
    return await connected_sides(live, call) == 1


async def is_together(live: Live, call: Any) -> bool:
    return await connected_sides(live, call) == 2


async def is_over(live: Live, call: Any) -> bool:
    return bool((await row(live, call))["status"] == "ended")
