"""Without LiveKit the stage plans, pays and ends; only letting people in says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from sahne.settings import Settings
from tests.conftest import running_server
from tests.stage import Door, new_key
from tests.world import World

MISSING = (503, "livekit_unavailable")


@pytest.fixture(scope="module")
def door(settings: Settings) -> Iterator[Door]:
    with running_server(settings):
        door = Door(settings)
        yield door
        door.close()


def test_letting_in_says_what_is_missing_and_changes_nothing(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    assert door.refusal(ada, f"live/sessions/{session}/start") == MISSING
    assert world.row(UUID(session))["status"] == "scheduled"
    world.verb(ada, "start_session", UUID(session))
    answer = door.post(bo, f"live/sessions/{session}/join")
    assert (answer.status_code, answer.json()["code"]) == MISSING
    assert "livekit install" in answer.json()["hint"]
    assert answer.headers["retry-after"]
    assert world.one("select count(*) from public.live_participants where user_id = %s", bo) == 0


def test_the_rest_works(door: Door, world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session, coins=100)
    gift = {"gift_id": str(world.gift(10))}
    assert door.done(bo, f"live/sessions/{session}/gifts", gift, key=new_key())["wallet"] == {"balance": 90}
    assert "ban" in door.done(ada, f"live/sessions/{session}/bans", {"profile_id": str(bo)})
    assert door.done(ada, f"live/sessions/{session}/end")["session"]["status"] == "ended"
    assert door.get(bo, "coins/wallet").json() == {"balance": 90}
