"""A thousand people come at once: LiveKit sends a room's events one after another, and none may be lost or counted wrong.

How quick the door is with each is a benchmark's matter (`python -m benchmarks webhook`).
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from sahne.providers.livekit import InMemoryLiveKit, permission_of
from tests.eventually import eventually
from tests.stage import Door
from tests.world import World

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

STORM, STORM_PROVED = 100, 1_000
DEALT_WITH_SECONDS_MAX = 120


def test_a_storm_of_webhooks_is_taken_in_whole_and_counted_exactly(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID, pytestconfig: pytest.Config
) -> None:
    count = STORM_PROVED if pytestconfig.getoption("--prove") else STORM
    session = world.session(ada)
    room = f"live_{session}"
    asyncio.run(livekit.create_room(room))
    viewers = [world.watching(session) for _ in range(count)]
    door.deliver(livekit)
    for viewer in viewers:
        livekit.connect(livekit.token(room, str(viewer), "", permission_of("viewer", "video_live")))
    door.deliver(livekit)
    waiting = "select count(*) from private.livekit_events where room_name = %s and processed_at is null"
    eventually(lambda: world.one(waiting, room) == 0, DEALT_WITH_SECONDS_MAX)
    connected = """select count(*) from private.live_intervals stays
                     join public.live_participants seats on seats.id = stays.participant_id
                    where seats.session_id = %s and stays.livekit_sid is not null and stays.left_at is null"""
    assert world.one(connected, session) == count
    row = world.row(session)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (count, count, count)
