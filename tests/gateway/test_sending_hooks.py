"""What an app's own code is told instead of the post, and of each try: letters over signed HTTP, the rest as functions."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.errors import SettingInvalid
from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.factors import Person
from tests.image_providers import served
from tests.keys import own_keys
from tests.letters import ANOTHER, PASSWORD, mine, prove, sign_in, sign_up
from tests.sms_services import a_number

SECRET = f"whsec_{base64.b64encode(b'3' * 32).decode()}"
EMAIL_DATA = {"token", "token_hash", "redirect_to", "email_action_type", "site_url", "token_new", "token_hash_new"}
TRIES_MAX = 3  # wrong ones, before the app's own code has enough

FUNCTIONS = f"""
create schema app;
create table app.texts (number bigint generated always as identity, event jsonb);
create table app.tries (user_id uuid, valid boolean, told jsonb);
create function app.send_sms(event jsonb) returns jsonb language plpgsql as $$
begin
  insert into app.texts (event) values (event);
  return '{{}}';
end $$;
create function app.tried(event jsonb) returns jsonb language plpgsql as $$
begin
  insert into app.tries values ((event ->> 'user_id')::uuid, (event ->> 'valid')::boolean, event);
  if (select count(*) from app.tries t where t.user_id = (event ->> 'user_id')::uuid and not valid) > {TRIES_MAX} then
    return '{{"decision": "reject", "message": "Ask us for help", "should_logout_user": true}}';
  end if;
  return '{{"decision": "continue"}}';
end $$;
revoke execute on all functions in schema app from public;
grant usage on schema app to supabase_auth_admin;
grant execute on all functions in schema app to supabase_auth_admin;
grant select, insert on all tables in schema app to supabase_auth_admin;
"""


@dataclass
class App:
    """An app that sends its letters itself, and what it was told."""

    told: list[dict[str, Any]] = field(default_factory=list)

    async def hook(self, request: Request) -> Response:
        event = Webhook(SECRET).verify(await request.body(), dict(request.headers))
        self.told.append(event)
        return JSONResponse({})

    def letters(self, user: str) -> list[dict[str, Any]]:
        """All about a user, as events."""
        return [event for event in self.told if event["user"]["id"] == user]

    def newest(self, user: str, action: str) -> dict[str, str]:
        """What stands in the newest of a kind."""

        def found() -> dict[str, str] | None:
            told = [each["email_data"] for each in self.letters(user)]
            return next((data for data in reversed(told) if data["email_action_type"] == action), None)

        return eventually(found)


@pytest.fixture(scope="module")
def app() -> App:
    return App()


@pytest.fixture(scope="module")
def hooked(settings: Settings, app: App, database_url: str) -> Iterator[Running]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(FUNCTIONS)
    functions = "pg-functions://postgres/app/"
    with served(Starlette(routes=[Route("/hook", app.hook, methods=["POST"])])) as url:
        switched: dict[str, Any] = {
            "confirm_email": True,
            "phone_sign_in": True,
            "mfa_phone": True,
            "hook_send_email": f"{url}/hook",
            "hook_send_sms": f"{functions}send_sms",
            "hook_password_attempt": f"{functions}tried",
            "hook_mfa_attempt": f"{functions}tried",
            "hook_secrets": SECRET,
        }
        with running_server(replace(settings, port=free_port(), **switched)) as running:
            yield running


@pytest.fixture(scope="module")
def door(hooked: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{hooked.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


def texts_of(database_url: str, phone: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "select event from app.texts where event #>> '{sms,phone}' = %s order by number", [phone[1:]]
        )
        return [event for (event,) in rows]


def newest_text(database_url: str, phone: str, count: int = 1) -> dict[str, Any]:
    return eventually(lambda: texts[-1] if len(texts := texts_of(database_url, phone)) >= count else None)


def member(door: httpx.Client, app: App) -> dict[str, Any]:
    """The session of somebody who followed the app's own letter."""
    email = an_email()
    user = sign_up(door, email)["id"]
    token_hash = app.newest(user, "signup")["token_hash"]
    session = prove(door, type="signup", token_hash=token_hash).json()
    assert session["user"]["email"] == email
    return session


