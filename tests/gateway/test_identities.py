"""Whose account a provider's identity opens: addresses that are proven, accounts taken before, ways in added and removed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.factors import Person
from tests.letters import Inbox, a_challenge, confirmed, exchange, mine, prove, sign_in, sign_up
from tests.openid import CLIENT_ID, SECRET, FakeProvider, Lies, back_from, provider, someone
from tests.sign_in_elsewhere import APP, CORP, OTHER, Way, by_token, errors, user_of, with_providers


@pytest.fixture(scope="module")
def corp() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def other() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(autouse=True)
def _are_honest(corp: FakeProvider, other: FakeProvider) -> None:
    for each in (corp, other):
        each.lies = Lies()
        each.person = someone()


@pytest.fixture(scope="module")
def elsewhere(
    settings: Settings, corp: FakeProvider, other: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    key = tmp_path_factory.mktemp("apple") / "AuthKey.p8"
    with running_server(with_providers(replace(settings, port=free_port()), corp, other, key)) as running:
        yield running


@pytest.fixture(scope="module")
def door(elsewhere: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{elsewhere.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def inbox(elsewhere: Running) -> Inbox:
    return Inbox(elsewhere.url)


@pytest.fixture
def email(corp: FakeProvider) -> str:
    """The address of who signs in at `corp` next."""
    return str(corp.person["email"])


def providers(user: dict[str, Any]) -> list[str]:
    return sorted(each["provider"] for each in user["identities"])


def test_an_address_that_both_sides_have_proven_is_one_account(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, email: str
) -> None:
    before = confirmed(door, inbox, email)
    session = by_token(door, corp.id_token()).json()
    assert session["user"]["id"] == before["user"]["id"]
    assert session["user"]["app_metadata"] == {"provider": "email", "providers": ["email", CORP]}
    assert sign_in(door, email).status_code == 200, "and the password stays"


def test_an_account_that_was_taken_before_its_owner_came_is_the_owners(
    door: httpx.Client, settings: Settings, inbox: Inbox, corp: FakeProvider, email: str
) -> None:
    """Pre-hijacking by a password: a thief signed up with the address and waits for its owner."""
    thief = sign_up(door, email, "thief's password", data={"display_name": "Thief"})
    letter = inbox.newest(email)
    session = by_token(door, corp.id_token()).json()
    assert session["user"]["email"] == email
    assert "Thief" not in str(session["user"])
    with psycopg.connect(settings.admin_database_url) as conn:
        shown = conn.execute("select display_name from public.public_profiles where id = %s", (thief["id"],)).fetchone()
    assert shown == (corp.person["name"],)
    assert code(sign_in(door, email, "thief's password")) == (400, "invalid_credentials")
    assert code(prove(door, type="signup", token_hash=letter.token)) == (403, "otp_expired"), "no letter of before"
    assert thief["id"] == session["user"]["id"], "the row is the same, and nothing in it is the thief's"


def test_an_identity_that_was_put_on_an_unproven_account_is_not_there_when_its_owner_comes(
    door: httpx.Client, settings: Settings, corp: FakeProvider, other: FakeProvider, email: str
) -> None:
    """Pre-hijacking by a trojan identity."""
    sign_up(door, email, "thief's password")
    thief = by_token(door, other.id_token(), OTHER).json()
    with psycopg.connect(settings.admin_database_url) as conn:
        conn.execute(
            "update auth.identities set user_id = (select id from auth.users where email = %s) where user_id = %s",
            (email, thief["user"]["id"]),
        )
    session = by_token(door, corp.id_token()).json()
    assert providers(session["user"]) == [CORP, "email"]
    assert by_token(door, other.id_token(), OTHER).json()["user"]["id"] != session["user"]["id"]


@pytest.mark.parametrize("said", [False, None, "yes", 1, "True"])
def test_an_address_that_is_only_said_opens_no_account_and_becomes_nobodys(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, said: object, email: str
) -> None:
    """An issuer where anybody may write any address into their profile (nOAuth)."""
    owner = confirmed(door, inbox, email)
    corp.lies.claims = {"email_verified": said}
    thief = by_token(door, corp.id_token()).json()["user"]
    assert thief["id"] != owner["user"]["id"]
    assert thief["email"] == ""
    assert thief["identities"][0]["identity_data"]["email_verified"] is False
    assert user_of(door, owner)["email"] == email


def test_an_unproven_address_of_an_identity_links_nobody_to_it_later(
    door: httpx.Client, corp: FakeProvider, other: FakeProvider, email: str
) -> None:
    corp.lies.claims = {"email_verified": False}
    thief = by_token(door, corp.id_token()).json()["user"]
    other.person = someone(email=email)
    assert by_token(door, other.id_token(), OTHER).json()["user"]["id"] != thief["id"]


def test_another_address_at_the_provider_changes_nothing_of_whose_account_it_is(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, email: str
) -> None:
    first = by_token(door, corp.id_token()).json()["user"]
    victim = confirmed(door, inbox, an_email())["user"]
    corp.person = corp.person | {"email": victim["email"]}
    again = by_token(door, corp.id_token()).json()["user"]
    assert (again["id"], again["email"]) == (first["id"], email)
    assert again["identities"][0]["identity_data"]["email"] == victim["email"]


def test_an_address_that_another_becomes_in_lower_case_opens_nothing(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider
) -> None:
    """A provider that knows letters beyond ASCII may have checked an address that is a `k` away from another's."""
    mark = uuid4().hex[:8]
    owner = confirmed(door, inbox, f"jack{mark}@example.com")["user"]
    corp.person = someone(email=f"jac\u212a{mark}@example.com")
    thief = by_token(door, corp.id_token()).json()["user"]
    assert thief["id"] != owner["id"]
    assert thief["email"] == ""


