"""A session has room for so many at once: exactly so many newcomers come in, and who has a place keeps it."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from sahne.database.refusals import Refused
from sahne.errors import Unprocessable
from tests.at_once import together
from tests.world import World

FULL = (409, "session_full")


def test_of_many_at_once_as_many_come_in_as_fit(world: World, ada: UUID) -> None:
    session = world.session(ada, max_viewers=5)
    people = [world.person() for _ in range(12)]
    answers = together(12, lambda n: world.verb(people[n], "join_session", session))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [(each.status, each.code) for each in refused] == [FULL] * 7
    assert world.row(session)["viewer_count"] == world.row(session)["peak_viewers"] == 5
    inside = people[next(n for n, answer in enumerate(answers) if isinstance(answer, dict))]
    world.verb(inside, "join_session", session)
    newcomer = world.person()
    assert world.refusal(newcomer, "join_session", session) == FULL
    world.verb(inside, "leave_session", session)
    world.verb(newcomer, "join_session", session)
    assert world.refusal(inside, "join_session", session) == FULL


def test_the_host_moderators_and_whom_the_line_dropped_come_back_into_a_full_session(world: World, ada: UUID) -> None:
    session = world.session(ada, max_viewers=2)
    mod, bo = world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    for who in (ada, mod):
        world.verb(who, "leave_session", session)
    dilek = world.watching(session)
    for who in (ada, mod):
        world.verb(who, "join_session", session)
    dropped(world, session, dilek)
    world.watching(session) if world.row(session)["viewer_count"] < 2 else None
    world.verb(dilek, "join_session", session)
    dropped(world, session, bo)
    world.owner("update public.live_participants set left_at = now() - interval '61 seconds' where user_id = %s", bo)
    assert world.refusal(bo, "join_session", session) == FULL


def dropped(world: World, session: UUID, who: UUID) -> None:
    """LiveKit lost them."""
    world.owner(
        "select private.leave_seat(id) from public.live_participants where session_id = %s and user_id = %s",
        session,
        who,
    )


def test_who_was_put_out_waits_like_everybody(world: World, ada: UUID) -> None:
    session = world.session(ada, max_viewers=1)
    bo = world.watching(session)
    world.verb(ada, "kick_profile", session, bo)
    world.watching(session)
    assert world.refusal(bo, "join_session", session) == FULL


def test_as_many_tickets_are_sold_as_there_are_places_and_each_opens(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=10, max_viewers=2)
    people = [world.person(coins=10) for _ in range(5)]
    answers = together(5, lambda n: world.verb(people[n], "buy_ticket", session, f"ticket-{n}"))
    assert sum(isinstance(answer, dict) for answer in answers) == 2
    assert sum(world.balance(who) for who in people) == 30
    world.verb(ada, "start_session", session)
    for who, answer in zip(people, answers, strict=True):
        if isinstance(answer, dict):
            world.verb(who, "join_session", session)
        else:
            assert world.refusal(who, "join_session", session) == (402, "ticket_required")
    assert world.faults() == []


def test_the_host_changes_how_many_and_nobody_is_put_out(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.watching(session)
    row = world.verb(ada, "edit_session", session, json.dumps({"max_viewers": 1}))["session"]
    assert row["max_viewers"] == 1
    assert world.row(session)["viewer_count"] == 2
    assert world.refusal(world.person(), "join_session", session) == FULL
    world.verb(bo, "join_session", session)
    world.verb(ada, "edit_session", session, json.dumps({"max_viewers": None}))
    world.watching(session)


@pytest.mark.parametrize("many", [0, -1, 1_000_001])
def test_no_session_has_room_for_none_or_for_more_than_a_million(world: World, ada: UUID, many: int) -> None:
    with pytest.raises(Unprocessable):
        world.session(ada, max_viewers=many)