def test_the_app_is_told_what_a_letter_would_hold(door: httpx.Client, app: App, hooked: Running) -> None:
    email = an_email()
    user = sign_up(door, email, data={"name": "Ada"})["id"]
    data = app.newest(user, "signup")
    assert set(data) == EMAIL_DATA
    assert data["site_url"] == f"{hooked.settings.api_url}/auth/v1"
    assert (data["token_new"], data["token_hash_new"]) == ("", "")
    (event,) = app.letters(user)
    assert event["metadata"]["name"] == "send-email"
    assert (event["user"]["email"], event["user"]["user_metadata"]["name"]) == (email, "Ada")
    assert not {"encrypted_password", "confirmation_token"} & set(event["user"])
    assert prove(door, type="email", email=email, token=data["token"]).status_code == 200


def test_each_kind_of_letter_is_told_by_the_name_it_has(door: httpx.Client, app: App, hooked: Running) -> None:
    session = member(door, app)
    user, email = session["user"]["id"], session["user"]["email"]
    assert door.post("/recover", json={"email": email}).json() == {}
    assert door.get("/reauthenticate", headers=mine(session)).json() == {}
    assert app.newest(user, "recovery")["token_hash"]
    assert app.newest(user, "reauthentication")["token"]
    assert door.post("/otp", json={"email": email}).json() == {}
    magic = app.newest(user, "magiclink")
    assert prove(door, type="magiclink", token_hash=magic["token_hash"]).status_code == 200
    service = {"authorization": f"Bearer {hooked.settings.service_role_key}"}
    invited = door.post("/invite", json={"email": an_email()}, headers=service).json()
    assert prove(door, type="invite", token_hash=app.newest(invited["id"], "invite")["token_hash"]).status_code == 200


def test_who_has_no_account_and_who_has_one_already_are_told_nothing_about(door: httpx.Client, app: App) -> None:
    session = member(door, app)
    before = len(app.told)
    assert door.post("/recover", json={"email": an_email()}).json() == {}
    assert "access_token" not in sign_up(door, session["user"]["email"], ANOTHER)
    member(door, app)  # after them
    assert len(app.told) == before + 1


def test_both_sides_of_a_move_are_told_at_once_as_supabase_tells_them(door: httpx.Client, app: App) -> None:
    session, new = member(door, app), an_email()
    user, old = session["user"]["id"], session["user"]["email"]
    assert door.put("/user", json={"email": new}, headers=mine(session)).json()["new_email"] == new
    data = app.newest(user, "email_change")
    assert app.letters(user)[-1]["user"]["new_email"] == new
    first = prove(door, type="email_change", email=old, token=data["token"])
    assert "msg" in first.json()
    assert code(prove(door, type="email_change", token_hash=data["token_hash_new"])) == (403, "otp_expired")  # once
    moved = prove(door, type="email_change", token_hash=data["token_hash"]).json()["user"]
    assert (moved["id"], moved["email"]) == (user, new)
    assert len([each for each in app.letters(user) if each["email_data"]["email_action_type"] == "email_change"]) == 1


def test_short_messages_go_to_the_function_with_the_number_to_write_to(door: httpx.Client, database_url: str) -> None:
    phone, new = a_number(), a_number()
    assert door.post("/signup", json={"phone": phone, "password": PASSWORD}).status_code == 200
    event = newest_text(database_url, phone)
    assert (event["metadata"]["name"], set(event["sms"])) == ("send-sms", {"otp", "phone"})
    assert event["user"]["phone"] == phone[1:]
    proven = door.post("/verify", json={"type": "sms", "phone": phone, "token": event["sms"]["otp"]}).json()
    assert door.put("/user", json={"phone": new}, headers=mine(proven)).status_code == 200
    moved = {"type": "phone_change", "phone": new, "token": newest_text(database_url, new)["sms"]["otp"]}
    assert door.post("/verify", json=moved).json()["user"]["phone"] == new[1:]


