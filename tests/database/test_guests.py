"""Guests, co-hosts and moderation: offers bind nobody until accepted, requests live 60 s, ranks hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import World


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


def seat(world: World, session: UUID, user: UUID) -> Any:
    rows = world.owner("select * from public.live_participants where session_id = %s and user_id = %s", session, user)
    return rows[0]


def orders(world: World, identity: UUID) -> list[str]:
    found = world.owner("select action from private.livekit_outbox where identity = %s order by id", str(identity))
    return [order["action"] for order in found]


def test_an_invited_absentee_is_no_viewer_until_they_join(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada, live=False)
    invited = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]
    world.verb(ada, "start_session", session)
    assert (invited["is_active"], invited["joined_at"], invited["role"]) == (False, None, "viewer")
    assert (invited["invited_role"], invited["invitation_response"]) == ("co_host", "pending")
    assert world.row(session)["total_viewers"] == 0
    assert world.verb(bo, "join_session", session)["participant"]["id"] == invited["id"]
    assert world.row(session)["total_viewers"] == 1


def test_a_viewer_keeps_their_role_until_they_accept(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]
    assert (invitation["role"], invitation["is_active"]) == ("viewer", True)
    assert world.refusal(ada, "accept_invitation", invitation["id"]) == (404, "not_found")
    accepted = world.verb(bo, "accept_invitation", invitation["id"])
    assert (accepted["participant"]["role"], accepted["seat"]["role"]) == ("co_host", "co_host")
    assert orders(world, bo) == ["update_permission"]
    assert world.refusal(bo, "reject_invitation", invitation["id"]) == (409, "already_answered")


def test_a_guest_steps_down_with_the_role_and_nobody_else_moves(world: World, ada: UUID, session: UUID) -> None:
    bo, mod, stranger = world.watching(session), world.watching(session), world.person()
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]
    world.verb(bo, "accept_invitation", invitation["id"])
    world.verb(ada, "change_role", session, mod, "moderator")
    before = len(orders(world, bo))
    assert world.verb(bo, "leave_stage", session)["participant"]["role"] == "viewer"
    assert orders(world, bo)[before:] == ["update_permission"]
    assert world.verb(bo, "leave_stage", session)["participant"]["role"] == "viewer"
    assert len(orders(world, bo)) == before + 1
    assert world.verb(mod, "leave_stage", session)["participant"]["role"] == "moderator"
    assert world.refusal(stranger, "leave_stage", session) == (404, "not_found")


def test_who_was_on_stage_when_it_ended_keeps_the_role(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]
    world.verb(bo, "accept_invitation", invitation["id"])
    world.verb(ada, "end_session", session)
    assert world.verb(bo, "leave_stage", session)["participant"]["role"] == "co_host"


def test_a_rejected_or_expired_invitation_gives_nothing(world: World, ada: UUID, session: UUID) -> None:
    bo, cem = world.watching(session), world.watching(session)
    for who in (bo, cem):
        world.verb(ada, "invite_profile", session, who, "invited_guest")
    rejected = world.verb(bo, "reject_invitation", seat(world, session, bo)["id"])["participant"]
    assert (rejected["role"], rejected["invitation_response"]) == ("viewer", "rejected")
    world.owner("update public.live_participants set invitation_expires_at = now() where user_id = %s", cem)
    assert world.refusal(cem, "accept_invitation", seat(world, session, cem)["id"]) == (
        410,
        "invitation_expired",
    )
    assert world.verb(None, "expire_guests") >= 1
    assert seat(world, session, cem)["invitation_response"] == "expired"


def test_only_the_host_invites_and_not_whom_they_banned(world: World, ada: UUID, session: UUID) -> None:
    bo, cem, other = world.watching(session), world.watching(session), world.person(creator=True)
    assert world.refusal(bo, "invite_profile", session, cem, "co_host") == (403, "forbidden")
    assert world.refusal(other, "invite_profile", session, cem, "co_host") == (403, "forbidden")
    assert world.refusal(ada, "invite_profile", session, bo, "host") == (422, "unprocessable")
    assert world.refusal(ada, "invite_profile", session, ada, "co_host") == (422, "unprocessable")
    world.verb(ada, "ban_profile", session, cem)
    assert world.refusal(ada, "invite_profile", session, cem, "co_host") == (409, "banned")


def test_a_shadow_is_a_guest_at_most(world: World, ada: UUID, session: UUID, bo: UUID) -> None:
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    assert world.refusal(ada, "invite_profile", session, shadow, "co_host") == (422, "unprocessable")
    world.verb(ada, "invite_profile", session, shadow, "invited_guest")


def ask(world: World, session: UUID) -> tuple[UUID, str]:
    bo = world.watching(session)
    return bo, world.verb(bo, "request_to_join", session, None)["guest_request"]["id"]


def test_a_request_is_approved_by_the_host_alone(world: World, ada: UUID, session: UUID) -> None:
    bo, request = ask(world, session)
    assert world.refusal(bo, "request_to_join", session, None) == (409, "already_asked")
    assert world.refusal(bo, "approve_request", request) == (403, "forbidden")
    assert world.refusal(world.watching(session), "approve_request", request) == (403, "forbidden")
    answer = world.verb(ada, "approve_request", request)
    assert (answer["guest_request"]["status"], answer["participant"]["role"]) == ("approved", "invited_guest")
    assert world.refusal(ada, "reject_request", request) == (409, "already_answered")
    assert world.refusal(bo, "request_to_join", session, None) == (409, "already_on_stage")


def test_a_request_is_rejected_by_the_host_and_cancelled_by_who_asked(world: World, ada: UUID, session: UUID) -> None:
    bo, request = ask(world, session)
    assert world.refusal(ada, "cancel_request", request) == (403, "forbidden")
    assert world.verb(bo, "cancel_request", request)["guest_request"]["status"] == "cancelled"
    request = world.verb(bo, "request_to_join", session, None)["guest_request"]["id"]
    assert world.refusal(bo, "reject_request", request) == (403, "forbidden")
    assert world.verb(ada, "reject_request", request)["guest_request"]["status"] == "rejected"
    assert seat(world, session, bo)["role"] == "viewer"


def test_an_expired_request_is_not_approved(world: World, ada: UUID, session: UUID) -> None:
    bo, request = ask(world, session)
    world.owner("update public.live_guest_requests set expires_at = now() where id = %s", request)
    assert world.refusal(ada, "approve_request", request) == (410, "request_expired")
    assert seat(world, session, bo)["role"] == "viewer"


def test_who_left_or_was_banned_is_not_brought_on_stage(world: World, ada: UUID, session: UUID) -> None:
    bo, request = ask(world, session)
    world.verb(bo, "leave_session", session)
    assert world.refusal(ada, "approve_request", request) == (409, "requester_gone")
    cem, request = ask(world, session)
    world.verb(ada, "ban_profile", session, cem)
    assert world.refusal(ada, "approve_request", request) == (410, "request_expired")


def test_approve_and_cancel_at_once_have_one_outcome(world: World, ada: UUID, session: UUID) -> None:
    for _ in range(5):
        bo, request = ask(world, session)
        acts = [(ada, "approve_request"), (bo, "cancel_request"), (ada, "reject_request")]
        answers = together(3, lambda i, acts=acts, request=request: world.verb(*acts[i], request))
        assert sum(isinstance(answer, Refused) for answer in answers) == 2, answers
        world.verb(ada, "kick_profile", session, bo)


def test_a_stage_is_as_large_as_the_settings_say(world: World, ada: UUID, session: UUID) -> None:
    size = "update private.settings set stage_guests_max = %s"
    first, second = (ask(world, session)[1] for _ in range(2))
    world.owner(size, 1)
    try:
        world.verb(ada, "approve_request", first)
        assert world.refusal(ada, "approve_request", second) == (409, "stage_full")
        world.owner(size, 2)
        world.verb(ada, "approve_request", second)
        with pytest.raises(psycopg.errors.CheckViolation):
            world.owner(size, 0)
    finally:
        world.owner(size, 8)


def test_30_approvals_at_once_fill_the_stage_with_8(world: World, ada: UUID, session: UUID) -> None:
    requests = [ask(world, session)[1] for _ in range(14)]
    answers = together(14, lambda index: world.verb(ada, "approve_request", requests[index]))
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["stage_full"] * 6
    count = "select count(*) from public.live_participants where session_id = %s and role = 'invited_guest'"
    assert world.one(count, session) == 8


def test_in_an_audio_room_people_listen_and_speak(world: World, ada: UUID) -> None:
    room = world.session(ada, session_type="audio_room")
    bo, request = ask(world, room)
    assert seat(world, room, bo)["role"] == "listener"
    assert world.verb(ada, "approve_request", request)["participant"]["role"] == "speaker"
    assert world.verb(ada, "change_role", room, bo, "viewer")["participant"]["role"] == "listener"


def test_ranks_hold(world: World, ada: UUID, session: UUID) -> None:
    mod, second, bo = world.watching(session), world.watching(session), world.watching(session)
    for who in (mod, second):
        world.verb(ada, "change_role", session, who, "moderator")
    for verb in ("ban_profile", "kick_profile"):
        for actor, target in ((mod, ada), (mod, second), (mod, mod), (ada, ada), (bo, mod), (bo, ada)):
            assert world.refusal(actor, verb, session, target) == (403, "forbidden")
    assert world.refusal(mod, "change_role", session, bo, "moderator") == (403, "forbidden")
    assert world.verb(mod, "mute_profile", session, bo, True)["participant"]["is_muted"] is True
    assert world.verb(mod, "kick_profile", session, bo)["participant"]["is_active"] is False
    assert world.verb(ada, "ban_profile", session, mod)["ban"]["banned_profile_id"] == str(mod)
    assert world.refusal(mod, "kick_profile", session, second) == (403, "forbidden")


def test_a_kicked_viewer_may_return_and_a_banned_one_may_not_until_it_is_lifted(
    world: World, ada: UUID, session: UUID
) -> None:
    bo = world.watching(session)
    world.verb(ada, "kick_profile", session, bo)
    assert orders(world, bo) == ["remove_participant"]
    assert world.verb(bo, "join_session", session)["participant"]["is_active"] is True
    ban = world.verb(ada, "ban_profile", session, bo, "spam")["ban"]
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    assert world.row(session)["viewer_count"] == 0
    assert world.refusal(bo, "lift_ban", session, ban["id"]) == (403, "forbidden")
    world.verb(ada, "lift_ban", session, ban["id"])
    assert world.verb(bo, "join_session", session)["participant"]["is_active"] is True


def test_a_ban_ends_when_it_says(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    assert world.refusal(ada, "ban_profile", session, bo, None, world.one("select now()"))[0] == 422
    world.verb(ada, "ban_profile", session, bo, None, world.one("select now() + interval '1 minute'"))
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    world.owner("update public.live_session_bans set expires_at = now() where banned_user_id = %s", bo)
    world.verb(bo, "join_session", session)


def test_a_banned_guest_is_off_the_stage(world: World, ada: UUID, session: UUID) -> None:
    bo, request = ask(world, session)
    world.verb(ada, "approve_request", request)
    world.verb(ada, "ban_profile", session, bo)
    assert (seat(world, session, bo)["role"], seat(world, session, bo)["is_active"]) == ("viewer", False)


def test_a_banned_moderator_reads_no_more(world: World, ada: UUID, session: UUID) -> None:
    mod = world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.verb(mod, "leave_session", session)
    read = "select count(*) as seen from public.live_participants where session_id = %s"
    assert world.sql(mod, read, session)[0]["seen"] == 2
    world.verb(ada, "ban_profile", session, mod)
    assert world.sql(mod, read, session)[0]["seen"] == 1


def test_those_who_said_yes_while_away_do_not_overfill_the_stage(world: World, ada: UUID) -> None:
    guests, session = [world.person() for _ in range(10)], world.session(ada, live=False)
    for guest in guests:
        invitation = world.verb(ada, "invite_profile", session, guest, "co_host")["participant"]
        world.verb(guest, "accept_invitation", invitation["id"])
    world.verb(ada, "start_session", session)
    answers = together(10, lambda i: world.verb(guests[i], "join_session", session))
    assert sorted(answer["seat"]["role"] for answer in answers) == ["co_host"] * 8 + ["viewer"] * 2
    late = next(guest for guest in guests if seat(world, session, guest)["role"] == "viewer")
    assert orders(world, late) == ["update_permission", "update_permission"]


def test_an_anonymous_sign_in_gets_no_role(world: World, ada: UUID, session: UUID) -> None:
    passer_by = world.watching(session, anonymous=True)
    assert world.refusal(ada, "invite_profile", session, passer_by, "invited_guest") == (422, "unprocessable")
    assert world.refusal(ada, "change_role", session, passer_by, "moderator") == (422, "unprocessable")
    room = world.session(world.person(creator=True), session_type="audio_room")
    host = world.one("select creator_id from public.live_sessions where id = %s", room)
    listener = world.watching(room, anonymous=True)
    assert world.refusal(host, "change_role", room, listener, "speaker") == (422, "unprocessable")
    assert world.verb(host, "kick_profile", room, listener)["participant"]["role"] == "listener"


def test_a_shadow_moderates_nothing(world: World, ada: UUID, session: UUID, bo: UUID) -> None:
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    assert world.refusal(ada, "change_role", session, shadow, "moderator") == (422, "unprocessable")
