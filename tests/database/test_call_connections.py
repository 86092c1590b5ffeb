"""A call lasts as long as both were in it, and ends by itself when they are not (intervals per connection)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sahne.live.call_clock import BOUNDS, CALL_BOTH_GONE_SECONDS, CALL_ONE_GONE_SECONDS
from sahne.live.clock import CONNECT_SECONDS_MAX
from tests.world import World

Call = dict[str, Any]


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
def call(world: World, ada: UUID, bo: UUID) -> Call:
    """A call that was accepted ten minutes ago."""
    started = world.verb(ada, "start_call", bo, "video_call")["call"]
    call: Call = world.verb(bo, "step_call", started["id"], "accepted")["call"]
    world.owner("update public.calls set answered_at = %s where id = %s", ago(600), call["id"])
    return call


def connects(world: World, call: Call, who: UUID, sid: str, at: datetime) -> Any:
    return world.verb(None, "call_connected", call["livekit_room_name"], who, sid, at)


def goes(world: World, call: Call, who: UUID, sid: str, at: datetime) -> Any:
    return world.verb(None, "call_disconnected", call["livekit_room_name"], who, sid, at)


def time_passes(world: World, call: Call) -> dict[str, Any]:
    """What the clock makes of the call."""
    for due in world.owner("select private.calls_to_keep(%s, %s, %s) as id", *BOUNDS.values()):
        world.verb(None, "keep_call", due["id"], *BOUNDS.values())
    row: dict[str, Any] = world.owner("select * from public.calls where id = %s", call["id"])[0]
    return row


def test_a_call_both_have_left_ends_when_the_first_of_them_was_last_seen(
    world: World, ada: UUID, bo: UUID, call: Call
) -> None:
    last_together = ago(100)
    connects(world, call, ada, "PA_a", ago(590))
    connects(world, call, bo, "PA_b", ago(580))
    goes(world, call, ada, "PA_a", last_together)
    goes(world, call, bo, "PA_b", ago(CALL_BOTH_GONE_SECONDS + 1))
    row = time_passes(world, call)
    assert (row["status"], row["end_reason"], row["ended_at"]) == ("ended", "both_gone", last_together)
    assert row["duration_seconds"] == pytest.approx(500, abs=2)
    assert world.one("select count(*) from private.call_slots where call_id = %s", call["id"]) == 0


def test_whoever_reconnects_in_time_goes_on_talking(world: World, ada: UUID, bo: UUID, call: Call) -> None:
    for who, sid in ((ada, "PA_a"), (bo, "PA_b")):
        connects(world, call, who, sid, ago(590))
        goes(world, call, who, sid, ago(CALL_BOTH_GONE_SECONDS - 5))
    assert time_passes(world, call)["status"] == "accepted"
    connects(world, call, ada, "PA_a2", ago(3))
    connects(world, call, bo, "PA_b2", ago(2))
    assert time_passes(world, call)["status"] == "accepted"


@pytest.mark.parametrize(
    ("alone_seconds", "status"), [(CALL_ONE_GONE_SECONDS - 5, "accepted"), (CALL_ONE_GONE_SECONDS + 1, "ended")]
)
def test_one_alone_waits_for_the_other_and_not_for_ever(
    world: World, ada: UUID, bo: UUID, call: Call, alone_seconds: int, status: str
) -> None:
    connects(world, call, ada, "PA_a", ago(590))
    connects(world, call, bo, "PA_b", ago(580))
    goes(world, call, bo, "PA_b", left := ago(alone_seconds))
    row = time_passes(world, call)
    assert row["status"] == status
    if status == "ended":
        assert (row["end_reason"], row["ended_at"]) == ("one_gone", left)


def test_a_call_somebody_never_came_to_has_failed_and_lasted_no_time(world: World, ada: UUID, call: Call) -> None:
    connects(world, call, ada, "PA_a", ago(590))
    row = time_passes(world, call)
    assert (row["status"], row["end_reason"], row["duration_seconds"]) == ("failed", "never_connected", 0)


def test_a_call_just_accepted_waits_for_both(world: World, call: Call) -> None:
    world.owner("update public.calls set answered_at = %s where id = %s", ago(CONNECT_SECONDS_MAX - 5), call["id"])
    assert time_passes(world, call)["status"] == "accepted"


def test_events_in_any_order_give_the_same_intervals(world: World, ada: UUID, bo: UUID) -> None:
    moments = {"connects": ago(50), "goes": ago(20)}
    acts = {"connects": connects, "goes": goes}
    for order in itertools.permutations(["connects", "connects", "goes", "goes"]):
        world.owner("delete from private.paces where user_id = %s", ada)
        started = world.verb(ada, "start_call", bo, "audio_call")["call"]
        call = world.verb(bo, "step_call", started["id"], "accepted")["call"]
        for act in order:
            acts[act](world, call, bo, f"PA_{call['id']}", moments[act])
        stays = world.owner("select joined_at, left_at from private.call_intervals where call_id = %s", call["id"])
        assert stays == [{"joined_at": moments["connects"], "left_at": moments["goes"]}]
        world.verb(ada, "end_call", call["id"])


def test_the_room_of_a_call_is_known_by_its_last_name(world: World, ada: UUID, bo: UUID, call: Call) -> None:
    room = call["livekit_room_name"]
    for who, room_sid in ((ada, "RM_1"), (bo, "RM_2"), (bo, "")):
        world.verb(None, "call_connected", room, who, f"PA_{who}", ago(1), room_sid)
    assert world.one("select livekit_room_sid from public.calls where id = %s", call["id"]) == "RM_2"


def test_strangers_and_latecomers_are_refused(world: World, ada: UUID, call: Call) -> None:
    assert connects(world, call, world.person(), "PA_x", ago(1)) == {"state": "refused", "reason": "not_joined"}
    world.verb(ada, "end_call", call["id"])
    assert connects(world, call, ada, "PA_a", ago(1)) == {"state": "refused", "reason": "call_over"}
    assert world.verb(None, "call_connected", "no-such-room", ada, "PA_a", ago(1)) is None
