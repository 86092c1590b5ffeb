"""What `/ready` says of LiveKit was asked within the last seconds."""

from __future__ import annotations

import pytest

from sahne.live.reach import BELIEVED_SECONDS, Reach
from sahne.providers.livekit import InMemoryLiveKit
from sahne.providers.livekit.remote import RemoteLiveKit

pytestmark = pytest.mark.anyio


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_is_believed_for_some_seconds_and_then_asked_for_again() -> None:
    livekit, clock = InMemoryLiveKit(), Time()
    reach = Reach(livekit, clock)
    assert await reach.answers()
    livekit.reachable = False
    assert await reach.answers()
    clock.now += BELIEVED_SECONDS
    assert not await reach.answers()
    livekit.reachable = True
    clock.now += BELIEVED_SECONDS
    assert await reach.answers()


async def test_a_url_where_nobody_listens_is_no_livekit() -> None:
    assert not await Reach(RemoteLiveKit("ws://127.0.0.1:1", "APIkey", "s" * 40)).answers()
