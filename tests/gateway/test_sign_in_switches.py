"""What can be switched at the auth door: who may come in and by what, what passwords must be, captchas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from sahne.settings import Settings
from sahne.sign_in_providers import PRESETS
from supabase import create_client
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.letters import Inbox, mine, prove, sign_in
from tests.sign_in_services import SECRET, FakeServices, fake_services

STRONG = "Correct horse 1"
NOBODY_ELSE = dict.fromkeys(PRESETS, False)


@contextmanager
def door_of(settings: Settings, **switched: Any) -> Iterator[tuple[httpx.Client, Running]]:
    with (
        running_server(replace(settings, port=free_port(), **switched)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client, running


def service(running: Running) -> dict[str, str]:
    return {"authorization": f"Bearer {running.settings.service_role_key}"}


@pytest.fixture(scope="module")
def closed(settings: Settings) -> Iterator[tuple[httpx.Client, Running]]:
    """Where no stranger makes an account."""
    with door_of(settings, sign_up=False, confirm_email=True) as both:
        yield both


@pytest.fixture(scope="module")
def nameless(settings: Settings) -> Iterator[tuple[httpx.Client, Running]]:
    """Where neither addresses nor strangers without a name come in."""
    with door_of(settings, email_sign_in=False, anonymous_sign_in=False) as both:
        yield both


@pytest.fixture(scope="module")
def services() -> Iterator[FakeServices]:
    with fake_services() as fake:
        yield fake


@pytest.fixture(scope="module")
def strict(settings: Settings, services: FakeServices) -> Iterator[tuple[httpx.Client, Running]]:
    """Where passwords are strong, known from no leak, and captchas are solved."""
    switched = {
        "password_characters_min": 8,
        "password_required_characters": "lower_upper_letters_digits",
        "leaked_passwords": True,
        "leaked_passwords_url": services.url,
        "captcha": "turnstile",
        "passkeys": True,
        "captcha_secret": SECRET,
        "captcha_url": f"{services.url}/siteverify",
    }
    with door_of(settings, **switched) as both:
        yield both


_tokens = count(1)


def a_captcha(services: FakeServices) -> dict[str, Any]:
    """One that was solved just now."""
    token = f"solved {next(_tokens)}"
    services.tokens.add(token)
    return {"gotrue_meta_security": {"captcha_token": token}}


def test_no_stranger_makes_an_account_where_signing_up_is_off(closed: tuple[httpx.Client, Running]) -> None:
    door, running = closed
    shown = door.get("/settings").json()
    assert shown["disable_signup"] is True
    assert shown["external"] == NOBODY_ELSE | {"anonymous_users": False, "email": True, "phone": False}
    for body in ({"email": an_email(), "password": STRONG}, {}, {"phone": "+905550000001", "password": STRONG}):
        assert code(door.post("/signup", json=body)) == (422, "signup_disabled")
    with pytest.raises(AuthApiError) as refused:
        create_client(running.url, running.settings.anon_key).auth.sign_up({"email": an_email(), "password": STRONG})
    assert refused.value.code == "signup_disabled"


def test_a_letter_that_signs_in_makes_nobody_there_and_tells_nobody(closed: tuple[httpx.Client, Running]) -> None:
    door, running = closed
    inbox, stranger, known = Inbox(running.url), an_email(), an_email()
    made = door.post("/admin/users", json={"email": known, "email_confirm": True}, headers=service(running))
    assert made.status_code == 200
    answers = [door.post("/otp", json={"email": email, "create_user": True}) for email in (stranger, known)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {})] * 2
    session = prove(door, type="email", email=known, token=inbox.newest(known).code).json()
    assert session["user"]["email"] == known
    found = door.get("/admin/users", params={"filter": stranger}, headers=service(running)).json()["users"]
    assert found == []
    assert inbox.letters(stranger) == []


def test_who_is_invited_comes_in_there(closed: tuple[httpx.Client, Running]) -> None:
    door, running = closed
    email = an_email()
    assert door.post("/invite", json={"email": email}, headers=service(running)).status_code == 200
    token = Inbox(running.url).newest(email).token
    assert prove(door, type="invite", token_hash=token).json()["user"]["email"] == email


def test_what_is_switched_off_is_named_and_the_neighbour_stays(nameless: tuple[httpx.Client, Running]) -> None:
    door, running = nameless
    email = an_email()
    shown = door.get("/settings").json()["external"]
    assert shown == NOBODY_ELSE | {"anonymous_users": False, "email": False, "phone": False}
    assert code(door.post("/signup", json={})) == (422, "anonymous_provider_disabled")
    assert code(door.post("/signup", json={"email": email, "password": STRONG})) == (400, "email_provider_disabled")
    made = {"email": email, "password": STRONG, "email_confirm": True}
    assert door.post("/admin/users", json=made, headers=service(running)).status_code == 200
    assert code(sign_in(door, email, STRONG)) == (422, "email_provider_disabled")
    for path in ("/otp", "/magiclink", "/recover"):
        assert code(door.post(path, json={"email": email})) == (422, "email_provider_disabled")
    assert code(door.post("/resend", json={"email": email, "type": "signup"})) == (422, "email_provider_disabled")


def test_weak_passwords_are_refused_with_every_reason_wherever_they_are_set(
    strict: tuple[httpx.Client, Running], services: FakeServices
) -> None:
    door, running = strict
    services.leaked = {"Leaked horse 1"}

    def reasons(answer: httpx.Response) -> list[str]:
        assert code(answer) == (422, "weak_password"), answer.text
        return answer.json()["weak_password"]["reasons"]

    def up(password: str) -> httpx.Response:
        return door.post("/signup", json={"email": an_email(), "password": password} | a_captcha(services))

    assert reasons(up("short")) == ["length", "characters"]
    assert reasons(up("longenough")) == ["characters"]
    assert reasons(up("Leaked horse 1")) == ["pwned"]
    session = up(STRONG)
    assert session.status_code == 200
    assert "weak_password" not in session.json()
    changed = door.put("/user", json={"password": "Leaked horse 1"}, headers=mine(session.json()))
    assert reasons(changed) == ["pwned"]
    made = door.post("/admin/users", json={"email": an_email(), "password": "longenough"}, headers=service(running))
    assert reasons(made) == ["characters"]
    with pytest.raises(AuthWeakPasswordError) as weak:
        token = a_captcha(services)["gotrue_meta_security"]["captcha_token"]
        create_client(running.url, running.settings.anon_key).auth.sign_up(
            {"email": an_email(), "password": "Leaked horse 1", "options": {"captcha_token": token}}
        )
    assert weak.value.reasons == ["pwned"]


def test_who_signs_in_with_a_password_that_was_leaked_meanwhile_is_in_and_told(
    strict: tuple[httpx.Client, Running], services: FakeServices
) -> None:
    door, _ = strict
    email, password = an_email(), "Horse of a day 7"
    door.post("/signup", json={"email": email, "password": password} | a_captcha(services))
    services.leaked = {password}

    def again(password: str) -> httpx.Response:
        body = {"email": email, "password": password} | a_captcha(services)
        return door.post("/token?grant_type=password", json=body)

    session = again(password).json()
    assert session["weak_password"]["reasons"] == ["pwned"]
    assert session["weak_password"]["message"]
    assert mine(session)
    asked = len(services.asked)
    assert code(again("Leaked horse 2")) == (400, "invalid_credentials")
    assert len(services.asked) == asked  # of a wrong password nothing is told to anybody


def test_nothing_is_asked_of_accounts_without_a_captcha(
    strict: tuple[httpx.Client, Running], services: FakeServices
) -> None:
    door, running = strict
    email = an_email()
    both = {"email": email, "password": STRONG}
    paths = ["/signup", "/token?grant_type=password", "/otp", "/magiclink", "/recover", "/resend"]
    paths += ["/passkeys/authentication/options"]
    # neither a grant that needs none, said at another path, nor one said twice helps
    paths += ["/signup?grant_type=refresh_token", "/token?grant_type=refresh_token&grant_type=password"]
    for path in paths:
        answer = door.post(path, json=both)
        assert code(answer) == (400, "captcha_failed"), path
        assert "captcha_token" in answer.json()["message"]
        made_up = both | {"gotrue_meta_security": {"captcha_token": "made up"}}
        assert "invalid-input-response" in door.post(path, json=made_up).json()["message"]
    assert code(door.post("/signup", json=both | {"gotrue_meta_security": "x"})) == (400, "bad_json")
    solved = both | a_captcha(services)
    session = door.post("/signup", json=solved)
    assert session.status_code == 200
    assert code(door.post("/signup", json=solved)) == (400, "captcha_failed")  # a token is good once
    refreshed = {"refresh_token": session.json()["refresh_token"]}
    assert door.post("/token?grant_type=refresh_token", json=refreshed).status_code == 200
    assert door.post("/recover", json={"email": email}, headers=service(running)).status_code == 200


def test_where_the_captcha_s_service_is_gone_nobody_is_let_in_unseen(
    strict: tuple[httpx.Client, Running], services: FakeServices
) -> None:
    door, running = strict
    email = an_email()
    services.status = 502
    try:
        answer = door.post("/signup", json={"email": email, "password": STRONG} | a_captcha(services))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    finally:
        services.status = 200
    found = door.get("/admin/users", params={"filter": email}, headers=service(running)).json()["users"]
    assert found == []
