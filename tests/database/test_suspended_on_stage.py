"""A suspension, or an erasure in all but the row, is felt on the stage at once: sessions, calls and seats end (R11)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.world import World

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
ERASED = "update auth.users set deleted_at = now() where id = %s"
FREE_AGAIN = "update auth.users set banned_until = now() - interval '1 second' where id = %s"

barring = pytest.mark.parametrize("barred", [SUSPENDED, ERASED], ids=["suspended", "erased"])


def orders(world: World, session: UUID) -> list[tuple[str, str | None]]:
    """What LiveKit is still to be told of a session's room."""
    rows = world.owner(
        "select action, identity from private.livekit_outbox where room_name = %s and done_at is null",
        f"live_{session}",
    )
    return [(row["action"], row["identity"]) for row in rows]


def call_of(world: World, caller: UUID, callee: UUID, *, accepted: bool) -> str:
    call: str = world.verb(caller, "start_call", callee, "video_call")["call"]["id"]
    if accepted:
        world.verb(callee, "step_call", call, "accepted")
    return call


@barring
def test_the_session_of_a_suspended_host_ends_and_its_room_closes(world: World, ada: UUID, barred: str) -> None:
    session, neighbours = world.session(ada), world.session(world.person(creator=True))
    bo = world.watching(session)
    world.owner(barred, ada)
    assert world.row(session)["status"] == "ended"
    assert ("delete_room", None) in orders(world, session)
    assert world.one("select is_active from public.live_participants where user_id = %s", bo) is False
    assert world.row(neighbours)["status"] == "live"


@barring
def test_the_seat_of_a_suspended_guest_is_left_and_others_keep_theirs(world: World, ada: UUID, barred: str) -> None:
    session = world.session(ada)
    bo, cem = world.watching(session), world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]["id"]
    world.verb(bo, "accept_invitation", invitation)
    world.owner(barred, bo)
    seats = world.owner("select user_id, role, is_active from public.live_participants where session_id = %s", session)
    assert {(seat["user_id"], seat["role"], seat["is_active"]) for seat in seats} == {
        (ada, "host", True),
        (bo, "viewer", False),
        (cem, "viewer", True),
    }
    assert ("remove_participant", str(bo)) in orders(world, session)
    assert world.row(session)["viewer_count"] == 1


def test_who_is_free_again_comes_back_by_joining_and_not_by_a_token_of_before(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.owner(SUSPENDED, bo)

    def connects() -> Any:
        at = world.one("select now()")
        return world.verb(None, "seat_connected", f"live_{session}", bo, f"PA_{uuid4().hex}", at)

    assert connects() == {"state": "refused", "reason": "suspended"}
    world.owner(FREE_AGAIN, bo)
    assert connects() == {"state": "refused", "reason": "departed"}
    world.verb(bo, "join_session", session)
    assert connects()["state"] == "seated"


@barring
def test_the_calls_of_a_suspended_person_end_and_the_other_is_free(world: World, ada: UUID, barred: str) -> None:
    bo, cem, dilek, ege = (world.person() for _ in range(4))
    talking, ringing = call_of(world, ada, bo, accepted=True), call_of(world, cem, dilek, accepted=False)
    others = call_of(world, ege, world.person(), accepted=True)
    world.owner(barred, ada)
    world.owner(barred, dilek)
    states = {
        str(row["id"]): (row["status"], row["end_reason"])
        for row in world.owner("select id, status, end_reason from public.calls where status <> 'busy'")
    }
    assert states[talking] == ("ended", "account_suspended")
    assert states[ringing] == ("failed", "account_suspended")
    assert states[others] == ("accepted", None)
    assert world.verb(bo, "start_call", cem, "audio_call")["call"]["status"] == "initiated"


@pytest.fixture
def verbs(world: World, ada: UUID) -> tuple[UUID, list[tuple[str, list[Any]]]]:
    """A creator with a session to come, and everything they might ask for."""
    cem = world.person(creator=True)
    session, message, call = world.session(cem, live=False), uuid4(), call_of(world, ada, cem, accepted=False)
    somebody = str(world.person())
    return cem, [
        ("create_session", [json.dumps({"session_type": "audio_room"})]),
        ("edit_session", [session, json.dumps({"title": "Yeni"})]),
        ("start_session", [session]),
        ("end_session", [session]),
        ("cancel_session", [session]),
        ("join_session", [world.session(ada)]),
        ("leave_session", [session]),
        ("buy_ticket", [session, str(uuid4())]),
        ("send_gift", [session, world.gift(1), 1, None, str(uuid4())]),
        ("ban_profile", [session, somebody, None, None]),
        ("lift_ban", [session, uuid4()]),
        ("kick_profile", [session, somebody]),
        ("mute_profile", [session, somebody, True]),
        ("change_role", [session, somebody, "viewer"]),
        ("pin_message", [message, True]),
        ("delete_message", [message]),
        ("invite_profile", [session, somebody, "co_host"]),
        ("accept_invitation", [uuid4()]),
        ("reject_invitation", [uuid4()]),
        ("request_to_join", [session, None]),
        ("approve_request", [uuid4()]),
        ("reject_request", [uuid4()]),
        ("cancel_request", [uuid4()]),
        ("start_call", [ada, "video_call"]),
        ("step_call", [call, "accepted"]),
        ("end_call", [call]),
        ("join_call", [call]),
    ]


@barring
def test_every_verb_refuses_a_suspended_account(
    world: World, verbs: tuple[UUID, list[tuple[str, list[Any]]]], barred: str
) -> None:
    who, asked = verbs
    world.owner(barred, who)
    answers = {name: world.refusal(who, name, *values) for name, values in asked}
    # what is not there at all may be told first: it changes nothing
    assert set(answers.values()) <= {(403, "user_banned"), (404, "not_found")}
    told = {name for name, answer in answers.items() if answer == (404, "not_found")}
    assert told <= {"pin_message", "delete_message", "approve_request", "reject_request", "cancel_request"}
