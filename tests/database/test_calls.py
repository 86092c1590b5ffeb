"""Calls: one at a time for everybody, each side its own steps, the server's clock (rulings L2, L3, L15)."""

from __future__ import annotations

import random
from collections import Counter
from types import NoneType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import World

CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'video_call') returning *"
STEP = "update public.calls set status = %s where id = %s returning *"


def start(world: World, caller: UUID, callee: UUID) -> Any:
    return world.verb(caller, "start_call", callee, "video_call")["call"]


def slots(world: World, *users: UUID) -> int:
    return int(world.one("select count(*) from private.call_slots where user_id = any(%s)", list(users)))


def test_a_call_is_made_answered_and_ended_by_direct_statements(world: World, ada: UUID, bo: UUID) -> None:
    call = world.sql(ada, CALL, ada, bo)[0]
    assert (call["status"], call["coin_per_minute"], call["livekit_room_name"][:5]) == (
        "initiated",
        0,
        "call_",
    )
    assert world.sql(bo, STEP, "ringing", call["id"])[0]["status"] == "ringing"
    assert world.sql(bo, STEP, "accepted", call["id"])[0]["answered_at"] is not None
    ended = world.sql(ada, STEP, "ended", call["id"])[0]
    assert (ended["ended_by"], ended["end_reason"], ended["duration_seconds"]) == (ada, "ended", 0)
    assert slots(world, ada, bo) == 0


def test_the_same_by_operations(world: World, ada: UUID, bo: UUID) -> None:
    call = start(world, ada, bo)
    assert world.refusal(bo, "join_call", call["id"]) == (409, "call_state")
    world.verb(bo, "step_call", call["id"], "ringing")
    accepted = world.verb(bo, "step_call", call["id"], "accepted")
    assert (accepted["call"]["status"], accepted["seat"]["identity"]) == ("accepted", str(bo))
    assert world.verb(ada, "join_call", call["id"])["seat"]["room"] == call["livekit_room_name"]
    assert world.verb(bo, "end_call", call["id"])["call"]["status"] == "ended"
    assert world.verb(ada, "end_call", call["id"])["call"]["ended_by"] == str(bo)


@pytest.mark.parametrize(
    "column", ["coin_per_minute", "total_coin_spent", "is_paid", "caller_id", "callee_id", "answered_at"]
)
def test_nobody_changes_price_or_people(world: World, ada: UUID, bo: UUID, column: str) -> None:
    call = start(world, ada, bo)
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(ada, f"update public.calls set {column} = default where id = %s", call["id"])
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(
            ada,
            "insert into public.calls (caller_id, callee_id, call_type, status)"
            " values (%s, %s, 'audio_call', 'accepted')",
            ada,
            bo,
        )


ALL = ["initiated", "ringing", "accepted", "rejected", "missed", "busy", "ended", "failed"]
ALLOWED = {
    ("caller", "initiated"): {"missed"},
    ("caller", "ringing"): {"missed"},
    ("caller", "accepted"): {"ended"},
    ("callee", "initiated"): {"ringing", "accepted", "rejected"},
    ("callee", "ringing"): {"accepted", "rejected"},
    ("callee", "accepted"): {"ended"},
}


@pytest.mark.parametrize("side", ["caller", "callee"])
@pytest.mark.parametrize("state", ALL)
def test_each_side_has_its_own_steps(world: World, ada: UUID, bo: UUID, side: str, state: str) -> None:
    who = ada if side == "caller" else bo
    for wanted in ALL:
        if wanted == state:
            continue
        call = world.one(
            "insert into public.calls (caller_id, callee_id, call_type, status)"
            " values (%s, %s, 'audio_call', %s) returning id",
            ada,
            bo,
            "failed" if state == "initiated" else state,
        )
        if state == "initiated":
            world.owner("update public.calls set status = 'initiated' where id = %s", call)
        if wanted in ALLOWED.get((side, state), set()):
            assert world.sql(who, STEP, wanted, call)[0]["status"] == wanted
        else:
            with pytest.raises(InsufficientPrivilege, match="cannot be made"):
                world.sql(who, STEP, wanted, call)


