"""What a seat may send; and work beside requests fails quietly, recovers, and can be woken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from sahne.live.seats import permission_of_seat
from sahne.loops import Loop, WorksAgain
from sahne.providers.livekit import LiveKitUnavailable
from sahne.telemetry import Failed, subscribe
from tests.eventually import eventually_async

pytestmark = pytest.mark.anyio


@pytest.fixture
def told() -> Iterator[list[Any]]:
    facts: list[Any] = []
    stop = subscribe(facts.append)
    yield facts
    stop()


@pytest.mark.parametrize(
    ("seat", "sources"),
    [
        ({"role": "host", "session_type": "audio_room", "is_muted": False}, ("microphone",)),
        ({"role": "speaker", "session_type": "audio_room", "is_muted": True}, ()),
        (
            {"role": "co_host", "session_type": "video_live", "is_muted": True},
            ("camera", "screen_share"),
        ),
        ({"role": "viewer", "session_type": "video_live", "is_muted": False}, ()),
        ({"call_type": "audio_call"}, ("microphone",)),
        ({"call_type": "video_call"}, ("camera", "microphone")),
    ],
)
async def test_a_seat_may_send_this(seat: dict[str, Any], sources: tuple[str, ...]) -> None:
    assert permission_of_seat(seat).sources == sources


async def test_a_loop_that_fails_says_so_once_and_says_when_it_works_again(told: list[Any]) -> None:
    rounds = 0

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds <= 3:
            raise LiveKitUnavailable
        return False

    loop = Loop("listen", work, every_seconds=1_000)
    loop.start()
    for expected in range(1, 5):
        await eventually_async(lambda expected=expected: reached(rounds, expected))
        loop.wake()
    await eventually_async(lambda: reached(rounds, 5))
    await loop.stop()
    assert [type(fact) for fact in told] == [Failed, WorksAgain]


async def reached(rounds: int, expected: int) -> bool:
    return rounds >= expected


async def test_a_loop_goes_on_at_once_while_there_is_more(told: list[Any]) -> None:
    left = 5
    done = asyncio.Event()

    async def work() -> bool:
        nonlocal left
        left -= 1
        if not left:
            done.set()
        return left > 0

    loop = Loop("empty the table", work, every_seconds=1_000)
    loop.start()
    await asyncio.wait_for(done.wait(), 5)
    await loop.stop()
    assert told == []
