"""Whom a creator keeps out of all of their sessions buys nothing of theirs, gives them nothing and does not call them.

It goes by the face, as at the door: a ban of a shadow takes nothing from who is behind it, since that would tell (ruling L17).
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.subscriptions import days_pass, look, row, subscribed, tier
from tests.world import World

CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call') returning id"


@pytest.fixture
def eda(world: World) -> UUID:
    return world.person(creator=True)


@pytest.fixture
def cem(world: World) -> UUID:
    return world.person(coins=5000)


def give(world: World, giver: UUID, session: UUID, gift: UUID, receiver: UUID | None = None) -> None:
    world.verb(giver, "send_gift", session, gift, 1, receiver, str(uuid4()))


def test_nothing_new_is_bought_of_who_keeps_one_out(world: World, eda: UUID, cem: UUID) -> None:
    offer = tier(world, eda)
    ban = world.verb(eda, "ban_from_all", cem)["ban"]["id"]
    nowhere = world.refusal(cem, "subscribe", uuid4(), "nothing")
    assert world.refusal(cem, "subscribe", offer, "kept out") == nowhere == (404, "not_found")
    assert world.balance(cem) == 5000
    world.verb(eda, "lift_ban_from_all", ban)
    subscribed(world, cem, offer)


def test_what_is_paid_lasts_and_is_neither_renewed_nor_made_more(world: World, eda: UUID, cem: UUID) -> None:
    offer, dearer = tier(world, eda), tier(world, eda, 900)
    running = subscribed(world, cem, offer)
    world.verb(eda, "ban_from_all", cem)
    assert row(world, running)["status"] == "active"
    assert world.refusal(cem, "change_subscription", running, dearer) == (409, "creator_unavailable")
    world.verb(cem, "pause_subscription", running)
    assert world.refusal(cem, "resume_subscription", running) == (409, "creator_unavailable")
    paused = row(world, running)
    world.owner(
        "update public.creator_subscriptions set status = 'active', renews_at = expires_at where id = %s", running
    )
    days_pass(world, running, 31)
    assert look(world).renewed == 0
    assert (row(world, running)["status"], row(world, running)["end_reason"]) == ("cancelled", "creator_unavailable")
    assert paused["status"] == "paused"


def test_who_is_blocked_makes_no_more_of_what_runs_either(world: World, eda: UUID, cem: UUID) -> None:
    running = subscribed(world, cem, tier(world, eda))
    dearer = tier(world, eda, 900)
    world.verb(eda, "block_profile", cem)
    assert world.refusal(cem, "change_subscription", running, dearer) == (409, "creator_unavailable")


def test_who_is_kept_out_does_not_call_and_is_called(world: World, eda: UUID, cem: UUID) -> None:
    world.verb(eda, "ban_from_all", cem)
    assert world.refusal(cem, "start_call", eda, "audio_call") == (409, "not_taking_calls")
    assert world.verb(cem, "call_prices_of", eda)["call_prices"]["takes_calls"] is False
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="takes no such calls now"):
        world.sql(cem, CALL, cem, eda)
    assert world.verb(eda, "start_call", cem, "audio_call")["call"]["status"] == "initiated"


def test_a_guest_elsewhere_is_given_nothing_by_whom_they_keep_out(
    world: World, ada: UUID, eda: UUID, cem: UUID
) -> None:
    session = world.session(ada)
    for who in (eda, cem):
        world.verb(who, "join_session", session)
    world.verb(
        eda, "accept_invitation", world.verb(ada, "invite_profile", session, eda, "co_host")["participant"]["id"]
    )
    rose = world.gift(10)
    give(world, cem, session, rose, eda)
    world.verb(eda, "ban_from_all", cem)
    assert world.refusal(cem, "send_gift", session, rose, 1, eda, "after") == (422, "invalid_receiver")
    give(world, cem, session, rose)  # the host has nothing against them


def test_in_the_rooms_themselves_nothing_is_given_or_asked(world: World, eda: UUID, cem: UUID) -> None:
    session = world.session(eda)
    world.verb(cem, "join_session", session)
    world.verb(eda, "ban_from_all", cem)
    assert world.refusal(cem, "send_gift", session, world.gift(10), 1, None, "after") == (403, "banned")
    assert world.refusal(cem, "request_to_join", session, None) == (403, "banned")
    assert world.balance(cem) == 5000


@pytest.mark.parametrize(
    "act",
    [
        lambda world, cem, eda: subscribed(world, cem, tier(world, eda)),
        lambda world, cem, eda: world.verb(cem, "start_call", eda, "audio_call"),
    ],
)
def test_a_ban_of_a_shadow_takes_nothing_from_who_is_behind_it(
    world: World, eda: UUID, cem: UUID, act: Callable[[World, UUID, UUID], object]
) -> None:
    world.verb(eda, "ban_from_all", world.shadow(cem))
    act(world, cem, eda)


def test_a_ban_that_is_over_keeps_nobody_out(world: World, eda: UUID, cem: UUID) -> None:
    world.verb(eda, "ban_from_all", cem)
    world.owner("update private.creator_bans set expires_at = now() where creator_id = %s", eda)
    subscribed(world, cem, tier(world, eda))
