"""Sign-ups that are confirmed by letter, forgotten passwords, and what comes back of a letter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
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
    """A laptop's server that wants addresses proven."""
    with running_server(replace(settings, port=free_port(), confirm_email=True)) as running:
        yield running


@pytest.fixture(scope="module")
def door(confirming: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{confirming.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def inbox(confirming: Running) -> Inbox:
    return Inbox(confirming.url)


@pytest.fixture
def email() -> str:
    return an_email()


def test_who_signs_up_gets_a_letter_and_no_session_and_cannot_sign_in_before(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    user = sign_up(door, email, data={"name": "Ada"})
    assert "access_token" not in user
    assert (user["email"], user["user_metadata"]["name"]) == (email, "Ada")
    assert "email_confirmed_at" not in user
    assert user["confirmation_sent_at"]
    assert code(sign_in(door, email)) == (400, "email_not_confirmed")
    letter = inbox.newest(email)
    assert letter.subject == "Confirm your address"
    session = fragment(door.get(letter.link))
    assert session["type"] == "signup"
    assert set(session) == {"access_token", "expires_at", "expires_in", "refresh_token", "token_type", "type"}
    shown = door.get("/user", headers={"authorization": f"Bearer {session['access_token']}"}).json()
    assert shown["id"] == user["id"]
    assert shown["email_confirmed_at"]
    assert shown["user_metadata"]["email_verified"] is shown["identities"][0]["identity_data"]["email_verified"] is True
    assert sign_in(door, email).status_code == 200


def test_settings_say_whether_an_address_must_be_proven(door: httpx.Client, server: Running) -> None:
    assert door.get("/settings").json()["mailer_autoconfirm"] is False
    assert httpx.get(f"{server.url}/auth/v1/settings").json()["mailer_autoconfirm"] is True


def test_the_code_of_a_letter_is_as_good_as_its_link_with_its_address_alone(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    sign_up(door, email)
    typed = inbox.newest(email).code
    assert code(prove(door, type="signup", email=an_email(), token=typed)) == (403, "otp_expired")
    assert code(prove(door, type="recovery", email=email, token=typed)) == (403, "otp_expired")
    assert prove(door, type="email", email=email.upper(), token=typed).status_code == 200
    assert code(prove(door, type="email", email=email, token=typed)) == (403, "otp_expired")


def test_a_token_is_used_once_and_of_twenty_at_once_one_is_in(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email)
    token = inbox.newest(email).token

    def follow(_: int) -> httpx.Response:
        return prove(door, type="signup", token_hash=token)

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(follow, range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 19
    assert fragment(door.get(f"/verify?type=signup&token={token}")) == {
        "error": "access_denied",
        "error_code": "otp_expired",
        "error_description": "Email link is invalid or has expired",
    }


def test_a_program_that_looks_at_a_link_does_not_use_it_up(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email)
    link = inbox.newest(email).link
    assert link
    assert door.head(link).status_code == 200
    assert "access_token" in fragment(door.get(link))


def test_a_token_has_an_end(door: httpx.Client, inbox: Inbox, email: str, database_url: str) -> None:
    sign_up(door, email)
    letter = inbox.newest(email)
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "update auth.one_time_tokens set created_at = created_at - interval '3601 seconds' where relates_to = %s",
            (email,),
        )
    assert code(prove(door, type="signup", token_hash=letter.token)) == (403, "otp_expired")
    assert code(prove(door, type="signup", email=email, token=letter.code)) == (403, "otp_expired")
    assert code(sign_in(door, email)) == (400, "email_not_confirmed")


def test_a_forgotten_password_is_chosen_anew_and_other_sessions_end(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    before = confirmed(door, inbox, email)
    assert door.post("/recover", json={"email": email}).json() == {}
    letter = inbox.newest(email, 2)
    assert letter.subject == "Choose a new password"
    session = prove(door, type="recovery", token_hash=letter.token).json()
    assert methods(session["access_token"]) == ["recovery"]
    assert door.put("/user", json={"password": ANOTHER}, headers=mine(session)).status_code == 200
    theirs = {"authorization": f"Bearer {before['access_token']}"}
    assert code(door.get("/user", headers=theirs)) == (403, "session_not_found")
    assert code(sign_in(door, email)) == (400, "invalid_credentials")
    assert sign_in(door, email, ANOTHER).status_code == 200


def test_a_letter_that_was_asked_for_before_a_new_password_leads_nowhere_after_it(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    session = confirmed(door, inbox, email)
    door.post("/recover", json={"email": email})
    letter = inbox.newest(email, 2)
    assert door.put("/user", json={"password": ANOTHER}, headers=mine(session)).status_code == 200
    assert code(prove(door, type="recovery", token_hash=letter.token)) == (403, "otp_expired")


def test_a_letter_to_an_address_its_user_has_left_leads_nowhere(
    door: httpx.Client, inbox: Inbox, email: str, database_url: str
) -> None:
    confirmed(door, inbox, email)
    door.post("/recover", json={"email": email})
    letter = inbox.newest(email, 2)
    with psycopg.connect(database_url) as conn:
        conn.execute("update auth.users set email = %s where email = %s", (an_email(), email))
    assert code(prove(door, type="recovery", token_hash=letter.token)) == (403, "otp_expired")


def test_nobody_is_told_whether_an_address_has_an_account(door: httpx.Client, inbox: Inbox, email: str) -> None:
    confirmed(door, inbox, email)
    stranger = an_email()
    answers = [door.post("/recover", json={"email": each}) for each in (email, stranger)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {})] * 2
    assert inbox.newest(email, 2)
    assert inbox.letters(stranger) == []


def test_a_sign_up_looks_the_same_whoever_has_the_address(door: httpx.Client, inbox: Inbox, email: str) -> None:
    confirmed(door, inbox, email)
    unproven, free = an_email(), an_email()
    sign_up(door, unproven)
    answers = {each: sign_up(door, each, ANOTHER, data={"name": "Eve"}) for each in (email, unproven, free)}
    shapes = {each: shape(answer, each) for each, answer in answers.items()}
    assert shapes[email] == shapes[unproven] == shapes[free]
    again = sign_up(door, email, ANOTHER)
    assert again["id"] == answers[email]["id"], "as that of somebody who never proved it would be"


def shape(user: dict, email: str) -> object:
    """What can be seen of an answer but its ids and times; they are of the same kinds."""
    made_up = (user["id"], user["identities"][0]["identity_id"])

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        if isinstance(value, str) and (value in made_up or value.startswith("20")):
            return "…"
        return "email" if value == email else value

    return plain(user)


def test_who_has_an_account_is_written_that_there_is_one(door: httpx.Client, inbox: Inbox, email: str) -> None:
    confirmed(door, inbox, email)
    sign_up(door, email, ANOTHER)
    letter = inbox.newest(email, 2)
    assert letter.subject == "You already have an account"
    assert sign_in(door, email).status_code == 200
    assert code(sign_in(door, email, ANOTHER)) == (400, "invalid_credentials")


def test_an_account_taken_before_its_owner_came_is_the_owners_alone_once_they_prove_the_address(
    door: httpx.Client, inbox: Inbox, email: str, database_url: str
) -> None:
    """The incident class "pre-hijacking": who signs up with another's address keeps nothing of it."""
    thief = sign_up(door, email, "thief's password")
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "insert into auth.identities (provider_id, user_id, identity_data, provider) values (%s, %s, %s, 'github')",
            (uuid4().hex, thief["id"], '{"sub": "1"}'),
        )
        conn.execute("insert into auth.sessions (id, user_id) values (%s, %s)", (uuid4(), thief["id"]))
        key = "insert into auth.webauthn_credentials (user_id, credential_id, public_key) values (%s, %s, 'key')"
        conn.execute(key, (thief["id"], uuid4().bytes))
    door.post("/recover", json={"email": email})
    session = prove(door, type="recovery", token_hash=inbox.newest(email, 2).token).json()
    assert [each["provider"] for each in session["user"]["identities"]] == ["email"]
    assert code(sign_in(door, email, "thief's password")) == (400, "invalid_credentials")
    with psycopg.connect(database_url) as conn:
        sessions = conn.execute("select count(*) from auth.sessions where user_id = %s", (thief["id"],)).fetchone()
        keys = conn.execute("select from auth.webauthn_credentials where user_id = %s", (thief["id"],)).fetchall()
    assert sessions == (1,), "the owner's"
    assert keys == []


def test_who_signs_up_with_an_address_nobody_proved_begins_anew(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email, "thief's password", data={"name": "Eve"})
    first = inbox.newest(email)
    sign_up(door, email, PASSWORD, data={"name": "Ada"})
    second = inbox.newest(email, 2)
    assert code(prove(door, type="signup", token_hash=first.token)) == (403, "otp_expired")
    session = prove(door, type="signup", token_hash=second.token).json()
    assert session["user"]["user_metadata"]["name"] == "Ada"
    assert code(sign_in(door, email, "thief's password")) == (400, "invalid_credentials")
    assert sign_in(door, email).status_code == 200


def test_with_pkce_the_link_gives_a_code_that_only_who_began_exchanges_once(
    door: httpx.Client, inbox: Inbox, email: str
) -> None:
    confirmed(door, inbox, email)
    verifier, challenge = a_challenge()
    door.post("/recover?redirect_to=http://localhost:5173/reset?a=1", json={"email": email, **challenge})
    letter = inbox.newest(email, 2)
    assert letter.token.startswith("pkce_")
    location = urlsplit(door.get(letter.link).headers["location"])
    assert (location.netloc, location.path, location.fragment) == ("localhost:5173", "/reset", "")
    query = parse_qs(location.query)
    assert query["a"] == ["1"]
    auth_code = query["code"][0]
    assert code(exchange(door, auth_code, "another's verifier")) == (400, "bad_code_verifier")
    session = exchange(door, auth_code, verifier).json()
    assert methods(session["access_token"]) == ["recovery"]
    assert code(exchange(door, auth_code, verifier)) == (404, "flow_state_not_found")
    gone = urlsplit(door.get(letter.link).headers["location"])
    assert parse_qs(gone.query)["error_code"] == parse_qs(gone.fragment)["error_code"] == ["otp_expired"]


def test_a_code_of_pkce_has_an_end_and_is_none_before_its_letter_came_back(
    door: httpx.Client, inbox: Inbox, email: str, database_url: str
) -> None:
    confirmed(door, inbox, email)
    verifier = "v" * 43
    door.post("/recover", json={"email": email, "code_challenge": verifier, "code_challenge_method": "plain"})
    letter = inbox.newest(email, 2)
    with psycopg.connect(database_url, autocommit=True) as conn:
        kept = conn.execute("select auth_code from auth.flow_state order by created_at desc limit 1").fetchone()
        assert kept
        assert code(exchange(door, kept[0], verifier)) == (404, "flow_state_not_found")
        door.get(letter.link)
        conn.execute(
            "update auth.flow_state set auth_code_issued_at = now() - interval '301 seconds' where auth_code = %s", kept
        )
    assert code(exchange(door, kept[0], verifier)) == (422, "flow_state_expired")


@pytest.mark.parametrize(
    "body",
    [
        {"code_challenge": "c" * 43},
        {"code_challenge_method": "s256"},
        {"code_challenge": "c" * 42, "code_challenge_method": "s256"},
        {"code_challenge": "c" * 129, "code_challenge_method": "s256"},
        {"code_challenge": "c" * 42 + "'", "code_challenge_method": "s256"},
        {"code_challenge": "c" * 43, "code_challenge_method": "md5"},
    ],
)
def test_a_challenge_that_is_none_is_refused(door: httpx.Client, email: str, body: dict[str, str]) -> None:
    assert code(door.post("/recover", json={"email": email, **body})) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"token_hash": "a"}, "Verify requires a verification type"),
        ({"type": "signup"}, "Verify requires either a token or a token hash"),
        ({"type": "signup", "token": "1", "token_hash": "a"}, "Verify requires either a token or a token hash"),
        ({"type": "signup", "token_hash": "a", "email": "a@b.co"}, "Only the token_hash and type should be provided"),
        ({"type": "signup", "token": "123456"}, "Only an email address or phone number should be provided on verify"),
        ({"type": "wishes", "token_hash": "a"}, "Invalid email verification type"),
    ],
)
def test_what_proves_nothing_is_refused_in_supabases_words(door: httpx.Client, body: dict, message: str) -> None:
    answer = prove(door, **body)
    assert code(answer) == (400, "validation_failed")
    assert answer.json()["message"] == message