def test_one_subject_at_two_providers_is_two_people(
    door: httpx.Client, corp: FakeProvider, other: FakeProvider
) -> None:
    corp.person, other.person = someone(sub="same"), someone(sub="same")
    people = {by_token(door, corp.id_token()).json()["user"]["id"]}
    assert len(people | {by_token(door, other.id_token(), OTHER).json()["user"]["id"]}) == 2


def test_an_account_that_is_proven_by_its_phone_is_not_taken_by_its_address(
    door: httpx.Client, settings: Settings, corp: FakeProvider, email: str
) -> None:
    owner = sign_up(door, email)
    with psycopg.connect(settings.admin_database_url) as conn:
        changed = "update auth.users set phone = '15550001111', phone_confirmed_at = now() where id = %s"
        conn.execute(changed, (owner["id"],))
    assert code(by_token(door, corp.id_token())) == (422, "email_exists")


def test_where_addresses_are_not_proven_a_password_keeps_its_account(
    settings: Settings, corp: FakeProvider, email: str
) -> None:
    """Else whoever signs up first with an address would share it with its owner."""
    easy = replace(settings, port=free_port(), openid_providers=f"corp={corp.url},{CLIENT_ID},{SECRET}")
    with running_server(easy) as running, httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW) as door:
        assert sign_up(door, email)["access_token"]
        assert code(by_token(door, corp.id_token())) == (422, "email_exists")
        corp.person = someone()
        assert by_token(door, corp.id_token()).status_code == 200
        assert code(door.get("/user/identities/authorize", headers=mine(sign_in(door, email).json()))) == (
            404,
            "manual_linking_disabled",
        )


def test_where_nobody_signs_up_who_has_an_account_still_comes_in(
    elsewhere: Running, door: httpx.Client, corp: FakeProvider
) -> None:
    known = by_token(door, corp.id_token()).json()["user"]
    closed = replace(elsewhere.settings, port=free_port(), sign_up=False)
    with running_server(closed) as running, httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW) as other_door:
        assert by_token(other_door, corp.id_token()).json()["user"]["id"] == known["id"]
        corp.person = someone()
        assert code(by_token(other_door, corp.id_token())) == (422, "signup_disabled")
        way = Way(other_door, corp)
        assert errors(way.back(way.away())) == ("server_error", "signup_disabled")


def test_who_is_suspended_does_not_come_in_by_another_door(
    door: httpx.Client, elsewhere: Running, inbox: Inbox, corp: FakeProvider, other: FakeProvider, email: str
) -> None:
    user_id = by_token(door, corp.id_token()).json()["user"]["id"]
    service = {"authorization": f"Bearer {elsewhere.settings.service_role_key}"}
    door.put(f"/admin/users/{user_id}", json={"ban_duration": "1h"}, headers=service)
    assert code(by_token(door, corp.id_token())) == (403, "user_banned")
    assert errors(Way(door, corp).back(Way(door, corp).away())) == ("access_denied", "user_banned")
    other.person = someone(email=email)
    assert code(by_token(door, other.id_token(), OTHER)) == (403, "user_banned"), "nor by the address"


def test_many_windows_at_once_make_one_account(door: httpx.Client, corp: FakeProvider) -> None:
    tokens = [corp.id_token() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda each: by_token(door, each), tokens))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({answer.json()["user"]["id"] for answer in answers}) == 1