def test_a_known_and_an_unknown_address_are_asked_about_and_rejected_alike(
    door: httpx.Client, app: App, database_url: str
) -> None:
    session, stranger = member(door, app), an_email()
    email = session["user"]["email"]
    for _ in range(TRIES_MAX):
        assert (
            code(sign_in(door, email, ANOTHER))
            == code(sign_in(door, stranger, ANOTHER))
            == (400, "invalid_credentials")
        )
    assert sign_in(door, email).status_code == 200
    answers = [sign_in(door, each, ANOTHER) for each in (email, stranger)]
    assert [code(answer) for answer in answers] == [(400, "invalid_credentials")] * 2
    assert [answer.json()["message"] for answer in answers] == ["Ask us for help"] * 2
    assert code(sign_in(door, email)) == (400, "invalid_credentials")  # the right one too
    assert door.get("/user", headers=mine(session)).status_code == 403  # and whoever was in is out
    with psycopg.connect(database_url) as conn:
        user = "select count(*) from app.tries where user_id = %s"
        assert conn.execute(user, [session["user"]["id"]]).fetchone() == (TRIES_MAX + 3,)


def test_a_second_factor_that_was_tried_too_often_ends_every_session(
    door: httpx.Client, app: App, database_url: str
) -> None:
    session = member(door, app)
    ada = Person(door, session["user"]["email"], session)
    phone = ada.with_phone()
    with psycopg.connect(database_url) as conn:
        (tried,) = conn.execute("select told from app.tries where user_id = %s", [ada.id]).fetchone() or (None,)
    assert tried == tried | {"factor_id": phone.factor_id, "factor_type": "totp", "valid": True}
    for _ in range(TRIES_MAX):
        assert code(ada.verify(phone, phone.wrong_code)) == (422, "mfa_verification_failed")
    refused = ada.verify(phone, phone.wrong_code)
    assert code(refused) == (403, "mfa_verification_rejected")
    assert refused.json()["message"] == "Ask us for help"
    assert code(ada.ask("GET", "/user")) == (403, "session_not_found")


def test_a_phone_as_a_second_factor_is_told_as_one(door: httpx.Client, app: App, database_url: str) -> None:
    session, number = member(door, app), a_number()
    ada = Person(door, session["user"]["email"], session)
    factor = ada.ask("POST", "/factors", {"factor_type": "phone", "phone": number}).json()["id"]
    asked = ada.ask("POST", f"/factors/{factor}/challenge", {"channel": "whatsapp"}).json()
    sms = newest_text(database_url, number)["sms"]
    assert sms["sms_type"] == "mfa"
    answer = {"challenge_id": asked["id"], "code": sms["otp"]}
    assert ada.ask("POST", f"/factors/{factor}/verify", answer).status_code == 200


def test_a_hook_that_cannot_be_lets_no_wrong_password_in_and_tells_nothing_of_it(settings: Settings) -> None:
    given: dict[str, Any] = {"hook_password_attempt": f"pg-functions://postgres/app/none_{uuid4().hex[:8]}"}
    with (
        running_server(replace(settings, port=free_port(), **given)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        email = an_email()
        assert client.post("/signup", json={"email": email, "password": PASSWORD}).status_code == 200
        wrong = [sign_in(client, each, ANOTHER) for each in (email, an_email())]
        assert [code(answer) for answer in wrong] == [(400, "invalid_credentials")] * 2
        assert code(sign_in(client, email)) == (500, "unexpected_failure")


def test_with_a_hook_no_server_of_mail_and_no_service_of_messages_is_needed(settings: Settings) -> None:
    from sahne.gateway.fitting_settings import refuse_unfit

    given = own_keys() | {"confirm_email": True, "phone_sign_in": True, "smtp_url": None}
    hooks: dict[str, Any] = {
        "hook_send_email": "https://app.example.com/mail",
        "hook_send_sms": "pg-functions://postgres/app/send_sms",
    }
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(replace(settings, **given))
    assert {"SAHNE_SMTP_URL", "SAHNE_SMS"} <= {line.split(":")[0] for line in str(refused.value.details).splitlines()}
    with pytest.raises(SettingInvalid) as unsigned:
        refuse_unfit(replace(settings, **given, **hooks))
    assert str(unsigned.value.details).startswith("SAHNE_HOOK_SECRETS")
    refuse_unfit(replace(settings, **given, **hooks, hook_secrets=SECRET))
