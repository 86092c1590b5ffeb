"""Signing up and in by phone: codes by short message, another number, and who asks for codes that others pay for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.factors import Person
from tests.keys import own_keys
from tests.letters import ANOTHER, PASSWORD, Inbox, methods, mine
from tests.sms_services import ACCOUNT, TOKEN, FakeSms, a_number, fake_sms

UNWELCOME = "+9099"  # what a number begins with that the app's own code does not want
HOOK = """
create function public.welcome(event jsonb) returns jsonb language sql as $$
  select case when event -> 'user' ->> 'phone' like '9099%'
    then '{"error": {"http_code": 403, "message": "Not these numbers"}}' else '{}'::jsonb end
$$;
revoke execute on function public.welcome from public;
grant execute on function public.welcome to supabase_auth_admin;
"""
TEST_NUMBER, TEST_CODE = "+905559999999", "246810"
EXPIRY_SECONDS = 300


@pytest.fixture(scope="module")
def server(settings: Settings, database_url: str) -> Iterator[Running]:
    """A laptop where people sign in by phone, from Turkey alone."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(HOOK)
    switched: dict[str, Any] = {
        "phone_sign_in": True,
        "sms_countries": "90",
        "sms_test_numbers": f"{TEST_NUMBER}={TEST_CODE}",
        "manual_linking": True,
        "reauthenticate_for_password": True,
        "hook_user_created": "pg-functions://postgres/public/welcome",
    }
    with running_server(replace(settings, port=free_port(), **switched)) as running:
        yield running


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


def up(door: httpx.Client, phone: str, password: str = PASSWORD) -> httpx.Response:
    return door.post("/signup", json={"phone": phone, "password": password})


def asked(door: httpx.Client, phone: str, **body: object) -> None:
    answer = door.post("/otp", json={"phone": phone, **body})
    assert (answer.status_code, answer.json()) == (200, {}), answer.text


def prove(door: httpx.Client, phone: str, token: str, type: str = "sms") -> httpx.Response:
    return door.post("/verify", json={"type": type, "phone": phone, "token": token})


def sign_in(door: httpx.Client, phone: str, password: str = PASSWORD) -> httpx.Response:
    return door.post("/token?grant_type=password", json={"phone": phone, "password": password})


def in_by_code(door: httpx.Client, inbox: Inbox, phone: str) -> dict:
    """Somebody's session who asked for a code."""
    before = len(inbox.letters(phone))
    asked(door, phone)
    answer = prove(door, phone, inbox.newest(phone, before + 1).code)
    assert answer.status_code == 200, answer.text
    return answer.json()


def made(door: httpx.Client, service: dict[str, str], **body: object) -> dict:
    answer = door.post("/admin/users", json=body, headers=service)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_settings_say_that_people_sign_in_by_phone(door: httpx.Client) -> None:
    shown = door.get("/settings").json()
    assert (shown["external"]["phone"], shown["sms_provider"], shown["mfa_phone_enabled"]) == (True, "inbox", False)