def test_a_long_name_and_a_wild_picture_keep_nobody_out(door: httpx.Client, corp: FakeProvider) -> None:
    corp.person = someone(name="ü" * 1_000, picture="javascript:alert(1)", preferred_username="😀" * 500)
    user = by_token(door, corp.id_token()).json()["user"]
    assert len(user["user_metadata"]["full_name"]) == 80
    assert "picture" not in user["user_metadata"]
    assert by_token(door, corp.id_token()).status_code == 200


def test_what_a_person_says_of_themselves_stays(door: httpx.Client, corp: FakeProvider) -> None:
    session = by_token(door, corp.id_token()).json()
    door.put("/user", json={"data": {"full_name": "Ada Lovelace"}}, headers=mine(session))
    assert by_token(door, corp.id_token()).json()["user"]["user_metadata"]["full_name"] == "Ada Lovelace"


def linked(door: httpx.Client, session: dict[str, Any], provider: FakeProvider, name: str = CORP) -> httpx.Response:
    """Another identity, linked in the browser by who has a session."""
    verifier, asked = a_challenge()
    query = {"provider": name, "redirect_to": APP, "skip_http_redirect": "true"} | asked
    away = door.get("/user/identities/authorize", params=query, headers=mine(session))
    assert away.status_code == 200, away.text
    url, _ = back_from(away.json()["url"], provider.url)
    back = door.get(url)
    found = parse_qs(urlsplit(back.headers["location"]).query)
    return exchange(door, found["code"][0], verifier) if "code" in found else back


def test_who_is_signed_in_links_another_identity(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, other: FakeProvider
) -> None:
    session = confirmed(door, inbox, an_email())
    user = linked(door, session, corp).json()["user"]
    assert (user["id"], providers(user)) == (session["user"]["id"], [CORP, "email"])
    assert user["email"] == session["user"]["email"], "the address stays"
    assert by_token(door, corp.id_token()).json()["user"]["id"] == user["id"]
    answer = door.post(
        "/token?grant_type=id_token",
        json={"provider": OTHER, "id_token": other.id_token(), "link_identity": True},
        headers=mine(session),
    )
    assert providers(answer.json()["user"]) == [CORP, OTHER, "email"]
    assert errors(linked(door, session, corp)) == ("server_error", "identity_already_exists")


def test_an_identity_of_somebody_else_is_not_linked(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, email: str
) -> None:
    owner = by_token(door, corp.id_token()).json()["user"]
    session = confirmed(door, inbox, an_email())
    assert errors(linked(door, session, corp)) == ("server_error", "identity_already_exists")
    body = {"provider": CORP, "id_token": corp.id_token(), "link_identity": True}
    assert code(door.post("/token?grant_type=id_token", json=body, headers=mine(session))) == (
        422,
        "identity_already_exists",
    )
    assert code(door.post("/token?grant_type=id_token", json=body)) == (401, "no_authorization")
    assert by_token(door, corp.id_token()).json()["user"]["id"] == owner["id"]


def test_nobody_is_made_to_link_their_identity_to_a_thiefs_account(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider
) -> None:
    """A thief begins to link and has the victim follow the address: the code reaches the victim's app, the verifier not."""
    thief = confirmed(door, inbox, an_email())
    _, asked = a_challenge()
    query = {"provider": CORP, "redirect_to": APP, "skip_http_redirect": "true"}
    assert code(door.get("/user/identities/authorize", params=query, headers=mine(thief))) == (400, "validation_failed")
    away = door.get("/user/identities/authorize", params=query | asked, headers=mine(thief)).json()["url"]
    url, _ = back_from(away, corp.url)
    auth_code = parse_qs(urlsplit(door.get(url).headers["location"]).query)["code"][0]
    assert code(exchange(door, auth_code, a_challenge()[0])) == (400, "bad_code_verifier")
    assert providers(user_of(door, thief)) == ["email"]
    assert by_token(door, corp.id_token()).json()["user"]["id"] != thief["user"]["id"]


