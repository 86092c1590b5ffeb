"""Passkeys at the auth door: added, used, removed; and who tries to come in with another's, or with none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.authenticator import (
    BACKED_UP,
    EDDSA,
    ELIGIBLE,
    ES256,
    ES384,
    PRESENT,
    RS256,
    VERIFIED,
    Authenticator,
    bytes_of,
    text_of,
)
from tests.conftest import Running, free_port, running_server
from tests.factors import PASSWORD, Person

ORIGIN, RP_ID = "https://app.example.com", "app.example.com"
ANDROID = "android:apk-key-hash:" + "A" * 43
NOBODY = "00000000-0000-4000-8000-000000000000"
REFUSED = (400, "webauthn_verification_failed")

HOOK = """
    create function public.says_how(event jsonb) returns jsonb language sql as $$
      select jsonb_build_object('claims', event->'claims' || jsonb_build_object('how', event->'authentication_method')) $$;
    revoke execute on function public.says_how from public;
    grant execute on function public.says_how to supabase_auth_admin"""


@pytest.fixture(scope="module")
def app(settings: Settings, database_url: str) -> Iterator[Running]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(HOOK)
    here = replace(
        settings, port=free_port(), client_ip_header="x-real-ip", app_url=f"{ORIGIN}/start", passkey_origins=ANDROID,
        hook_access_token="pg-functions://postgres/public/says_how",
    )  # fmt: skip
    with running_server(here) as running:
        yield running


@pytest.fixture(scope="module")
def door(app: Running) -> Iterator[httpx.Client]:
    headers = {"x-real-ip": "203.0.113.1", **NEW}
    with httpx.Client(base_url=f"{app.url}/auth/v1", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def ada(door: httpx.Client) -> Person:
    return Person.new(door)


@pytest.fixture
def bo(door: httpx.Client) -> Person:
    return Person.new(door)


device = partial(Authenticator, ORIGIN, RP_ID)


def begun(person: Person) -> dict:
    answer = person.ask("POST", "/passkeys/registration/options", {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def registered(person: Person, key: Authenticator, challenge: dict | None = None, **told: Any) -> httpx.Response:
    challenge = challenge or begun(person)
    body = {"challenge_id": challenge["challenge_id"], "credential": key.create(challenge["options"], **told)}
    return person.ask("POST", "/passkeys/registration/verify", body)


def with_key(person: Person, **traits: Any) -> Authenticator:
    key = device(**traits)
    answer = registered(person, key)
    assert answer.status_code == 200, answer.text
    return key


def asked(door: httpx.Client) -> dict:
    answer = door.post("/passkeys/authentication/options", json={"gotrue_meta_security": {}})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sent(door: httpx.Client, challenge: dict, credential: dict) -> httpx.Response:
    body = {"challenge_id": challenge["challenge_id"], "credential": credential}
    return door.post("/passkeys/authentication/verify", json=body)


def signed_in(door: httpx.Client, key: Authenticator, lies: dict | None = None) -> httpx.Response:
    challenge = asked(door)
    return sent(door, challenge, key.get(challenge["options"], lies or {}))


def ours(person: Person) -> list[dict]:
    return person.ask("GET", "/passkeys").json()


@pytest.mark.parametrize("algorithm", [ES256, RS256, EDDSA])
def test_a_key_is_added_and_opens_a_session_without_a_password(ada: Person, algorithm: int) -> None:
    apple = UUID("fbfc3007-154e-4ecc-8c0b-6e020557d7bd").bytes
    key = device(algorithm=algorithm, aaguid=apple, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)
    made = registered(ada, key)
    assert made.status_code == 200, made.text
    assert (made.json()["friendly_name"], "last_used_at" in made.json()) == ("Apple Passwords", False)
    answer = signed_in(ada.door, key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["user"]["email"] == ada.email
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["aal"], claims["amr"][0]["method"], claims["how"]) == ("aal1", "passkey", "passkey")
    again = Person(ada.door, ada.email, answer.json())
    (item,) = ours(again)
    assert item["id"] == made.json()["id"]
    assert item["last_used_at"] > item["created_at"]
    assert signed_in(ada.door, key).status_code == 200


def test_what_a_browser_is_asked_for_wants_the_person_verified_and_no_second_key_on_one_device(ada: Person) -> None:
    key = with_key(ada)
    options = begun(ada)["options"]
    assert options["rp"] == {"id": RP_ID, "name": RP_ID}
    assert bytes_of(options["user"]["id"]).decode() == ada.id
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert [each["id"] for each in options["excludeCredentials"]] == [text_of(key.credential_id)]
    request = asked(ada.door)["options"]
    assert (request["rpId"], request["userVerification"], "allowCredentials" in request) == (RP_ID, "required", False)
    assert len(bytes_of(request["challenge"])) == 32


def test_it_is_told_that_there_are_passkeys_and_what_they_are_bound_to(door: httpx.Client, app: Running) -> None:
    assert door.get("/settings").json()["passkeys_enabled"] is True
    assert httpx.get(f"{app.url}/config.json").json()["passkeys"] == RP_ID


def test_an_app_of_ours_may_ask_too_and_a_device_may_attest_itself(ada: Person) -> None:
    key = device()
    key.origin = ANDROID
    assert registered(ada, key, format="packed").status_code == 200
    assert signed_in(ada.door, key).status_code == 200


@pytest.mark.parametrize(
    ("traits", "told"),
    [
        ({"origin": "https://app.example.com.evil.example"}, {}),
        ({"origin": "https://evil.example"}, {}),
        ({"origin": "http://app.example.com"}, {}),
        ({"origin": "https://app.example.com\ud800"}, {}),
        ({"rp_id": "example.com"}, {}),
        ({"flags": PRESENT}, {}),
        ({"flags": VERIFIED}, {}),
        ({"flags": PRESENT | VERIFIED | BACKED_UP}, {}),
        ({"algorithm": ES384}, {}),
        ({"credential_id": b""}, {}),
        ({}, {"lies": {"crossOrigin": True}}),
        ({}, {"lies": {"type": "webauthn.get"}}),
        ({}, {"lies": {"challenge": text_of(bytes(32))}}),
        ({}, {"statement": {"sig": b"signed"}}),
        ({}, {"format": "of my own"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_key_that_was_made_elsewhere_or_by_nobody_is_not_added(ada: Person, traits: dict, told: dict) -> None:
    key = device()
    for name, value in traits.items():
        setattr(key, name, value)
    key.__post_init__()
    assert code(registered(ada, key, **told)) == REFUSED
    assert ours(ada) == []


def test_an_answer_that_names_another_key_than_it_made_is_not_taken(ada: Person) -> None:
    challenge, key = begun(ada), device()
    credential = key.create(challenge["options"])
    credential["id"] = credential["rawId"] = text_of(b"another")
    body = {"challenge_id": challenge["challenge_id"], "credential": credential}
    assert code(ada.ask("POST", "/passkeys/registration/verify", body)) == REFUSED


@pytest.mark.parametrize(
    ("traits", "lies"),
    [
        ({"origin": "https://evil.example"}, {}),
        ({"rp_id": "evil.example"}, {}),
        ({"flags": PRESENT}, {}),
        ({"flags": VERIFIED}, {}),
        ({"user_handle": None}, {}),
        ({"user_handle": b"somebody"}, {}),
        ({"user_handle": NOBODY.encode()}, {}),
        ({"credential_id": b"nobody's"}, {}),
        ({"step": 0}, {}),
        ({"step": -1}, {}),
        ({}, {"crossOrigin": True}),
        ({}, {"type": "webauthn.create"}),
        ({}, {"challenge": text_of(bytes(32))}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_signature_for_another_place_or_another_time_opens_nothing(ada: Person, traits: dict, lies: dict) -> None:
    key = with_key(ada, count=7)
    honest = {name: getattr(key, name) for name in traits}
    for name, value in traits.items():
        setattr(key, name, value)
    assert code(signed_in(ada.door, key, lies)) == REFUSED
    for name, value in honest.items():
        setattr(key, name, value)
    key.count = 20
    assert signed_in(ada.door, key).status_code == 200  # it was that, and nothing else


def test_another_s_key_opens_one_s_own_account_alone(ada: Person, bo: Person) -> None:
    hers, his = with_key(ada), with_key(bo)
    his.user_handle = ada.id.encode()
    assert code(signed_in(ada.door, his)) == REFUSED
    his.credential_id = hers.credential_id  # her key's name, signed with his
    assert code(signed_in(ada.door, his)) == REFUSED
    assert signed_in(ada.door, hers).json()["user"]["id"] == ada.id


def test_a_signature_that_was_touched_opens_nothing(ada: Person) -> None:
    key, challenge = with_key(ada), asked(ada.door)
    credential = key.get(challenge["options"])
    signature = bytearray(bytes_of(credential["response"]["signature"]))
    signature[-1] ^= 1
    credential["response"]["signature"] = text_of(bytes(signature))
    assert code(sent(ada.door, challenge, credential)) == REFUSED


def test_a_challenge_is_met_once_by_a_wrong_answer_too(ada: Person) -> None:
    key, challenge = with_key(ada), asked(ada.door)
    good = key.get(challenge["options"])
    assert sent(ada.door, challenge, good).status_code == 200
    assert code(sent(ada.door, challenge, good)) == (400, "webauthn_challenge_not_found")
    challenge = asked(ada.door)
    assert code(sent(ada.door, challenge, key.get(challenge["options"], {"crossOrigin": True}))) == REFUSED
    late = sent(ada.door, challenge, key.get(challenge["options"]))
    assert code(late) == (400, "webauthn_challenge_not_found")
    other = device()
    challenge = begun(ada)
    assert code(registered(ada, other, challenge, lies={"crossOrigin": True})) == REFUSED
    assert code(registered(ada, other, challenge)) == (400, "webauthn_challenge_not_found")


def test_one_signature_sent_many_times_at_once_opens_one_session(ada: Person) -> None:
    key, challenge = with_key(ada, step=0), asked(ada.door)
    good = key.get(challenge["options"])
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sent(ada.door, challenge, good).status_code, range(6)))
    assert sorted(answers) == [200, 400, 400, 400, 400, 400]


def test_a_challenge_is_one_person_s_and_one_ceremony_s_and_good_for_five_minutes(
    ada: Person, bo: Person, database_url: str
) -> None:
    missing = (400, "webauthn_challenge_not_found")
    key, challenge = with_key(ada), begun(ada)
    assert code(registered(bo, device(), challenge)) == missing
    assert code(sent(ada.door, challenge, key.get(challenge["options"]))) == missing
    to_come_in = asked(ada.door)
    options = challenge["options"] | to_come_in["options"]
    assert code(registered(ada, device(), {"challenge_id": to_come_in["challenge_id"], "options": options})) == missing
    assert code(registered(ada, device(), challenge | {"challenge_id": str(uuid4())})) == missing
    assert registered(ada, device(), challenge).status_code == 200  # nobody had met it
    ceremonies: list[tuple[Any, Callable[[Any], httpx.Response]]] = [
        (begun(ada), lambda late: registered(ada, device(), late)),
        (asked(ada.door), lambda late: sent(ada.door, late, key.get(late["options"]))),
    ]
    for challenge, answer in ceremonies:
        with psycopg.connect(database_url, autocommit=True) as conn:
            late = "update auth.webauthn_challenges set expires_at = expires_at - interval '301 seconds' where id = %s"
            conn.execute(late, (challenge["challenge_id"],))
        assert code(answer(challenge)) == (400, "webauthn_challenge_expired")
        assert code(answer(challenge)) == missing


def test_what_nobody_met_is_swept_away(ada: Person, database_url: str) -> None:
    asked(ada.door)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update auth.webauthn_challenges set expires_at = now() - interval '1 second'")
        asked(ada.door)
        rows = conn.execute("select expires_at > now() from auth.webauthn_challenges").fetchall()
    assert rows == [(True,)]


def test_somebody_s_key_is_added_to_no_other_account(ada: Person, bo: Person) -> None:
    key = with_key(ada)
    assert code(registered(bo, key)) == (422, "webauthn_credential_exists")
    key.user_handle = ada.id.encode()
    assert signed_in(ada.door, key).json()["user"]["id"] == ada.id


def test_there_are_ten_at_most_however_many_are_added_at_once(ada: Person) -> None:
    for _ in range(8):
        with_key(ada)
    challenges = [begun(ada) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda challenge: registered(ada, device(), challenge), challenges))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 422, 422, 422, 422]
    assert {code(answer) for answer in answers if answer.status_code != 200} == {(422, "too_many_passkeys")}
    assert code(ada.ask("POST", "/passkeys/registration/options", {})) == (422, "too_many_passkeys")
    assert len(ours(ada)) == 10


def test_who_has_a_second_factor_adds_and_removes_with_it_and_a_passkey_is_one_factor(ada: Person) -> None:
    key = with_key(ada)
    (before,) = ours(ada)
    ada.with_phone()
    by_key = Person(ada.door, ada.email, signed_in(ada.door, key).json())
    assert jwt.decode(by_key.session["access_token"], options={"verify_signature": False})["aal"] == "aal1"
    more = (403, "insufficient_aal")
    assert code(by_key.ask("POST", "/passkeys/registration/options", {})) == more
    assert code(registered(by_key, device(), begun(ada))) == more
    assert code(by_key.ask("DELETE", f"/passkeys/{before['id']}")) == more
    assert registered(ada, device()).status_code == 200
    assert ada.ask("DELETE", f"/passkeys/{before['id']}").status_code == 204


def test_who_is_anonymous_suspended_or_nobody_has_none(ada: Person, door: httpx.Client, app: Running) -> None:
    guest = Person(door, "", door.post("/signup", json={}).json())
    assert code(guest.ask("POST", "/passkeys/registration/options", {})) == (403, "no_authorization")
    assert ours(guest) == []
    assert code(door.get("/passkeys")) == (401, "no_authorization")
    assert code(door.post("/passkeys/registration/options", json={})) == (401, "no_authorization")
    key, service = with_key(ada), {"authorization": f"Bearer {app.settings.service_role_key}"}
    challenge = begun(ada)
    door.put(f"/admin/users/{ada.id}", json={"ban_duration": "24h"}, headers=service)
    assert code(signed_in(door, key)) == (403, "user_banned")
    assert code(registered(ada, device(), challenge)) == (403, "user_banned")
    door.put(f"/admin/users/{ada.id}", json={"ban_duration": "none"}, headers=service)
    assert signed_in(door, key).status_code == 200


def test_an_address_that_was_never_proven_is_proven_first(ada: Person, database_url: str) -> None:
    key = with_key(ada)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update auth.users set email_confirmed_at = null where id = %s", (ada.id,))
        assert code(signed_in(ada.door, key)) == (403, "email_not_confirmed")
        conn.execute("update auth.users set email = null, phone = '15550009999' where id = %s", (ada.id,))
        assert code(signed_in(ada.door, key)) == (403, "phone_not_confirmed")


def test_one_s_own_are_named_and_removed_and_another_s_are_not_there(ada: Person, bo: Person) -> None:
    key = with_key(ada)
    (item,) = ours(ada)
    path, missing = f"/passkeys/{item['id']}", (404, "validation_failed")
    assert item["friendly_name"] == "Passkey"
    assert ada.ask("PATCH", path, {"friendly_name": " My phone "}).json() == item | {"friendly_name": "My phone"}
    for name in ("", "  ", "x" * 121, "a\x00"):
        assert code(ada.ask("PATCH", path, {"friendly_name": name})) == (400, "validation_failed")
    assert code(bo.ask("PATCH", path, {"friendly_name": "Mine"})) == missing
    assert code(bo.ask("DELETE", path)) == missing
    assert code(ada.ask("DELETE", "/passkeys/1")) == missing
    assert ours(ada)[0]["friendly_name"] == "My phone"
    assert ada.ask("DELETE", path).status_code == 204
    assert code(ada.ask("DELETE", path)) == missing
    assert ours(ada) == []
    assert code(signed_in(ada.door, key)) == REFUSED


def test_the_holder_of_the_service_key_sees_and_removes_them(ada: Person, door: httpx.Client, app: Running) -> None:
    key, service = with_key(ada), {"authorization": f"Bearer {app.settings.service_role_key}"}
    path = f"/admin/users/{ada.id}/passkeys"
    (item,) = door.get(path, headers=service).json()
    assert item == ours(ada)[0]
    assert code(ada.ask("GET", path)) == (403, "not_admin")
    assert code(ada.ask("DELETE", f"{path}/{item['id']}")) == (403, "not_admin")
    elsewhere = f"/admin/users/{uuid4()}/passkeys"
    assert code(door.get(elsewhere, headers=service)) == (404, "user_not_found")
    assert code(door.delete(f"{elsewhere}/{item['id']}", headers=service)) == (404, "user_not_found")
    assert code(door.delete(f"{path}/{uuid4()}", headers=service)) == (404, "validation_failed")
    assert door.delete(f"{path}/{item['id']}", headers=service).status_code == 204
    assert code(signed_in(door, key)) == REFUSED


def test_who_is_deleted_softly_leaves_no_key(ada: Person, door: httpx.Client, app: Running, database_url: str) -> None:
    key, service = with_key(ada), {"authorization": f"Bearer {app.settings.service_role_key}"}
    door.request("DELETE", f"/admin/users/{ada.id}", json={"should_soft_delete": True}, headers=service)
    assert code(signed_in(door, key)) == REFUSED
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select from auth.webauthn_credentials where user_id = %s", (ada.id,)).fetchall() == []


def test_a_new_password_leaves_the_keys_and_what_they_opened_is_refreshed_like_any_session(ada: Person) -> None:
    key = with_key(ada)
    assert ada.ask("PUT", "/user", {"password": f"{PASSWORD}-anew"}).status_code == 200
    session = signed_in(ada.door, key).json()
    renewed = ada.door.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]})
    assert renewed.status_code == 200
    claims = jwt.decode(renewed.json()["access_token"], options={"verify_signature": False})
    assert claims["amr"][0]["method"] == "passkey"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"challenge_id": str(uuid4())}, 400),
        ({"challenge_id": "1", "credential": {"id": "a"}}, 400),
        ({"challenge_id": 1, "credential": {"id": "a"}}, 400),
        ({"challenge_id": str(uuid4()), "credential": "a"}, 400),
        ({"challenge_id": str(uuid4()), "credential": []}, 400),
    ],
)
def test_what_is_no_answer_at_all_is_refused_by_name(ada: Person, body: dict, status: int) -> None:
    for answer in (
        ada.door.post("/passkeys/authentication/verify", json=body),
        ada.ask("POST", "/passkeys/registration/verify", body),
    ):
        assert code(answer) in {(status, "validation_failed"), (status, "bad_json")}


def test_an_answer_of_a_megabyte_or_without_a_floor_is_not_looked_into(ada: Person) -> None:
    assert code(sent(ada.door, asked(ada.door), {"id": "a" * 1_000_000})) == REFUSED
    deep: dict = {}
    for _ in range(400):
        deep = {"response": deep}
    assert code(sent(ada.door, asked(ada.door), deep)) == REFUSED
    assert code(registered(ada, device(), begun(ada), lies={"tokenBinding": deep})) == REFUSED
