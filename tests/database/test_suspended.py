"""A suspended account, or one erased in all but its row, does nothing more, however long its token still lives."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.world import World

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
ERASED = "update auth.users set deleted_at = now() where id = %s"
FREE_AGAIN = "update auth.users set banned_until = now() - interval '1 second' where id = %s"


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


def posts(world: World, who: UUID, session: UUID) -> None:
    world.sql(
        who,
        "insert into public.live_messages (session_id, sender_id, sender_profile_id, content) values (%s, %s, %s, 'x')",
        session,
        who,
        who,
    )


def asks_to_join(world: World, who: UUID, session: UUID) -> None:
    world.sql(
        who,
        "insert into public.live_guest_requests (session_id, requester_id, requester_profile_id) values (%s, %s, %s)",
        session,
        who,
        who,
    )


def calls(world: World, who: UUID, session: UUID) -> None:
    host = world.one("select creator_id from public.live_sessions where id = %s", session)
    world.sql(
        who, "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'video_call')", who, host
    )


def opens_a_session(world: World, who: UUID, _: UUID) -> None:
    world.sql(
        who,
        "insert into public.live_sessions (creator_id, creator_profile_id, session_type) values (%s, %s, 'audio_room')",
        who,
        who,
    )


def keeps_a_picture(world: World, who: UUID, _: UUID) -> None:
    world.sql(who, "insert into public.generated_images (user_id, image_url) values (%s, 'x')", who)


@pytest.mark.parametrize("barred", [SUSPENDED, ERASED], ids=["suspended", "erased"])
@pytest.mark.parametrize("does", [posts, asks_to_join, calls, opens_a_session, keeps_a_picture])
def test_who_is_suspended_writes_nothing_and_reads_why(
    world: World, session: UUID, barred: str, does: Callable[[World, UUID, UUID], None]
) -> None:
    bo = world.watching(session, creator=does is opens_a_session)
    if does is not keeps_a_picture:
        does(world, bo, session)  # which they may, as long as they may
    world.owner("delete from private.call_slots")
    world.owner(barred, bo)
    with pytest.raises(InsufficientPrivilege, match=r"^An account that is suspended cannot "):
        does(world, bo, session)


def test_who_is_suspended_sends_no_gift_until_the_time_is_over(world: World, session: UUID) -> None:
    bo, gift = world.watching(session, coins=10), world.gift(5)
    world.owner(SUSPENDED, bo)
    assert world.refusal(bo, "send_gift", session, gift, 1, None, str(uuid4())) == (403, "user_banned")
    assert world.balance(bo) == 10
    world.owner(FREE_AGAIN, bo)
    world.verb(bo, "join_session", session)
    world.verb(bo, "send_gift", session, gift, 1, None, str(uuid4()))
    posts(world, bo, session)
    assert world.balance(bo) == 5


def test_who_is_suspended_makes_no_pictures(world: World, bo: UUID) -> None:
    asked = "insert into public.generations (user_id, idempotency_key) values (%s, %s)"
    world.owner(asked, bo, str(uuid4()))
    world.owner(SUSPENDED, bo)
    with pytest.raises(InsufficientPrivilege, match=r"^An account that is suspended cannot make pictures"):
        world.owner(asked, bo, str(uuid4()))


def test_a_kicked_moderator_moderates_no_more(world: World, ada: UUID, session: UUID) -> None:
    mod, cem = world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.verb(ada, "kick_profile", session, mod)
    assert world.refusal(mod, "ban_profile", session, cem) == (403, "forbidden")
    world.verb(mod, "join_session", session)
    assert world.refusal(mod, "ban_profile", session, cem) == (403, "forbidden")


def test_a_hidden_session_is_answered_like_none_to_who_is_not_in_charge(world: World, ada: UUID, session: UUID) -> None:
    bo, stranger = world.watching(session), world.person()
    world.verb(ada, "end_session", session)
    for verb, values in (("end_session", ()), ("kick_profile", (bo,))):
        assert world.refusal(stranger, verb, session, *values) == (404, "not_found")
        assert world.refusal(stranger, verb, uuid4(), *values) == (404, "not_found")
        assert world.refusal(bo, verb, session, *values) == (403, "forbidden")


def test_no_role_is_given_when_the_session_is_over(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    world.verb(ada, "end_session", session)
    assert world.refusal(ada, "change_role", session, bo, "moderator") == (409, "session_over")


def test_a_grant_keeps_no_users_id_when_they_are_gone(world: World) -> None:
    bo = world.person(coins=7)
    world.owner("delete from auth.users where id = %s", bo)
    assert world.owner("select from public.coin_transactions where reference_id = %s", bo) == []
    assert world.faults() == []
