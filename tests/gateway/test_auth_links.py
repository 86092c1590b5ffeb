"""Signing in by letter, letters once more, another address, a code before a new password, invitations and their links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.gateway.test_auth_limits import until_slowed_down
from tests.keys import own_keys
from tests.letters import (
    ANOTHER,
    PASSWORD,
    Inbox,
    a_challenge,
    confirmed,
    exchange,
    fragment,
    methods,
    mine,
    prove,
    sign_in,
    sign_up,
)


@pytest.fixture(scope="module")
def confirming(settings: Settings) -> Iterator[Running]:
    """A laptop's server that wants addresses proven, and a code before a new password."""
    proving = replace(settings, port=free_port(), confirm_email=True, reauthenticate_for_password=True)
    with running_server(proving) as running:
        yield running


@pytest.fixture(scope="module")
def door(confirming: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{confirming.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def service(confirming: Running) -> dict[str, str]:
    return {"authorization": f"Bearer {confirming.settings.service_role_key}"}


@pytest.fixture(scope="module")
def inbox(confirming: Running) -> Inbox:
    return Inbox(confirming.url)


@pytest.fixture
def email() -> str:
    return an_email()


def test_a_magic_link_signs_in_who_has_an_account(door: httpx.Client, inbox: Inbox, email: str) -> None:
    session = confirmed(door, inbox, email)
    assert door.post("/otp", json={"email": email, "create_user": False}).json() == {}
    letter = inbox.newest(email, 2)
    assert letter.subject == "Your sign-in link"
    found = fragment(door.get(letter.link))
    assert found["type"] == "magiclink"
    assert door.get("/user", headers=mine(found)).json()["id"] == session["user"]["id"]
    assert sign_in(door, email).status_code == 200, "and the password stays"


def test_a_code_makes_an_account_for_who_has_none_where_that_is_wanted(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    assert door.post("/otp", json={"email": email, "data": {"name": "Ada"}}).json() == {}
    session = prove(door, type="email", email=email, token=inbox.newest(email).code).json()
    assert session["user"]["user_metadata"]["name"] == "Ada"
    assert methods(session["access_token"]) == ["otp"]
    stranger = an_email()
    assert door.post("/otp", json={"email": stranger, "create_user": False}).json() == {}
    assert door.post("/magiclink", json={"email": email}).json() == {}
    assert inbox.newest(email, 2)
    assert inbox.letters(stranger) == []


def test_a_magic_link_takes_over_what_another_made_of_the_address(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email, "thief's password")
    door.post("/otp", json={"email": email})
    session = prove(door, type="email", email=email, token=inbox.newest(email, 2).code).json()
    assert session["access_token"]
    assert code(sign_in(door, email, "thief's password")) == (400, "invalid_credentials")


def test_what_a_magic_link_cannot_be_asked_with_is_refused(door: httpx.Client, email: str) -> None:
    assert code(door.post("/otp", json={})) == (400, "validation_failed")
    assert code(door.post("/otp", json={"phone": "+15550001111"})) == (422, "phone_provider_disabled")
    assert code(door.post("/otp", json={"email": email, "channel": "sms"})) == (400, "validation_failed")
    assert code(door.post("/otp", json={"email": email, "data": {"a": "b" * 5_000}})) == (422, "validation_failed")


def test_a_link_of_pkce_signs_in_where_it_was_asked_for(door: httpx.Client, inbox: Inbox, email: str) -> None:
    verifier, challenge = a_challenge()
    sign_up(door, email, **challenge)
    location = urlsplit(door.get(inbox.newest(email).link).headers["location"])
    session = exchange(door, parse_qs(location.query)["code"][0], verifier).json()
    assert methods(session["access_token"]) == ["email/signup"]


def test_the_letter_of_a_sign_up_comes_again_until_the_address_is_proven(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    sign_up(door, email)
    first = inbox.newest(email)
    assert door.post("/resend", json={"type": "signup", "email": email}).json() == {}
    second = inbox.newest(email, 2)
    assert code(prove(door, type="signup", token_hash=first.token)) == (403, "otp_expired")
    assert prove(door, type="signup", token_hash=second.token).status_code == 200
    for each in (email, an_email()):
        assert door.post("/resend", json={"type": "signup", "email": each}).json() == {}
    other = an_email()
    sign_up(door, other)
    assert inbox.newest(other)
    assert len(inbox.letters(email)) == 2
    assert code(door.post("/resend", json={"type": "recovery", "email": email})) == (400, "validation_failed")


def test_another_address_is_only_wanted_until_both_sides_agree(door: httpx.Client, inbox: Inbox, email: str) -> None:
    session, new = confirmed(door, inbox, email), an_email()
    user = door.put("/user", json={"email": new}, headers=mine(session)).json()
    assert (user["email"], user["new_email"]) == (email, new)
    here, there = inbox.newest(email, 2), inbox.newest(new)
    assert fragment(door.get(there.link))["message"].startswith("Confirmation link accepted.")
    assert door.get("/user", headers=mine(session)).json()["email"] == email
    moved = prove(door, type="email_change", email=email, token=here.code).json()
    assert (moved["user"]["email"], moved["user"].get("new_email")) == (new, None)
    assert [each["email"] for each in moved["user"]["identities"]] == [new]
    assert sign_in(door, new).status_code == 200
    assert code(sign_in(door, email)) == (400, "invalid_credentials")


def test_who_holds_one_mailbox_alone_moves_nobody_however_often_they_ask(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    session, new = confirmed(door, inbox, email), an_email()
    door.put("/user", json={"email": new}, headers=mine(session))
    assert prove(door, type="email_change", token_hash=inbox.newest(new).token).json()["code"] == "200"
    door.post("/resend", json={"type": "email_change", "email": email})
    assert inbox.newest(email, 3).subject == "Confirm your new address"
    assert len(inbox.letters(new)) == 1, "it has agreed"
    assert door.get("/user", headers=mine(session)).json()["email"] == email


def test_an_address_that_is_somebodys_is_neither_told_nor_written_to(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    theirs = an_email()
    confirmed(door, inbox, theirs)
    session = confirmed(door, inbox, email)
    user = door.put("/user", json={"email": theirs}, headers=mine(session)).json()
    assert user["new_email"] == theirs
    other, new = confirmed(door, inbox, an_email()), an_email()
    door.put("/user", json={"email": new}, headers=mine(other))
    assert inbox.newest(new)
    assert len(inbox.letters(theirs)) == 1
    assert len(inbox.letters(email)) == 1


def test_an_address_that_became_anothers_meanwhile_is_not_taken(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str]
) -> None:
    session, new = confirmed(door, inbox, email), an_email()
    door.put("/user", json={"email": new}, headers=mine(session))
    here, there = inbox.newest(email, 2), inbox.newest(new)
    door.post("/admin/users", json={"email": new, "password": PASSWORD, "email_confirm": True}, headers=service)
    assert prove(door, type="email_change", token_hash=there.token).status_code == 200
    assert code(prove(door, type="email_change", token_hash=here.token)) == (422, "email_exists")
    assert door.get("/user", headers=mine(session)).json()["email"] == email


def test_a_visitor_becomes_a_user_when_they_prove_an_address(door: httpx.Client, inbox: Inbox, email: str) -> None:
    visitor = door.post("/signup", json={}).json()
    user = door.put("/user", json={"email": email, "password": PASSWORD}, headers=mine(visitor))
    assert user.json()["is_anonymous"] is True
    moved = prove(door, type="email_change", token_hash=inbox.newest(email).token).json()
    assert (moved["user"]["id"], moved["user"]["email"]) == (visitor["user"]["id"], email)
    assert moved["user"]["is_anonymous"] is False


def test_an_old_session_needs_a_code_for_a_new_password_and_a_new_one_does_not(
    door: httpx.Client, inbox: Inbox, email: str, database_url: str
) -> None:
    session = confirmed(door, inbox, email)
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "update auth.sessions set created_at = now() - interval '25 hours' where user_id = %s",
            (session["user"]["id"],),
        )

    def change(**body: str) -> httpx.Response:
        return door.put("/user", json={"password": ANOTHER, **body}, headers=mine(session))

    assert code(change()) == (400, "reauthentication_needed")
    assert code(change(nonce="000000")) == (422, "reauthentication_not_valid")
    assert door.get("/reauthenticate", headers=mine(session)).json() == {}
    letter = inbox.newest(email, 2)
    assert letter.subject == "Your code"
    assert code(prove(door, type="email", email=email, token=letter.code)) == (403, "otp_expired"), "it signs nobody in"
    assert change(nonce=letter.code).status_code == 200
    fresh = sign_in(door, email, ANOTHER).json()
    assert door.put("/user", json={"password": PASSWORD}, headers=mine(fresh)).status_code == 200
    assert code(door.get("/reauthenticate")) == (401, "no_authorization")


def test_who_is_invited_accepts_by_letter_and_chooses_a_password(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str]
) -> None:
    invited = door.post("/invite", json={"email": email, "data": {"name": "Bo"}}, headers=service)
    assert invited.status_code == 200, invited.text
    assert invited.json()["invited_at"]
    letter = inbox.newest(email)
    assert letter.subject == "You are invited"
    session = fragment(door.get(letter.link))
    assert session["type"] == "invite"
    assert door.put("/user", json={"password": PASSWORD}, headers=mine(session)).status_code == 200
    assert code(door.post("/invite", json={"email": email}, headers=service)) == (422, "email_exists")
    assert code(door.post("/invite", json={"email": an_email()}, headers=mine(session))) == (403, "not_admin")


def test_who_took_the_address_before_the_invitation_keeps_nothing(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str]
) -> None:
    sign_up(door, email, "thief's password")
    assert inbox.newest(email)
    door.post("/invite", json={"email": email}, headers=service)
    assert prove(door, type="invite", token_hash=inbox.newest(email, 2).token).status_code == 200
    assert code(sign_in(door, email, "thief's password")) == (400, "invalid_credentials")


@pytest.mark.parametrize("kind", ["signup", "invite", "magiclink", "recovery"])
def test_a_link_is_made_for_who_hands_it_over_and_no_letter_is_sent(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str], kind: str
) -> None:
    if kind in ("magiclink", "recovery"):
        confirmed(door, inbox, email)
    before = len(inbox.letters(email))
    body = {"type": kind, "email": email, "redirect_to": "http://localhost:5173/in"}
    body |= {"password": PASSWORD} if kind == "signup" else {}
    made = door.post("/admin/generate_link", json=body, headers=service).json()
    assert (made["email"], made["verification_type"], made["redirect_to"]) == (email, kind, body["redirect_to"])
    assert parse_qs(urlsplit(made["action_link"]).query)["token"] == [made["hashed_token"]]
    answer = door.get(made["action_link"])
    assert answer.headers["location"].startswith("http://localhost:5173/in#access_token=")
    assert code(prove(door, type="email", email=email, token=made["email_otp"])) == (403, "otp_expired")
    assert len(inbox.letters(email)) == before


def test_links_to_another_address_are_made_for_both_sides(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str]
) -> None:
    confirmed(door, inbox, email)
    new = an_email()
    links = [
        door.post("/admin/generate_link", json={"type": kind, "email": email, "new_email": new}, headers=service).json()
        for kind in ("email_change_current", "email_change_new")
    ]
    assert prove(door, type="email_change", token_hash=links[0]["hashed_token"]).json()["code"] == "200"
    moved = prove(door, type="email_change", email=new, token=links[1]["email_otp"]).json()
    assert moved["user"]["email"] == new