def test_who_signs_up_proves_the_number_and_cannot_sign_in_before(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    user = up(door, phone).json()
    assert user["phone"] == phone[1:]
    assert "access_token" not in user
    assert "phone_confirmed_at" not in user
    assert code(sign_in(door, phone)) == (400, "phone_not_confirmed")
    assert code(sign_in(door, phone, ANOTHER)) == (400, "invalid_credentials")
    session = prove(door, phone, inbox.newest(phone).code).json()
    assert session["user"]["id"] == user["id"]
    assert session["user"]["phone_confirmed_at"]
    assert session["user"]["app_metadata"] == {"provider": "phone", "providers": ["phone"]}
    assert session["user"]["identities"][0]["identity_data"]["phone_verified"] is True
    signed_in = sign_in(door, f"{phone[:3]} {phone[3:]}").json()
    assert methods(signed_in["access_token"]) == ["password"]


def test_a_code_signs_in_and_makes_an_account_where_it_is_wanted(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    asked(door, phone, create_user=False)
    asked(door, phone, data={"name": "Ada"})
    token = inbox.newest(phone).code
    session = prove(door, phone, token).json()
    assert session["user"]["user_metadata"]["name"] == "Ada"
    assert methods(session["access_token"]) == ["otp"]
    assert len(inbox.letters(phone)) == 1  # errands of one number go in order: the first made nobody
    assert code(prove(door, phone, token)) == (403, "otp_expired")  # once
    again = in_by_code(door, inbox, phone)
    assert again["user"]["id"] == session["user"]["id"]


def test_a_wrong_code_one_of_another_number_and_an_old_one_do_not_sign_in(
    door: httpx.Client, inbox: Inbox, database_url: str, phone: str
) -> None:
    other = a_number()
    asked(door, phone)
    asked(door, other)
    token, others = inbox.newest(phone).code, inbox.newest(other).code
    assert code(prove(door, phone, "000000" if token != "000000" else "111111")) == (403, "otp_expired")
    if token != others:
        assert code(prove(door, phone, others)) == (403, "otp_expired")
    assert code(prove(door, phone, token, "phone_change")) == (403, "otp_expired")
    assert code(prove(door, phone, token, "recovery")) == (400, "validation_failed")
    with psycopg.connect(database_url, autocommit=True) as conn:
        old = "update auth.one_time_tokens set created_at = created_at - %s * interval '1 second' where relates_to = %s"
        conn.execute(old, (EXPIRY_SECONDS + 1, phone[1:]))
        assert code(prove(door, phone, token)) == (403, "otp_expired")
        hashes = conn.execute("select token_hash from auth.one_time_tokens where relates_to = %s", (other[1:],))
        assert others not in str(hashes.fetchall())


def test_a_number_with_an_account_answers_as_one_without(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    known = in_by_code(door, inbox, phone)["user"]
    unproven = a_number()
    up(door, unproven)
    bodies = [up(door, number, ANOTHER) for number in (a_number(), phone, unproven)]
    assert [answer.status_code for answer in bodies] == [200] * 3
    shapes = [{name: type(value) for name, value in answer.json().items()} for answer in bodies]
    assert shapes[0] == shapes[1] == shapes[2]
    assert known["id"] != bodies[1].json()["id"] == up(door, phone, ANOTHER).json()["id"]
    assert code(sign_in(door, phone, ANOTHER)) == (400, "invalid_credentials")
    for number in (phone, a_number()):
        asked(door, number, create_user=False)
        assert door.post("/resend", json={"type": "sms", "phone": number}).json() == {}


def test_a_password_that_a_stranger_set_for_a_number_goes_when_its_owner_comes(
    door: httpx.Client, inbox: Inbox, phone: str
) -> None:
    body = {"phone": phone, "password": "password of a thief", "data": {"name": "Thief"}}
    assert door.post("/signup", json=body).status_code == 200
    inbox.newest(phone)
    asked(door, phone)
    owner = prove(door, phone, inbox.newest(phone, 2).code).json()
    assert owner["user"]["phone"] == phone[1:]
    assert owner["user"]["user_metadata"] == {"phone_verified": True}
    assert code(sign_in(door, phone, "password of a thief")) == (400, "invalid_credentials")


def test_a_stranger_who_signs_up_with_the_unproven_address_of_an_account_sets_no_password_for_its_number(
    settings: Settings, door: httpx.Client, service: dict[str, str], phone: str
) -> None:
    email = an_email()
    made(door, service, phone=phone, phone_confirm=True, email=email, password=PASSWORD)
    confirming = replace(settings, port=free_port(), confirm_email=True, phone_sign_in=True)
    with (
        running_server(confirming) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as strict,
    ):
        assert strict.post("/signup", json={"email": email, "password": "password of a thief"}).status_code == 200
        assert code(sign_in(strict, phone, "password of a thief")) == (400, "invalid_credentials")
        assert sign_in(strict, phone).status_code == 200


def test_another_number_is_only_wanted_until_its_code_came(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    session, new = in_by_code(door, inbox, phone), a_number()
    changed = door.put("/user", json={"phone": new}, headers=mine(session)).json()
    assert (changed["phone"], changed["new_phone"]) == (phone[1:], new[1:])
    token = inbox.newest(new).code
    assert code(prove(door, new, token, "sms")) == (403, "otp_expired")
    assert door.post("/resend", json={"type": "phone_change", "phone": phone}).json() == {}
    again = inbox.newest(new, 2).code
    if token != again:
        assert code(prove(door, new, token, "phone_change")) == (403, "otp_expired")
    moved = prove(door, new, again, "phone_change").json()["user"]
    assert (moved["id"], moved["phone"]) == (session["user"]["id"], new[1:])
    assert "new_phone" not in moved
    asked(door, phone, create_user=False)
    assert in_by_code(door, inbox, new)["user"]["id"] == session["user"]["id"]
    assert len(inbox.letters(phone)) == 1


def test_the_number_of_somebody_else_gets_no_code_and_is_nobody_s_to_take(
    door: httpx.Client, inbox: Inbox, phone: str
) -> None:
    owner = in_by_code(door, inbox, phone)
    thief = in_by_code(door, inbox, a_number())
    wanted = door.put("/user", json={"phone": phone}, headers=mine(thief))
    assert wanted.json()["new_phone"] == phone[1:]  # as of any number
    mark = a_number()
    assert door.put("/user", json={"phone": mark}, headers=mine(thief)).status_code == 200
    inbox.newest(mark)  # after it, so the one before was looked at
    assert len(inbox.letters(phone)) == 1
    assert in_by_code(door, inbox, phone)["user"]["id"] == owner["user"]["id"]


def test_somebody_without_a_name_becomes_somebody_by_a_number(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    guest = door.post("/signup", json={}).json()
    assert code(door.put("/user", json={"password": PASSWORD}, headers=mine(guest))) == (422, "validation_failed")
    door.put("/user", json={"phone": phone, "password": PASSWORD}, headers=mine(guest))
    assert code(sign_in(door, phone)) == (400, "invalid_credentials")
    proven = prove(door, phone, inbox.newest(phone).code, "phone_change").json()["user"]
    assert (proven["id"], proven["is_anonymous"]) == (guest["user"]["id"], False)
    assert sign_in(door, phone).status_code == 200


def test_numbers_elsewhere_are_not_written_to_and_other_channels_are_none(door: httpx.Client, phone: str) -> None:
    for path in ("/otp", "/signup"):
        assert code(door.post(path, json={"phone": "+18765550000", "password": PASSWORD})) == (422, "validation_failed")
    assert code(door.post("/otp", json={"phone": phone, "channel": "whatsapp"})) == (400, "validation_failed")
    assert code(door.post("/otp", json={"phone": phone, "email": an_email()})) == (400, "validation_failed")
    assert code(door.post("/otp", json={"phone": "0555"})) == (400, "validation_failed")


def test_a_number_for_tests_has_its_code_and_nothing_is_sent_to_it(door: httpx.Client, inbox: Inbox) -> None:
    assert code(prove(door, TEST_NUMBER, TEST_CODE)) == (403, "otp_expired")  # nobody has asked
    asked(door, TEST_NUMBER)
    assert _eventually_proven(door).json()["user"]["phone"] == TEST_NUMBER[1:]
    assert inbox.letters(TEST_NUMBER) == []


def _eventually_proven(door: httpx.Client) -> httpx.Response:
    def proven() -> httpx.Response | None:
        answer = prove(door, TEST_NUMBER, TEST_CODE)
        return answer if answer.status_code == 200 else None

    return eventually(proven)


def test_short_messages_are_in_the_reader_s_language(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    door.post("/otp", json={"phone": phone}, headers={"accept-language": "tr-TR,en;q=0.5"})
    assert "Kodunuz" in inbox.newest(phone).text


def test_an_administrator_makes_people_with_a_phone_alone(
    door: httpx.Client, service: dict[str, str], phone: str
) -> None:
    made(door, service, phone=phone, phone_confirm=True, password=PASSWORD)
    assert sign_in(door, phone).status_code == 200


def test_the_app_s_own_code_is_asked_before_a_number_becomes_a_user(
    door: httpx.Client, inbox: Inbox, service: dict[str, str]
) -> None:
    phone = UNWELCOME + a_number()[-8:]
    refused = up(door, phone)
    assert (refused.status_code, refused.json()["message"]) == (403, "Not these numbers")
    asked(door, phone)  # is told nothing
    made(door, service, phone=phone, phone_confirm=True)  # administrators are not asked about
    asked(door, phone)
    inbox.newest(phone)
    assert len(inbox.letters(phone)) == 1


def test_who_unlinks_a_number_is_not_signed_in_by_it_any_more(
    door: httpx.Client, inbox: Inbox, service: dict[str, str], phone: str
) -> None:
    email = an_email()
    made(door, service, email=email, email_confirm=True, password=PASSWORD)
    session = door.post("/token?grant_type=password", json={"email": email, "password": PASSWORD}).json()
    door.put("/user", json={"phone": phone}, headers=mine(session))
    both = prove(door, phone, inbox.newest(phone).code, "phone_change").json()
    assert both["user"]["app_metadata"]["providers"] == ["email", "phone"]
    identity = next(each for each in both["user"]["identities"] if each["provider"] == "phone")
    assert sign_in(door, phone).status_code == 200
    gone = door.delete(f"/user/identities/{identity['identity_id']}", headers=mine(both))
    assert gone.status_code == 200, gone.text
    left = door.get("/user", headers=mine(both)).json()
    assert (left["phone"], left["app_metadata"]["providers"]) == ("", ["email"])
    assert code(sign_in(door, phone)) == (400, "invalid_credentials")


def test_an_old_session_needs_a_code_for_another_password(
    door: httpx.Client, inbox: Inbox, database_url: str, phone: str
) -> None:
    session = in_by_code(door, inbox, phone)
    with psycopg.connect(database_url, autocommit=True) as conn:
        old = "update auth.sessions set created_at = now() - interval '2 days' where user_id = %s"
        conn.execute(old, (session["user"]["id"],))
    wanted = {"password": ANOTHER}
    assert code(door.put("/user", json=wanted, headers=mine(session))) == (400, "reauthentication_needed")
    assert door.get("/reauthenticate", headers=mine(session)).json() == {}
    nonce = inbox.newest(phone, 2).code
    assert code(prove(door, phone, nonce)) == (403, "otp_expired")  # it signs nobody in
    assert door.put("/user", json=wanted | {"nonce": nonce}, headers=mine(session)).status_code == 200
    assert sign_in(door, phone, ANOTHER).status_code == 200


def test_who_has_a_second_factor_needs_it_for_another_number(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    ada = Person.new(door)
    ada.with_phone()  # an authenticator app
    thief = ada.signed_in()
    assert code(thief.ask("PUT", "/user", {"phone": phone})) == (401, "insufficient_aal")
    assert ada.ask("PUT", "/user", {"phone": phone}).json()["new_phone"] == phone[1:]
    assert inbox.newest(phone).code


def test_a_number_that_is_a_second_factor_does_not_sign_in_as_well(
    door: httpx.Client, phone: str, database_url: str
) -> None:
    ada = Person.new(door)
    with psycopg.connect(database_url, autocommit=True) as conn:
        begun = """insert into auth.mfa_factors (id, user_id, factor_type, status, phone, created_at, updated_at)
                   values (gen_random_uuid(), %s, 'phone', 'unverified', %s, now(), now())"""
        conn.execute(begun, (ada.id, phone[1:]))
    assert code(ada.ask("PUT", "/user", {"phone": phone})) == (400, "validation_failed")
    assert ada.ask("PUT", "/user", {"phone": a_number()}).status_code == 200


@pytest.fixture(scope="module")
def sms() -> Iterator[FakeSms]:
    with fake_sms() as fake:
        yield fake


@pytest.fixture(scope="module")
def paid(settings: Settings, sms: FakeSms) -> Iterator[httpx.Client]:
    """An installation over Twilio, behind a proxy that names its callers; a day costs two dollars at most."""
    given = own_keys() | {
        "client_ip_header": "x-real-ip",
        "phone_sign_in": True,
        "mfa_phone": True,
        "confirm_email": False,
        "sms": "twilio",
        "twilio_url": sms.url,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": "+15550001111",
        "twilio_whatsapp_from": "+15550002222",
        "sms_per_hour_max": 33,
        "sms_dollars": 0.1,
        "sms_dollars_per_day_max": 2.0,
    }
    with (
        running_server(replace(settings, port=free_port(), **given)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client


def ask_from(paid: httpx.Client, place: int, phone: str) -> httpx.Response:
    return paid.post("/otp", json={"phone": phone}, headers={"x-real-ip": f"203.0.113.{place}"})


def test_a_second_factor_is_sent_by_whatsapp_once_a_minute_and_paid_for(
    paid: httpx.Client, sms: FakeSms, database_url: str
) -> None:
    number, ada = a_number(), Person.new(paid)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("delete from private.text_days")  # those of the laptop above cost as much
    factor = ada.ask("POST", "/factors", {"factor_type": "phone", "phone": number}).json()["id"]
    challenge = ada.ask("POST", f"/factors/{factor}/challenge", {"channel": "whatsapp"})
    answer = {"challenge_id": challenge.json()["id"], "code": sms.code(f"whatsapp:{number}")}
    assert sms.forms[-1]["From"] == "whatsapp:+15550002222"
    again = ada.ask("POST", f"/factors/{factor}/challenge", {"channel": "sms"})
    assert code(again) == (429, "over_sms_send_rate_limit")
    assert ada.ask("POST", f"/factors/{factor}/verify", answer).status_code == 200
    for place in range(30, 34):  # strangers ask for codes to the number
        ask_from(paid, place, number)
    home = {"x-real-ip": "203.0.113.40", "authorization": f"Bearer {ada.session['access_token']}"}
    assert paid.post(f"/factors/{factor}/challenge", json={}, headers=home).status_code == 200  # and its owner gets one
    other = ada.ask("POST", "/factors", {"factor_type": "phone", "phone": a_number(), "friendly_name": "2"}).json()[
        "id"
    ]
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update private.text_days set microdollars = 2000000")
        assert code(ada.ask("POST", f"/factors/{other}/challenge", {})) == (429, "over_sms_send_rate_limit")
        conn.execute("delete from private.text_days")
    sms.taken.clear()


def test_neither_one_number_nor_many_are_flooded_and_a_day_costs_what_it_may(
    paid: httpx.Client, sms: FakeSms, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("delete from private.text_days")  # those of the laptop above cost as much
        first = a_number()
        assert ask_from(paid, 1, first).status_code == 200
        assert prove(paid, first, sms.code(first)).status_code == 200
        flooded = [ask_from(paid, place, first) for place in range(2, 6)]  # from wherever
        assert {code(answer) for answer in flooded} == {(429, "over_sms_send_rate_limit")}
        assert "after" in flooded[0].json()["message"]
        assert int(flooded[0].headers["retry-after"]) <= 60
        # one caller asks for twenty in an hour
        answers = [ask_from(paid, 7, a_number()) for _ in range(22)]
        assert [answer.status_code for answer in answers].count(200) == 20
        assert code(answers[-1]) == (429, "over_request_rate_limit")
        # many callers and many numbers: 33 an hour of the house, three of which were second factors, and twenty are paid for
        answers = [ask_from(paid, place, a_number()) for place in range(10, 25)]
        assert [answer.status_code for answer in answers].count(200) == 9
        assert code(answers[-1]) == (429, "over_sms_send_rate_limit")
        eventually(lambda: len(sms.taken) == 20)
        spent = conn.execute("select texts, microdollars from private.text_days").fetchall()
        assert spent == [(20, 2_000_000)]


def test_who_has_no_code_is_stopped_after_ten_tries_and_the_owner_comes_in_elsewhere(paid: httpx.Client) -> None:
    victim = a_number()
    tries = [
        paid.post(
            "/verify",
            json={"type": "sms", "phone": victim, "token": f"{guess:06}"},
            headers={"x-real-ip": "203.0.113.99"},
        )
        for guess in range(12)
    ]
    assert [answer.status_code for answer in tries].count(403) == 10
    assert code(tries[-1]) == (429, "over_request_rate_limit")
    elsewhere = {"x-real-ip": "203.0.113.100"}
    once = paid.post("/verify", json={"type": "sms", "phone": victim, "token": "000000"}, headers=elsewhere)
    assert code(once) == (403, "otp_expired")