def test_what_another_account_has_is_refused_and_left_to_an_admin(
    door: httpx.Client, settings: Settings, inbox: Inbox, corp: FakeProvider
) -> None:
    """An identity, an address by a provider, an address by letter, a newcomer: refused, noted once for each two."""
    owner = by_token(door, corp.id_token()).json()["user"]
    wishing = confirmed(door, inbox, an_email())
    body = {"provider": CORP, "id_token": corp.id_token(), "link_identity": True}
    for _ in range(2):
        assert door.post("/token?grant_type=id_token", json=body, headers=mine(wishing)).status_code == 422
    assert door.put("/user", json={"email": owner["email"]}, headers=mine(wishing)).json()["new_email"]
    guest = door.post("/signup", json={}).json()
    corp.person = someone(email=owner["email"], sub=f"at-{uuid4().hex}")
    assert code(linked(door, guest, corp)) == (422, "email_exists")
    by_phone = sign_up(door, an_email())
    corp.person = someone(email=by_phone["email"])
    with psycopg.connect(settings.admin_database_url, autocommit=True) as conn:
        changed = "update auth.users set phone = '15550002222', phone_confirmed_at = now() where id = %s"
        conn.execute(changed, (by_phone["id"],))
        assert code(by_token(door, corp.id_token())) == (422, "email_exists")
        held = "select kind, provider, wanted_by::text, times from private.account_conflicts where held_by = any(%s)"

        def noted() -> set[tuple[Any, ...]] | None:
            rows = set(conn.execute(held, ([owner["id"], by_phone["id"]],)).fetchall())
            return rows if len(rows) == 4 else None

        assert eventually(noted) == {
            ("identity", CORP, wishing["user"]["id"], 2),
            ("email", "", wishing["user"]["id"], 1),
            ("email", CORP, guest["user"]["id"], 1),
            ("email", CORP, None, 1),
        }
    assert user_of(door, wishing)["email"] == wishing["user"]["email"]


def test_a_guest_stays_by_linking(door: httpx.Client, corp: FakeProvider, inbox: Inbox, email: str) -> None:
    guest = door.post("/signup", json={}).json()
    user = linked(door, guest, corp).json()["user"]
    assert (user["id"], user["is_anonymous"], user["email"]) == (guest["user"]["id"], False, email)
    corp.person = someone(email=confirmed(door, inbox, an_email())["user"]["email"])
    another = door.post("/signup", json={}).json()
    assert code(linked(door, another, corp)) == (422, "email_exists")


def test_a_second_factor_is_asked_for_before_ways_in_change(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, other: FakeProvider
) -> None:
    ada = Person(door, an_email())
    ada.session = confirmed(door, inbox, ada.email)
    linked(door, ada.session, corp)
    phone = ada.with_phone()
    by_provider = by_token(door, corp.id_token()).json()
    assert by_provider["user"]["id"] == ada.id
    assert jwt.decode(by_provider["access_token"], options={"verify_signature": False})["aal"] == "aal1"
    body = {"provider": OTHER, "id_token": other.id_token(), "link_identity": True}
    refused = door.post("/token?grant_type=id_token", json=body, headers=mine(by_provider))
    assert code(refused) == (403, "insufficient_aal")
    query = {"provider": OTHER} | a_challenge()[1]
    away = door.get("/user/identities/authorize", params=query, headers=mine(by_provider))
    assert code(away) == (403, "insufficient_aal")
    way = next(each["identity_id"] for each in by_provider["user"]["identities"] if each["provider"] == CORP)
    assert code(door.delete(f"/user/identities/{way}", headers=mine(by_provider))) == (403, "insufficient_aal")
    assert phone.factor_id
    assert door.delete(f"/user/identities/{way}", headers=mine(ada.session)).status_code == 200


def test_a_way_in_is_removed_and_the_last_one_stays(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider, other: FakeProvider
) -> None:
    session = confirmed(door, inbox, an_email())
    linked(door, session, corp)
    ways = {each["provider"]: each["identity_id"] for each in user_of(door, session)["identities"]}
    stranger = confirmed(door, inbox, an_email())
    assert code(door.delete(f"/user/identities/{ways[CORP]}", headers=mine(stranger))) == (422, "identity_not_found")
    assert code(door.delete(f"/user/identities/{uuid4()}", headers=mine(session))) == (422, "identity_not_found")
    assert code(door.delete("/user/identities/one", headers=mine(session))) == (404, "validation_failed")
    assert door.delete(f"/user/identities/{ways['email']}", headers=mine(session)).json() == {}
    user = user_of(door, session)
    assert (user["email"], providers(user)) == (corp.person["email"], [CORP])
    assert user["app_metadata"] == {"provider": CORP, "providers": [CORP]}
    assert code(sign_in(door, session["user"]["email"])) == (400, "invalid_credentials")
    assert code(door.delete(f"/user/identities/{ways[CORP]}", headers=mine(session))) == (
        422,
        "single_identity_not_deletable",
    )


def test_two_who_remove_the_last_two_ways_at_once_leave_one(
    door: httpx.Client, inbox: Inbox, corp: FakeProvider
) -> None:
    session = confirmed(door, inbox, an_email())
    linked(door, session, corp)
    ways = [each["identity_id"] for each in user_of(door, session)["identities"]]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: door.delete(f"/user/identities/{each}", headers=mine(session)), ways))
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len(user_of(door, session)["identities"]) == 1
