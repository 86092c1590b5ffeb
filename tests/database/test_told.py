"""What people are told of by itself: each where it becomes true, to whom it concerns, in what they may know."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.at_once import together
from tests.stage import new_key
from tests.studio import Studio
from tests.world import World

OF = "select code, actor_profile_id, details, event_count from public.notifications where user_id = %s order by created_at"


def told(world: World, who: UUID) -> list[str]:
    return [row["code"] for row in world.owner(OF, who)]


def last(world: World, who: UUID) -> Any:
    return world.owner(OF, who)[-1]


def free(world: World, call: str) -> None:
    world.owner("delete from private.paces")
    world.one("select private.close_call(%s, 'over')", call)


def test_a_call_is_missed_when_nobody_answers_is_given_up_or_finds_another_going_on(world: World) -> None:
    caller, callee, other = world.person(), world.person(creator=True), world.person()
    ring = world.verb(caller, "start_call", callee, "audio_call")["call"]["id"]
    assert told(world, callee) == []  # that it rings is for devices alone
    assert world.verb(other, "start_call", callee, "audio_call")["call"]["status"] == "busy"
    assert last(world, callee)["actor_profile_id"] == other
    world.verb(caller, "end_call", UUID(ring))
    assert told(world, callee) == ["call_missed"] * 2
    assert last(world, callee)["details"]["call_id"] == ring
    world.owner("delete from private.paces")
    world.verb(caller, "start_call", callee, "audio_call")
    world.owner("update public.calls set initiated_at = now() - interval '1 minute' where status = 'initiated'")
    world.one("select count(*) from private.expire_calls()")
    assert (last(world, callee)["event_count"], told(world, caller)) == (2, [])


def test_who_answers_or_declines_missed_nothing(world: World) -> None:
    caller, callee = world.person(), world.person(creator=True)
    for step in ("accepted", "rejected"):
        ring = world.verb(caller, "start_call", callee, "audio_call")["call"]["id"]
        world.verb(callee, "step_call", UUID(ring), step)
        free(world, ring)
    assert told(world, callee) == []


def test_gifts_of_a_session_are_one_notice_and_name_a_giver_who_is_alone(world: World) -> None:
    host = world.person(creator=True)
    session = world.session(host)
    gift = world.gift(5)
    givers = [world.watching(session, coins=100) for _ in range(2)]
    for giver, quantity in ((givers[0], 2), (givers[1], 3)):
        world.verb(giver, "send_gift", session, gift, quantity, None, new_key())
        world.one("select private.fold_gift_tallies()")
        if giver is givers[0]:
            assert last(world, host)["actor_profile_id"] == giver
    assert told(world, host) == ["gift_received"]
    assert (last(world, host)["event_count"], last(world, host)["actor_profile_id"]) == (5, None)
    assert told(world, givers[0]) == []


def test_a_gift_from_a_shadow_does_not_say_who_is_behind_it(world: World) -> None:
    host, fan = world.person(creator=True), world.person(coins=100)
    shadow = world.shadow(fan)
    session = world.session(host)
    world.verb(fan, "join_session", session, shadow)
    world.verb(fan, "send_gift", session, world.gift(5), 1, None, new_key())
    world.one("select private.fold_gift_tallies()")
    assert last(world, host)["actor_profile_id"] == shadow
    assert str(fan) not in json.dumps(world.owner(OF, host), default=str)


def test_a_banned_viewer_is_told_of_the_house_and_not_of_who_did_it(world: World) -> None:
    host, moderator = world.person(creator=True), world.person()
    session = world.session(host)
    world.verb(moderator, "join_session", session)
    world.verb(host, "change_role", session, moderator, "moderator")
    viewer = world.watching(session)
    world.verb(moderator, "ban_profile", session, viewer, "spam")
    assert (told(world, viewer), last(world, viewer)["actor_profile_id"]) == (["banned"], host)
    said = json.dumps(last(world, viewer), default=str)
    assert str(moderator) not in said
    assert "spam" not in said


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("encrypted_password = 'another'", "password_changed"),
        ("email = 'other-' || email", "address_changed"),
        ("banned_until = now() + interval '1 day'", "account_suspended"),
        ("last_sign_in_at = now(), encrypted_password = 'first'", None),
        ("banned_until = null", None),
    ],
)
def test_what_makes_an_account_less_safe_is_told_and_a_sign_in_is_not(
    world: World, change: str, code: str | None
) -> None:
    person = world.person()
    world.owner("update auth.users set encrypted_password = 'first' where id = %s", person)
    world.owner(f"update auth.users set {change} where id = %s", person)
    assert told(world, person) == ([code] if code else [])


def test_a_suspension_is_told_once_with_its_reason_and_so_is_its_end_by_whichever_way(world: World) -> None:
    person, other = world.person(), world.person()
    ban = "update auth.users set banned_until = now() + %s::interval where id = %s"
    said = "insert into private.suspensions (user_id, reason, ends_at) values (%s, 'Spam', now() + interval '1 day')"
    world.owner(said, person)
    for who in (person, other):
        world.owner(ban, "1 day", who)
    assert last(world, person)["details"]["reason"] == "Spam"
    assert list(last(world, other)["details"]) == ["ends_at"]
    world.owner("update auth.users set banned_until = null where id = any (%s)", [person, other])
    assert told(world, person) == told(world, other) == ["account_suspended", "suspension_lifted"]
    world.owner(ban, "-1 day", other)
    assert len(told(world, other)) == 2


def test_a_sign_in_on_another_kind_of_device_is_told_to_who_is_signed_in_elsewhere(world: World) -> None:
    person = world.person()
    put = """insert into auth.sessions (id, user_id, created_at, user_agent, ip)
             values (gen_random_uuid(), %s, now(), %s, '192.0.2.7')"""
    for agent, count in (("Phone", 0), ("Phone", 0), ("Desk", 1), ("Desk", 1)):
        world.owner(put, person, agent)
        assert len(told(world, person)) == count
    assert (last(world, person)["code"], last(world, person)["details"]["user_agent"]) == ("new_device", "Desk")


def test_a_second_factor_that_comes_and_goes_is_told_and_one_never_proven_is_not(world: World) -> None:
    person = world.person()
    factor = uuid4()
    put = """insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at)
             values (%s, %s, %s, 'totp', 'unverified', now(), now())"""
    world.owner(put, factor, person, "a")
    world.owner(put, uuid4(), person, "b")
    world.owner("update auth.mfa_factors set status = 'verified' where id = %s", factor)
    world.owner("delete from auth.mfa_factors where user_id = %s", person)
    assert told(world, person) == ["factor_added", "factor_removed"]


def test_a_passkey_that_comes_and_goes_is_told_and_one_that_is_used_or_renamed_is_not(world: World) -> None:
    person = world.person()
    put = """insert into auth.webauthn_credentials (user_id, credential_id, public_key, friendly_name)
             values (%s, 'one', 'key', 'Passkey')"""
    world.owner(put, person)
    world.owner(
        "update auth.webauthn_credentials set sign_count = 1, friendly_name = 'Phone' where user_id = %s", person
    )
    assert told(world, person) == ["passkey_added"]
    world.owner("delete from auth.webauthn_credentials where user_id = %s", person)
    assert told(world, person) == ["passkey_added", "passkey_removed"]
    assert last(world, person)["details"] == {"name": "Phone"}


def test_pictures_that_are_ready_refused_or_failed_are_told_to_who_wanted_them(studio: Studio, scene: UUID) -> None:
    person = studio.person()
    for status, error in (("done", None), ("moderated", "unsafe"), ("failed", "timed_out"), ("canceled", None)):
        id = studio.one(
            """insert into public.generations (user_id, scene_id, status, idempotency_key, started_at)
               values (%s, %s, 'queued', gen_random_uuid()::text, now()) returning id""",
            person, scene,
        )  # fmt: skip
        for step in ("submitting", "running", "storing") if status == "done" else ():
            studio.owner("update public.generations set status = %s where id = %s", step, id)
        studio.owner("update public.generations set status = %s, error_code = %s where id = %s", status, error, id)
    assert told(studio, person) == ["picture_ready", "picture_refused", "picture_failed"]


def test_who_erases_their_account_while_others_tell_them_holds_up_nobody(world: World) -> None:
    callee = world.person(creator=True)
    people = [world.person() for _ in range(6)]

    def act(index: int) -> None:
        if index == 3:
            world.owner("delete from auth.users where id = %s", callee)
        else:
            world.one("select private.tell_if_there(%s, 'call_missed', %s)", callee, people[index])

    assert together(6, act) == [None] * 6
    assert told(world, callee) == []