def test_links_that_cannot_be_are_refused(
    door: httpx.Client, inbox: Inbox, email: str, service: dict[str, str]
) -> None:
    session = confirmed(door, inbox, email)

    def made(**body: str) -> tuple[int, str]:
        return code(door.post("/admin/generate_link", json=body, headers=service))

    assert made(type="wishes", email=email) == (400, "validation_failed")
    assert made(type="signup", email=email) == made(type="invite", email=email) == (422, "email_exists")
    assert made(type="recovery", email=an_email()) == (404, "user_not_found")
    assert made(type="email_change_new", email=an_email(), new_email=an_email()) == (404, "user_not_found")
    stranger = door.post("/admin/generate_link", json={"type": "recovery", "email": email}, headers=mine(session))
    assert code(stranger) == (403, "not_admin")


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[httpx.Client]:
    """A server with keys of its own, whose mail server is away, behind a proxy that names its callers."""
    away = {"smtp_url": f"smtp://127.0.0.1:{free_port()}?tls=none", "mail_from": "a@example.com"}
    own = {**own_keys(), "confirm_email": True, "client_ip_header": "x-real-ip", "port": free_port(), **away}
    with (
        running_server(replace(settings, **own)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client


def test_one_address_is_sent_one_letter_a_minute_whether_it_has_an_account_or_not(guarded: httpx.Client) -> None:
    for each in (an_email(), an_email()):
        assert guarded.post("/recover", json={"email": each}).json() == {}
        again = guarded.post("/otp", json={"email": each.upper()})
        assert code(again) == (429, "over_email_send_rate_limit")
        wait = int(again.headers["retry-after"])
        assert 0 < wait <= 60
        words = f"For security purposes, you can only request this after {wait} seconds."
        assert again.json()["message"] == words


def test_codes_of_one_address_cannot_be_guessed_from_here_or_from_many_places(guarded: httpx.Client) -> None:
    def guess(place: str) -> httpx.Response:
        body = {"type": "email", "email": "ada@example.com", "token": "123456"}
        answer = guarded.post("/verify", json=body, headers={"x-real-ip": place})
        return answer if answer.status_code == 429 else httpx.Response(400, json=answer.json())

    _, here = until_slowed_down(lambda: guess("203.0.113.7"))
    assert here == 10
    places = iter(f"198.51.100.{number}" for number in range(100))
    _, elsewhere = until_slowed_down(lambda: guess(next(places)))
    assert elsewhere == 10


def test_one_caller_asks_for_sixty_letters_an_hour(guarded: httpx.Client) -> None:
    def ask() -> httpx.Response:
        answer = guarded.post("/recover", json={"email": an_email()}, headers={"x-real-ip": "203.0.113.8"})
        return answer if answer.status_code == 429 else httpx.Response(400)

    refused, asked = until_slowed_down(ask, at_most=70)
    assert asked in range(60, 64), "one more a minute"
    assert code(refused) == (429, "over_request_rate_limit")


def test_a_mail_server_that_is_away_holds_nobody_up(guarded: httpx.Client) -> None:
    body = {"email": an_email(), "password": PASSWORD}
    answer = guarded.post("/signup", json=body, headers={"x-real-ip": "203.0.113.9"})
    assert answer.status_code == 200
    assert "access_token" not in answer.json()
    assert guarded.get("/settings").json()["mailer_autoconfirm"] is False