def test_the_letter_is_in_the_language_its_reader_has(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email, data={"language": "tr"})
    assert inbox.newest(email).subject == "Adresinizi onaylayın"
    other = an_email()
    door.post("/signup", json={"email": other, "password": PASSWORD}, headers={"accept-language": "tr-TR,en;q=0.5"})
    assert inbox.newest(other).subject == "Adresinizi onaylayın"


def test_what_a_person_calls_themselves_breaks_no_header(door: httpx.Client, inbox: Inbox, email: str) -> None:
    sign_up(door, email, data={"name": "Eve\r\nBcc: all@example.com", "language": "tr\r\nBcc: x"})
    assert inbox.newest(email).to == email
    evil = door.post("/signup", json={"email": "a@b.co\r\nBcc: c@d.co", "password": PASSWORD})
    assert code(evil) == (400, "validation_failed")


def test_the_inbox_is_no_pages_and_no_other_servers(confirming: Running, settings: Settings, tmp_path: object) -> None:
    assert httpx.get(f"{confirming.url}/inbox").text.startswith("<!doctype html>")
    assert httpx.get(f"{confirming.url}/inbox", headers={"origin": "http://localhost:5173"}).status_code == 404
    with running_server(replace(settings, port=free_port(), **own_keys())) as running:
        assert httpx.get(f"{running.url}/inbox").status_code == 404
        answer = httpx.post(f"{running.url}/auth/v1/recover", json={"email": an_email()}, headers=NEW)
        assert code(answer) == (422, "otp_disabled")


@pytest.mark.anyio
async def test_an_address_is_signed_up_by_ten_at_once_and_there_is_one_user(
    confirming: Running, email: str, database_url: str
) -> None:
    body = {"email": email, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=f"{confirming.url}/auth/v1", headers=NEW, timeout=30) as client:
        answers = await asyncio.gather(*(client.post("/signup", json=body) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from auth.users where email = %s", (email,)).fetchone() == (1,)
