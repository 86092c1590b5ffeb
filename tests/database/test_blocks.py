"""A block is of a face: nothing goes between the two, one's own sessions are shut, and neither learns that it is a block."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from tests.at_once import together
from tests.world import ASK, LINE, World

CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call') returning id"


def blocked(world: World, who: UUID) -> list[str]:
    return [row["blocked_profile_id"] for row in world.verb(who, "own_blocks")["blocks"]]


def test_a_block_is_made_once_and_taken_back_once(world: World, bo: UUID, dilek: UUID) -> None:
    assert blocked(world, bo) == []
    first = world.verb(bo, "block_profile", dilek)
    assert first == world.verb(bo, "block_profile", dilek)
    assert first["block"].keys() == {"blocked_profile_id", "created_at"}
    assert blocked(world, bo) == [str(dilek)]
    assert blocked(world, dilek) == []
    assert world.verb(bo, "unblock_profile", dilek) == first
    assert world.refusal(bo, "unblock_profile", dilek) == (404, "not_found")


def test_nobody_blocks_themselves_nor_nobody_nor_without_a_name(world: World, bo: UUID) -> None:
    assert world.refusal(bo, "block_profile", bo) == (422, "unprocessable")
    assert world.refusal(bo, "block_profile", world.shadow(bo)) == (422, "unprocessable")
    assert world.refusal(bo, "block_profile", uuid4()) == (404, "not_found")
    assert world.refusal(world.person(anonymous=True), "block_profile", bo) == (403, "anonymous_not_allowed")


def test_a_thousand_are_blocked_and_no_more(world: World, bo: UUID, dilek: UUID) -> None:
    world.owner(
        """with made as (insert into auth.users (id, aud, role, email, created_at, updated_at)
             select gen_random_uuid(), 'authenticated', 'authenticated', 'b' || n || '@' || %s || '.example', now(), now()
               from generate_series(1, 1000) n returning id)
           select count(*) from made""",
        bo,
    )
    world.owner(
        """insert into private.blocks (blocker_id, blocked_profile_id)
           select %s, id from public.profiles where email like '%%@' || %s || '.example'""",
        bo,
        bo,
    )
    assert world.refusal(bo, "block_profile", dilek) == (409, "too_many_blocked")


def test_they_do_not_call_each_other_and_read_what_others_read(world: World, bo: UUID, dilek: UUID) -> None:
    world.verb(bo, "block_profile", dilek)
    for caller, callee in ((bo, dilek), (dilek, bo)):
        assert world.refusal(caller, "start_call", callee, "audio_call") == (409, "not_taking_calls")
        assert world.verb(caller, "call_prices_of", callee)["call_prices"]["takes_calls"] is False
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="takes no such calls now"):
            world.sql(caller, CALL, caller, callee)
    world.verb(bo, "unblock_profile", dilek)
    world.verb(dilek, "start_call", bo, "audio_call")


def test_whom_a_host_blocks_is_put_out_and_finds_the_session_shut_as_by_a_ban(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    world.verb(ada, "block_profile", bo)
    assert world.row(session)["viewer_count"] == 1
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="A viewer who is banned cannot post"):
        world.sql(bo, LINE, session, bo, bo, "Merhaba")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="banned cannot ask to join"):
        world.sql(bo, ASK, session, bo, bo)
    assert world.refusal(ada, "invite_profile", session, bo, "co_host") == (409, "banned")
    world.sql(dilek, LINE, session, dilek, dilek, "Merhaba")
    world.verb(ada, "unblock_profile", bo)
    world.verb(bo, "join_session", session)


def test_who_is_on_stage_takes_no_gift_of_whom_they_blocked_under_any_face(world: World, ada: UUID) -> None:
    session, rose = world.session(ada), world.gift(5)
    guest, bo = world.watching(session), world.watching(session, coins=100)
    dilek = world.person(coins=100)
    shadow = world.shadow(dilek)
    world.verb(dilek, "join_session", session, shadow)
    invitation = world.verb(ada, "invite_profile", session, guest, "co_host")["participant"]["id"]
    world.verb(guest, "accept_invitation", invitation)
    world.verb(bo, "send_gift", session, rose, 1, guest, "before")
    for face in (bo, shadow):
        world.verb(guest, "block_profile", face)
    for sender in (bo, dilek):
        assert world.refusal(sender, "send_gift", session, rose, 1, guest, "after") == (422, "invalid_receiver")
        world.verb(sender, "send_gift", session, rose, 1, None, "to-the-host")


def test_who_blocked_the_host_is_not_invited_on_the_stage(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.verb(bo, "block_profile", ada)
    assert world.refusal(ada, "invite_profile", session, bo, "co_host") == (409, "cannot_invite")
    world.verb(bo, "unblock_profile", ada)
    world.verb(ada, "invite_profile", session, bo, "co_host")


def test_neither_follows_the_other_any_more(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    world.verb(ada, "block_profile", bo)
    assert world.one("select private.is_follower(%s, %s)", bo, ada) is False
    assert world.refusal(bo, "follow_profile", ada) == (404, "not_found")
    assert world.refusal(bo, "follow_profile", uuid4()) == (404, "not_found")
    world.verb(ada, "unblock_profile", bo)
    world.verb(bo, "follow_profile", ada)


def test_whom_a_viewer_blocks_stays_in_the_session_of_somebody_else(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    world.verb(bo, "block_profile", dilek)
    world.sql(dilek, LINE, session, dilek, dilek, "Merhaba")
    assert world.chat(bo, session) == ["Merhaba"]


def test_a_blocked_shadow_is_out_and_nothing_tells_whose_it_was(world: World, ada: UUID) -> None:
    session, other = world.session(ada), world.session(world.person(creator=True))
    bo = world.person()
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    world.verb(ada, "block_profile", shadow)
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    assert world.verb(ada, "call_prices_of", bo)["call_prices"]["takes_calls"] is True
    world.verb(bo, "start_call", ada, "audio_call")
    world.verb(bo, "join_session", other)
    assert blocked(world, ada) == [str(shadow)]


def test_whoever_sits_under_a_shadow_is_not_touched_when_their_own_face_is_blocked(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.person()
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    world.verb(ada, "block_profile", bo)
    assert world.row(session)["viewer_count"] == 1
    world.sql(bo, LINE, session, bo, shadow, "Merhaba")


def test_a_block_goes_with_either_account(world: World, bo: UUID, dilek: UUID, cem: UUID) -> None:
    world.verb(bo, "block_profile", dilek)
    world.verb(cem, "block_profile", bo)
    world.owner("delete from auth.users where id = %s", bo)
    assert world.one("select count(*) from private.blocks where blocker_id = %s", bo) == 0
    assert blocked(world, cem) == []


def test_whom_a_host_blocks_has_an_unused_ticket_back(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=10)
    bo, dilek = world.person(coins=10), world.person(coins=10)
    shadow = world.shadow(dilek)
    for who in (bo, dilek):
        world.verb(who, "buy_ticket", session, f"ticket-{who}")
    world.verb(ada, "start_session", session)
    world.verb(dilek, "join_session", session, shadow)
    for who in (bo, dilek):
        world.verb(ada, "block_profile", who)
    assert (world.balance(bo), world.balance(dilek)) == (10, 0)
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    world.verb(dilek, "join_session", session)
    assert world.faults() == []


def test_who_blocks_at_the_moment_somebody_comes_in_is_rid_of_them(world: World, ada: UUID) -> None:
    session = world.session(ada)
    for _ in range(5):
        bo = world.person()
        together(2, lambda n, bo=bo: world.verb(*((ada, "block_profile", bo), (bo, "join_session", session))[n]))
        assert world.refusal(bo, "join_session", session) == (403, "banned")
        assert world.one("select count(*) from public.live_participants where user_id = %s and is_active", bo) == 0
