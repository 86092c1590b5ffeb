"""What others must bear has a pace: rings, requests, invitations, plans. Whoever waits may go on, and nobody else is slowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sahne.database.refusals import Refused
from sahne.errors import SahneError
from tests.at_once import together
from tests.world import ASK, World

CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call') returning id"
PLAN = """insert into public.live_sessions (creator_id, creator_profile_id, session_type)
          select %s, %s, 'audio_room' from generate_series(1, %s)"""
LATER = "update private.paces set acted_at = acted_at - make_interval(secs => %s) where user_id = %s returning 1"


def ring(world: World, caller: UUID, callee: UUID) -> None:
    """Call somebody and give up."""
    call = world.verb(caller, "start_call", callee, "audio_call")["call"]["id"]
    world.verb(caller, "end_call", call)


def too_fast(act: Callable[[], Any]) -> int:
    """The seconds to wait that an operation is refused with."""
    with pytest.raises(Refused) as refused:
        act()
    assert (refused.value.status, refused.value.code) == (429, "too_fast")
    assert isinstance(refused.value.details, dict)
    seconds: int = refused.value.details["retry_after_seconds"]
    assert refused.value.hint == f"Try again in {seconds} s."
    return seconds


def test_somebody_is_rung_three_times_and_then_left_in_peace(world: World) -> None:
    bo, cem, dilek = (world.person() for _ in range(3))
    for _ in range(3):
        ring(world, bo, cem)
    assert 0 < too_fast(lambda: ring(world, bo, cem)) <= 20
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="called this person several times") as refused:
        world.sql(bo, CALL, bo, cem)
    assert "Try again in" in (refused.value.diag.message_hint or "")
    assert world.one("select count(*) from public.calls where callee_id = %s", cem) == 3
    ring(world, bo, dilek)
    ring(world, dilek, cem)
    world.owner(LATER, 20, bo)
    ring(world, bo, cem)


def test_who_answered_may_be_called_again_at_once(world: World) -> None:
    bo, cem = world.person(), world.person()
    for _ in range(5):
        call = world.verb(bo, "start_call", cem, "audio_call")["call"]["id"]
        world.verb(cem, "step_call", call, "accepted")
        world.verb(bo, "end_call", call)


def test_one_caller_rings_ten_people_a_minute(world: World) -> None:
    bo = world.person()
    for _ in range(10):
        ring(world, bo, world.person())
    assert 0 < too_fast(lambda: ring(world, bo, world.person())) <= 6


def test_many_rings_at_once_are_as_few_as_one_after_the_other(world: World) -> None:
    bo, cem = world.person(), world.person()

    def act(_: int) -> None:
        for _ in range(3):
            ring(world, bo, cem)

    answers = together(6, act)
    assert all(isinstance(answer, SahneError) and answer.status < 500 for answer in answers if answer is not None)
    assert world.one("select count(*) from public.calls where callee_id = %s", cem) == 3


def test_a_host_is_asked_by_one_person_three_times(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)

    def ask(who: UUID) -> None:
        request = world.verb(who, "request_to_join", session, None)["guest_request"]["id"]
        world.verb(who, "cancel_request", request)

    for _ in range(3):
        ask(bo)
    assert 0 < too_fast(lambda: ask(bo)) <= 20
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="asked to join several times"):
        world.sql(bo, ASK, session, bo, bo)
    ask(dilek)
    world.owner(LATER, 20, bo)
    world.sql(bo, ASK, session, bo, bo)


def test_somebody_is_invited_three_times_also_under_another_role(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    for role in ("co_host", "moderator", "invited_guest"):
        world.verb(ada, "invite_profile", session, bo, role)
    assert 0 < too_fast(lambda: world.verb(ada, "invite_profile", session, bo, "co_host")) <= 20
    world.verb(ada, "invite_profile", session, dilek, "co_host")


def test_what_is_refused_costs_nothing(world: World, ada: UUID) -> None:
    bo = world.person()
    for _ in range(5):
        assert world.refusal(bo, "start_call", bo, "audio_call") == (422, "unprocessable")
    stranger = world.person()
    session = world.session(ada)
    for _ in range(5):
        assert world.refusal(ada, "invite_profile", session, stranger, "co_host") == (409, "not_in_session")
    assert world.owner("select from private.paces where user_id in (%s, %s) and act <> 'plan'", bo, ada) == []


def test_a_creator_has_fifty_sessions_to_come_and_no_more(world: World, ada: UUID) -> None:
    for _ in range(3):
        world.sql(ada, PLAN, ada, ada, 16)
    first = world.session(ada, live=False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="planned as many sessions") as refused:
        world.sql(ada, PLAN, ada, ada, 2)
    assert refused.value.diag.message_hint == "Start or cancel one first."
    world.sql(ada, PLAN, ada, ada, 1)
    plan = json.dumps({"session_type": "audio_room"})
    assert world.refusal(ada, "create_session", plan) == (409, "too_many_planned")
    world.verb(ada, "cancel_session", first)
    world.verb(ada, "create_session", plan)
    world.session(world.person(creator=True))


def test_fifty_are_fifty_also_when_all_are_planned_at_once(world: World, ada: UUID) -> None:
    together(6, lambda _: world.sql(ada, PLAN, ada, ada, 15))
    assert world.one("select count(*) from public.live_sessions where creator_id = %s", ada) == 45


def test_plans_made_and_called_off_again_and_again_are_slowed_down(world: World, ada: UUID) -> None:
    for _ in range(60):
        world.verb(ada, "cancel_session", world.session(ada, live=False))
    assert 0 < too_fast(lambda: world.session(ada, live=False)) <= 6


def test_buckets_that_are_long_full_are_forgotten(world: World) -> None:
    bo, cem = world.person(), world.person()
    for who in (bo, cem):
        ring(world, who, world.person())
    world.owner(LATER, 25 * 3600, bo)
    assert world.one("select private.forget_paces()") == 2
    assert world.one("select count(*) from private.paces where user_id in (%s, %s)", bo, cem) == 2