def test_a_caller_who_gives_up_leaves_a_missed_call(world: World, ada: UUID, bo: UUID) -> None:
    call = start(world, ada, bo)
    missed = world.verb(ada, "end_call", call["id"])["call"]
    assert (missed["status"], missed["end_reason"]) == ("missed", "cancelled_by_caller")
    other = start(world, ada, bo)
    assert world.verb(bo, "end_call", other["id"])["call"]["status"] == "rejected"


def test_nobody_calls_themselves_or_for_another_or_without_a_name(world: World, ada: UUID, bo: UUID) -> None:
    with pytest.raises(InsufficientPrivilege, match="themselves"):
        world.sql(ada, CALL, ada, ada)
    with pytest.raises(InsufficientPrivilege):
        world.sql(ada, CALL, bo, ada)
    with pytest.raises(InsufficientPrivilege, match="anonymous"):
        world.sql(nobody := world.person(anonymous=True), CALL, nobody, bo)
    assert world.refusal(ada, "start_call", ada, "audio_call") == (422, "unprocessable")
    with pytest.raises(psycopg.errors.CheckViolation):
        world.owner(CALL, ada, ada)


def test_strangers_neither_see_nor_touch_a_call(world: World, ada: UUID, bo: UUID) -> None:
    call, stranger = start(world, ada, bo), world.person()
    assert world.sql(stranger, "select id from public.calls") == []
    assert world.sql(stranger, STEP, "ended", call["id"]) == []
    assert world.refusal(stranger, "end_call", call["id"]) == (404, "not_found")


def test_a_busy_callee_gives_a_busy_row_and_a_busy_caller_is_refused(world: World, ada: UUID, bo: UUID) -> None:
    start(world, ada, bo)
    cem = world.person()
    busy = start(world, cem, bo)
    assert (busy["status"], busy["end_reason"]) == ("busy", "busy")
    assert slots(world, cem) == 0
    assert world.sql(cem, CALL, cem, ada)[0]["status"] == "busy"
    assert world.refusal(bo, "start_call", cem, "audio_call") == (409, "in_another_call")
    with pytest.raises(InsufficientPrivilege, match="start a call while you are in one"):
        world.sql(ada, CALL, ada, cem)


def test_two_who_call_each_other_at_once_are_in_one_call(world: World) -> None:
    for _ in range(10):
        pair = [world.person(), world.person()]
        answers = together(2, lambda i, pair=pair: start(world, pair[i], pair[1 - i]))
        assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "dict"]


