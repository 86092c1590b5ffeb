"""Signing in by letter and by phone with the unmodified clients, JavaScript's and Python's, read from the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from supabase_auth.errors import AuthApiError

from sahne.settings import Settings
from supabase import Client, ClientOptions, create_client
from tests.accounts import an_email
from tests.clients.conftest import NodeRunner
from tests.conftest import Running, free_port, running_server
from tests.letters import ANOTHER, PASSWORD, Inbox
from tests.sms_services import a_number


@pytest.fixture(scope="module")
def confirming(settings: Settings) -> Iterator[Running]:
    with running_server(
        replace(settings, port=free_port(), confirm_email=True, phone_sign_in=True, mfa_phone=True)
    ) as running:
        yield running


@pytest.fixture
def client(confirming: Running) -> Iterator[Client]:
    made = create_client(confirming.url, confirming.settings.anon_key, ClientOptions(flow_type="pkce"))
    yield made
    made.auth.close()


@pytest.fixture
def inbox(confirming: Running) -> Inbox:
    return Inbox(confirming.url)


def test_supabase_js_signs_people_in_by_letter(confirming: Running, node: NodeRunner) -> None:
    keys = {
        "SAHNE_URL": confirming.url,
        "SAHNE_ANON_KEY": confirming.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": confirming.settings.secret_key,
    }
    assert node("letters.mjs", keys).count("ok ") == 10


def test_supabase_py_confirms_forgets_and_comes_back(client: Client, inbox: Inbox) -> None:
    email = an_email()
    made = client.auth.sign_up({"email": email, "password": PASSWORD})
    assert made.session is None
    token = inbox.newest(email).code
    assert client.auth.verify_otp({"email": email, "token": token, "type": "signup"}).session
    client.auth.sign_out()
    client.auth.reset_password_for_email(email, {"redirect_to": "http://localhost:3000/new"})
    location = httpx.get(inbox.newest(email, 2).link).headers["location"]
    assert location.startswith("http://localhost:3000/new?code=")
    code = parse_qs(urlsplit(location).query)["code"][0]
    verifier = client.auth._storage.get_item(f"{client.auth._storage_key}-code-verifier")
    session = client.auth.exchange_code_for_session(
        {"auth_code": code, "code_verifier": (verifier or "").split("/")[0], "redirect_to": ""}
    ).session
    assert session
    client.auth.update_user({"password": ANOTHER})
    client.auth.sign_out()
    assert client.auth.sign_in_with_password({"email": email, "password": ANOTHER}).session


def test_supabase_py_signs_in_by_code_and_is_told_of_a_wrong_one(client: Client, inbox: Inbox) -> None:
    email = an_email()
    client.auth.sign_in_with_otp({"email": email})
    token = inbox.newest(email).code
    with pytest.raises(AuthApiError) as wrong:
        client.auth.verify_otp({"email": email, "token": "1" if token != "1" else "2", "type": "email"})
    assert wrong.value.code == "otp_expired"
    assert client.auth.verify_otp({"email": email, "token": token, "type": "email"}).user


def test_supabase_py_signs_up_by_phone_and_moves_to_another_number(client: Client, inbox: Inbox) -> None:
    phone, new = a_number(), a_number()
    made = client.auth.sign_up({"phone": phone, "password": PASSWORD})
    assert made.session is None
    with pytest.raises(AuthApiError) as early:
        client.auth.sign_in_with_password({"phone": phone, "password": PASSWORD})
    assert early.value.code == "phone_not_confirmed"
    client.auth.resend({"type": "sms", "phone": phone})
    assert client.auth.verify_otp({"phone": phone, "token": inbox.newest(phone, 2).code, "type": "sms"}).session
    client.auth.update_user({"phone": new})
    moved = client.auth.verify_otp({"phone": new, "token": inbox.newest(new).code, "type": "phone_change"})
    assert moved.user
    assert moved.user.phone == new[1:]
    client.auth.sign_out()
    assert client.auth.sign_in_with_password({"phone": new, "password": PASSWORD}).session


def test_supabase_py_signs_in_by_a_short_message(client: Client, inbox: Inbox) -> None:
    phone = a_number()
    client.auth.sign_in_with_otp({"phone": phone})
    token = inbox.newest(phone).code
    with pytest.raises(AuthApiError) as wrong:
        client.auth.verify_otp({"phone": phone, "token": "1" if token != "1" else "2", "type": "sms"})
    assert wrong.value.code == "otp_expired"
    assert client.auth.verify_otp({"phone": phone, "token": token, "type": "sms"}).user
