"""The people of the app as admins see them, becoming a creator, and what people agree to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.settings import Settings
from tests.at_once import together
from tests.leaving import Person
from tests.stage import Door
from tests.world import World


@pytest.fixture(scope="module")
def http(settings: Settings, door: Door) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=settings.api_url, timeout=20) as client:
        yield client


@pytest.fixture
def zuhtu(http: httpx.Client, world: World) -> Person:
    return Person(http, world)


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_none_of_it_is_for_anybody_but_admins(door: Door, bo: UUID, ada: UUID) -> None:
    for method, path, body in (
        ("GET", "users", None), ("GET", f"users/{ada}", None), ("POST", f"users/{ada}/suspend", {"reason": "x"}),
        ("POST", f"users/{ada}/unsuspend", None), ("POST", f"users/{ada}/sign-out", None),
        ("POST", f"users/{ada}/premium", {"is_premium": True}), ("GET", "creator-requests", None),
        ("PATCH", f"creator-requests/{uuid4()}", {"status": "approved"}), ("GET", "account-conflicts", None),
        ("PATCH", f"account-conflicts/{uuid4()}", {"note": "x"}),
    ):  # fmt: skip
        assert refused(door.call(bo, method, f"admin/{path}", body)) == (403, "forbidden"), path
        assert door.call(None, method, f"admin/{path}", body).status_code == 401


def test_people_are_found_page_by_page_by_how_address_and_name_begin(door: Door, world: World, ege: UUID) -> None:
    mark = f"m{uuid4().hex[:8]}"
    people = [world.person(email=f"{mark}.{n}@example.com", meta={"display_name": f"{mark} {n}"}) for n in range(7)]
    world.owner("update auth.users set created_at = now() where email like %s", f"{mark}%")  # all at one moment
    found, after = [], ""
    while True:
        page = done(door.get(ege, f"admin/users?q={mark}&limit=3{after}"))
        found += page["users"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(row["id"] for row in found) == sorted(map(str, people))
    assert [row["id"] for row in done(door.get(ege, f"admin/users?q={people[3]}"))["users"]] == [str(people[3])]
    assert done(door.get(ege, f"admin/users?q=%25{mark}"))["users"] == []
    assert refused(door.get(ege, "admin/users?after=x")) == (422, "unprocessable")


def test_of_a_person_shadows_are_counted_and_never_named(zuhtu: Person, door: Door, world: World, ege: UUID) -> None:
    shadow = world.shadow(zuhtu.id, username=f"s.{zuhtu.id.hex[:8]}")
    answer = door.get(ege, f"admin/users/{zuhtu.id}")
    user = done(answer)["user"]
    assert (user["shadows"], user["standing"], user["email"], len(user["sessions"])) == (1, "named", zuhtu.email, 1)
    assert str(shadow) not in answer.text
    assert f"s.{zuhtu.id.hex[:8]}" not in answer.text
    assert done(door.get(ege, f"admin/users?q=s.{zuhtu.id.hex[:8]}"))["users"] == []
    assert refused(door.get(ege, f"admin/users/{uuid4()}")) == (404, "not_found")


def test_who_is_suspended_is_out_at_once_and_told_why_and_back_when_it_is_lifted(
    zuhtu: Person, door: Door, world: World, ege: UUID
) -> None:
    world.owner("update public.profiles set is_creator = true where id = %s", zuhtu.id)
    session = world.session(zuhtu.id)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    body = {"reason": "Sold what is not theirs.", "ends_at": until}
    user = done(door.post(ege, f"admin/users/{zuhtu.id}/suspend", body))["user"]
    assert (user["standing"], user["sessions"]) == ("suspended", [])
    assert user["suspensions"][0]["reason"] == body["reason"]
    assert abs(datetime.fromisoformat(user["suspended_until"]) - datetime.fromisoformat(until)) < timedelta(seconds=2)
    assert world.row(session)["status"] == "ended"
    assert zuhtu.refused("GET", "profiles/blocked") == (403, "user_banned")
    assert zuhtu.sign_in().json()["error_code"] == "user_banned"
    told = world.sql(zuhtu.id, "select code, details ->> 'reason' as reason from public.notifications")
    assert [row["reason"] for row in told if row["code"] == "account_suspended"] == [body["reason"]]
    assert str(zuhtu.id) in [row["id"] for row in done(door.get(ege, "admin/users?standing=suspended"))["users"]]
    lifted = done(door.post(ege, f"admin/users/{zuhtu.id}/unsuspend"))["user"]
    assert lifted["standing"] == "named"
    assert lifted["suspensions"][0]["lifted_at"] is not None
    assert refused(door.post(ege, f"admin/users/{zuhtu.id}/unsuspend")) == (409, "not_suspended")
    assert zuhtu.sign_in().is_success


def test_admins_do_not_suspend_each_other_nor_anybody_into_the_past(
    door: Door, world: World, bo: UUID, ege: UUID
) -> None:
    other = world.admin()
    assert refused(door.post(ege, f"admin/users/{other}/suspend", {"reason": "x"})) == (409, "is_admin")
    past = {"reason": "x", "ends_at": "2020-01-01T00:00:00Z"}
    assert refused(door.post(ege, f"admin/users/{bo}/suspend", past)) == (422, "unprocessable")
    assert refused(door.post(ege, f"admin/users/{uuid4()}/suspend", {"reason": "x"})) == (404, "not_found")


def test_sessions_are_listed_and_ended_by_their_person_and_by_admins(
    zuhtu: Person, http: httpx.Client, door: Door, world: World, ege: UUID
) -> None:
    phone = zuhtu.session
    zuhtu.sign_in()
    here, there = zuhtu.done("GET", "account/sessions")["sessions"]
    assert (here["is_current"], there["is_current"]) == (True, False)
    stranger = Person(http, world)
    assert stranger.refused("DELETE", f"account/sessions/{there['id']}") == (404, "not_found")
    assert [each["id"] for each in zuhtu.done("DELETE", f"account/sessions/{there['id']}")["sessions"]] == [here["id"]]
    body = {"refresh_token": phone["refresh_token"]}
    assert http.post("/auth/v1/token?grant_type=refresh_token", json=body).status_code == 400
    assert done(door.post(ege, f"admin/users/{zuhtu.id}/sign-out"))["user"]["sessions"] == []
    body = {"refresh_token": zuhtu.session["refresh_token"]}
    assert http.post("/auth/v1/token?grant_type=refresh_token", json=body).status_code == 400


def test_premium_is_given_away_until_a_moment_and_ended(door: Door, world: World, bo: UUID, ege: UUID) -> None:
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    given = done(door.post(ege, f"admin/users/{bo}/premium", {"is_premium": True, "until": until}))["user"]
    assert given["is_premium"] is True
    assert datetime.fromisoformat(given["premium_until"]) == datetime.fromisoformat(until)
    ended = done(door.post(ege, f"admin/users/{bo}/premium", {"is_premium": False}))["user"]
    assert (ended["is_premium"], ended["premium_until"]) == (False, None)


def test_accounts_that_met_are_shown_with_what_they_hold_and_settled_once(
    door: Door, world: World, ege: UUID, ada: UUID, bo: UUID
) -> None:
    shadow = world.shadow(bo, username=f"s.{bo.hex[:8]}")
    note = "select private.note_account_conflict('email', '', %s, %s)"
    world.owner(note, bo, ada)
    world.owner(note, bo, ada)
    world.owner(note, ada, ada)  # with themselves nobody meets
    answer = door.get(ege, "admin/account-conflicts")
    (conflict,) = done(answer)["conflicts"]
    assert (conflict["kind"], conflict["provider"], conflict["times"], conflict["note"]) == ("email", None, 2, None)
    assert (conflict["wanted_by"]["id"], conflict["held_by"]["id"]) == (str(bo), str(ada))
    bos = conflict["wanted_by"]
    assert (bos["balance"], bos["shadows"], bos["subscriptions"]) == (world.balance(bo), 1, 0)
    assert str(shadow) not in answer.text
    path, decided = f"admin/account-conflicts/{conflict['id']}", {"note": "Both are hers; she keeps the older one."}
    assert done(door.call(ege, "PATCH", path, decided))["conflict"]["note"] == decided["note"]
    assert refused(door.call(ege, "PATCH", path, decided)) == (409, "conflict_settled")
    assert done(door.get(ege, "admin/account-conflicts"))["conflicts"] == []
    (settled,) = done(door.get(ege, "admin/account-conflicts?status=settled"))["conflicts"]
    assert settled["id"] == conflict["id"]
    world.owner(note, bo, ada)  # and again, afterwards, is another
    assert len(done(door.get(ege, "admin/account-conflicts"))["conflicts"]) == 1
    assert refused(door.call(ege, "PATCH", f"admin/account-conflicts/{uuid4()}", decided)) == (404, "not_found")


def test_who_wants_to_be_a_creator_asks_once_and_is_told_what_came_of_it(
    door: Door, world: World, bo: UUID, ege: UUID
) -> None:
    assert refused(door.post(world.person(anonymous=True), "account/creator", {})) == (403, "anonymous_not_allowed")
    asked = together(
        4, lambda _: done(door.post(bo, "account/creator", {"message": "I sing."}))["creator"]["request"]["id"]
    )
    assert len(set(asked)) == 1
    listed = [each for each in done(door.get(ege, "admin/creator-requests"))["requests"] if each["id"] == asked[0]]
    assert (listed[0]["message"], listed[0]["person"]["id"]) == ("I sing.", str(bo))
    no = {"status": "refused", "reason": "Show us a song first."}
    assert done(door.call(ege, "PATCH", f"admin/creator-requests/{asked[0]}", no))["request"]["status"] == "refused"
    assert refused(door.call(ege, "PATCH", f"admin/creator-requests/{asked[0]}", no)) == (409, "request_decided")
    assert refused(door.post(bo, "account/creator", {})) == (409, "refused_lately")
    world.owner(
        "update private.creator_requests set decided_at = decided_at - interval '8 days' where user_id = %s", bo
    )
    again = done(door.post(bo, "account/creator"))["creator"]["request"]["id"]
    done(door.call(ege, "PATCH", f"admin/creator-requests/{again}", {"status": "approved"}))
    assert done(door.get(bo, "account/creator"))["creator"]["is_creator"] is True
    assert door.post(bo, "live/sessions", {"session_type": "video_live", "title": "Mine"}).is_success
    codes = {row["code"] for row in world.sql(bo, "select code from public.notifications")}
    assert codes >= {"creator_refused", "creator_approved"}


def test_where_it_is_open_whoever_asks_is_a_creator(door: Door, world: World, bo: UUID) -> None:
    world.owner("update private.settings set creators_are = 'open'")
    try:
        assert done(door.post(bo, "account/creator"))["creator"]["is_creator"] is True
    finally:
        world.owner("update private.settings set creators_are = 'request'")


def test_what_is_agreed_to_is_kept_by_version_each_time(door: Door, world: World, bo: UUID) -> None:
    world.owner("insert into private.consent_texts (kind, version, is_required) values ('terms', '1', true)")
    said = {"kind": "terms", "version": "1", "locale": "tr", "is_given": True}
    assert done(door.get(bo, "account/consents"))["consents"][0]["answer"] is None
    for _ in range(2):
        (consent,) = done(door.post(bo, "account/consents", said))["consents"]
    assert (consent["answer"]["version"], consent["answer"]["is_given"]) == ("1", True)
    world.owner("update private.consent_texts set version = '2'")
    assert refused(door.post(bo, "account/consents", said)) == (409, "consent_outdated")
    assert refused(door.post(bo, "account/consents", said | {"kind": "nothing"})) == (404, "not_found")
    done(door.post(bo, "account/consents", said | {"version": "2"}))
    done(door.post(bo, "account/consents", said | {"version": "2", "is_given": False}))
    kept = world.owner("select version, is_given from private.account_consents where user_id = %s order by id", bo)
    assert [(row["version"], row["is_given"]) for row in kept] == [("1", True), ("2", True), ("2", False)]