def test_random_pairs_calling_at_once_leave_nobody_in_two_calls(world: World) -> None:
    """C1: two hundred pairs of fifty people."""
    people = [world.person() for _ in range(50)]

    def act(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(10):
            caller, callee = chance.sample(people, 2)
            try:
                call = start(world, caller, callee)
            except Refused as refused:
                if refused.code not in ("in_another_call", "too_fast"):
                    raise
                continue
            if call["status"] == "initiated" and chance.random() < 0.7:
                world.verb(callee, "end_call", call["id"])

    assert together(20, act) == [None] * 20
    doubles = world.owner(
        """select party from (select caller_id party from public.calls where status = 'initiated'
                              union all select callee_id from public.calls where status = 'initiated') parties
            where party = any(%s) group by party having count(*) > 1""",
        people,
    )
    assert doubles == []


@pytest.mark.prove
def test_whoever_is_first_at_a_call_that_rings_out_has_it_and_nobody_else(
    world: World, ada: UUID, bo: UUID, pytestconfig: pytest.Config
) -> None:
    """C2: the callee accepts, the caller gives up and the time is over, all at once."""
    outcomes: Counter[tuple[str, str | None]] = Counter()
    for _ in range(500 if pytestconfig.getoption("--prove") else 12):
        world.owner("delete from private.paces")
        call = start(world, ada, bo)
        world.owner("update public.calls set initiated_at = now() - interval '46 s' where id = %s", call["id"])
        acts = (
            lambda call=call: world.verb(bo, "step_call", call["id"], "accepted"),
            lambda call=call: world.verb(ada, "step_call", call["id"], "missed"),
            lambda: world.verb(None, "expire_calls"),
        )
        answers = together(3, lambda index, acts=acts: acts[index]())
        assert {type(answer) for answer in answers} <= {dict, UUID, NoneType, Refused}, answers
        (row,) = world.owner("select status, end_reason, ended_at from public.calls where id = %s", call["id"])
        outcomes[row["status"], row["end_reason"]] += 1
        assert (row["ended_at"] is None) == (row["status"] == "accepted")
        assert slots(world, ada, bo) == (2 if row["status"] == "accepted" else 0)
        world.verb(ada, "end_call", call["id"])
    assert outcomes.keys() <= {("accepted", None), ("missed", "cancelled_by_caller"), ("missed", "no_answer")}
    assert len(outcomes) > 1


def test_a_call_nobody_answers_is_missed_once(world: World, ada: UUID, bo: UUID) -> None:
    call = start(world, ada, bo)
    world.owner("update public.calls set initiated_at = now() - interval '46 s' where id = %s", call["id"])

    def act(index: int) -> Any:
        return world.verb(bo, "step_call", call["id"], "accepted") if index else world.verb(None, "expire_calls")

    together(2, act)
    ended = world.owner("select status, end_reason from public.calls where id = %s", call["id"])[0]
    assert (ended["status"], ended["end_reason"]) in {("missed", "no_answer"), ("accepted", None)}
    young = start(world, world.person(), world.person())
    world.verb(None, "expire_calls")
    assert world.one("select status from public.calls where id = %s", young["id"]) == "initiated"


def test_a_call_both_have_gone_from_ends_when_they_were_last_seen(world: World, ada: UUID, bo: UUID) -> None:
    call = start(world, ada, bo)
    world.verb(bo, "step_call", call["id"], "accepted")
    world.owner("update public.calls set answered_at = now() - interval '200 s' where id = %s", call["id"])
    last_seen = world.one("select answered_at + interval '130 s' from public.calls where id = %s", call["id"])
    closed = world.verb(None, "close_call", call["id"], "connection_lost", last_seen)["call"]
    assert (closed["status"], closed["duration_seconds"], closed["end_reason"]) == (
        "ended",
        130,
        "connection_lost",
    )
    assert slots(world, ada, bo) == 0


def test_who_is_left_alone_by_an_erased_account_is_free_for_another_call(world: World, ada: UUID, bo: UUID) -> None:
    call, cem = start(world, ada, bo), world.person()
    world.verb(bo, "step_call", call["id"], "accepted")
    world.owner("delete from auth.users where id = %s", ada)
    left = world.owner("select * from public.calls where id = %s", call["id"])[0]
    assert (left["status"], left["end_reason"], left["duration_seconds"]) == ("ended", "account_erased", 0)
    assert left["ended_at"] is not None
    room = "select action from private.livekit_outbox where room_name = %s order by id"
    assert [order["action"] for order in world.owner(room, left["livekit_room_name"])] == ["create_room", "delete_room"]
    ringing = start(world, bo, cem)
    assert ringing["status"] == "initiated"
    world.owner("delete from auth.users where id = any(%s)", [bo, cem])
    assert world.one("select status from public.calls where id = %s", ringing["id"]) == "failed"
    assert world.owner("select from private.call_slots where call_id in (%s, %s)", call["id"], ringing["id"]) == []


def test_a_call_survives_its_people(world: World, ada: UUID, bo: UUID) -> None:
    call = start(world, ada, bo)
    world.verb(bo, "end_call", call["id"])
    world.owner("delete from auth.users where id = any(%s)", [ada, bo])
    left = world.owner("select caller_id, callee_id, status, ended_by from public.calls where id = %s", call["id"])
    assert left == [{"caller_id": None, "callee_id": None, "status": "rejected", "ended_by": None}]
