"""What an app's own code is asked: at a sign-up and for each token, as a function of the database or over signed HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.errors import SettingInvalid
from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.conftest import free_port, running_server
from tests.image_providers import served
from tests.openid import provider, someone
from tests.sign_in_elsewhere import by_token, with_providers

WELCOME: dict[str, Any] = {}
UNWELCOME = {"error": {"http_code": 403, "message": "Not this one"}}
OLD, SECRET = (f"whsec_{base64.b64encode(number * 32).decode()}" for number in (b"1", b"2"))

FUNCTIONS = """
create schema app;
grant usage on schema app to supabase_auth_admin;

create function app.claims(event jsonb) returns jsonb language sql as $$
  select case event -> 'claims' -> 'user_metadata' ->> 'want'
    when 'more'    then jsonb_build_object('claims', event -> 'claims' || '{"tier": "gold", "role": "authenticated"}')
    when 'another' then jsonb_build_object('claims', event -> 'claims' || jsonb_build_object('sub', gen_random_uuid()))
    when 'longer'  then jsonb_build_object('claims', event -> 'claims' || '{"exp": 99999999999}')
    when 'proven'  then jsonb_build_object('claims', event -> 'claims' || '{"aal": "aal2"}')
    when 'less'    then jsonb_build_object('claims', (event -> 'claims') - 'session_id')
    when 'large'   then jsonb_build_object('claims', event -> 'claims' || jsonb_build_object('x', repeat('x', 7000)))
    when 'nothing' then null
    when 'text'    then '"no"'
    when 'refused' then '{"error": {"http_code": 418, "message": "Not on a Sunday"}}'
    when 'slow'    then to_jsonb(pg_sleep(30)::text)
    when 'failing' then to_jsonb(1 / 0)
    when 'asked'   then jsonb_build_object('claims', event -> 'claims' || jsonb_build_object(
                          'asked', jsonb_build_object('by', current_user, 'method', event -> 'authentication_method',
                                                      'user', event -> 'user_id')))
    else jsonb_build_object('claims', event -> 'claims')
  end
$$;

create function app.welcome(event jsonb) returns jsonb language sql as $$
  select case when event -> 'user' ->> 'email' like '%@blocked.example'
    then '{"error": {"http_code": 403, "message": "This domain is not welcome"}}' else '{}'::jsonb end
$$;
revoke execute on all functions in schema app from public;
grant execute on all functions in schema app to supabase_auth_admin;
"""


@contextmanager
def door_of(settings: Settings, **hooks: Any) -> Iterator[httpx.Client]:
    with (
        running_server(replace(settings, port=free_port(), **hooks)) as server,
        httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def door(settings: Settings, database_url: str) -> Iterator[httpx.Client]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(FUNCTIONS)
    named = "pg-functions://postgres/app/"
    with door_of(settings, hook_access_token=f"{named}claims", hook_user_created=f"{named}welcome") as client:
        yield client


def sign_up(door: httpx.Client, want: str = "", email: str | None = None) -> httpx.Response:
    body = {"email": email or f"{uuid4().hex}@example.com", "password": "sahne-demo", "data": {"want": want}}
    return door.post("/signup", json=body)


def claims_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return jwt.decode(answer.json()["access_token"], options={"verify_signature": False})


def test_a_token_says_what_the_app_wants_it_to_say(door: httpx.Client) -> None:
    answer = sign_up(door, "more")
    assert claims_of(answer)["tier"] == "gold"
    again = door.post("/token?grant_type=refresh_token", json={"refresh_token": answer.json()["refresh_token"]})
    assert claims_of(again)["tier"] == "gold"
    token = again.json()["access_token"]
    assert door.get("/user", headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_the_function_is_asked_as_supabase_asks_it(door: httpx.Client) -> None:
    answer = sign_up(door, "asked")
    user = answer.json()["user"]["id"]
    assert claims_of(answer)["asked"] == {"by": "supabase_auth_admin", "method": "password", "user": user}


def test_nobody_else_may_ask_it(door: httpx.Client, database_url: str) -> None:
    for role in ("anon", "authenticated", "service_role"):
        with psycopg.connect(database_url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(f"set role {role}")
            conn.execute("select private.ask_hook('app', 'claims', '{}')")


@pytest.mark.parametrize("want", ["another", "longer", "proven", "less", "large", "nothing", "text", "failing"])
def test_a_token_that_would_be_anothers_or_none_is_not_given_out(door: httpx.Client, want: str) -> None:
    assert code(sign_up(door, want)) == (500, "unexpected_failure")


def test_the_functions_own_words_reach_the_person(door: httpx.Client) -> None:
    answer = sign_up(door, "refused")
    assert code(answer) == (418, "hook_refused")
    assert answer.json()["message"] == "Not on a Sunday"


def test_a_function_that_takes_too_long_is_not_waited_for(door: httpx.Client) -> None:
    assert code(sign_up(door, "slow")) == (422, "hook_timeout")


def test_who_is_not_welcome_becomes_no_user(door: httpx.Client, database_url: str) -> None:
    email = f"{uuid4().hex}@blocked.example"
    answer = sign_up(door, email=email)
    assert code(answer) == (403, "hook_refused")
    assert answer.json()["message"] == "This domain is not welcome"
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from auth.users where email = %s", [email]).fetchone() == (0,)
    assert sign_up(door).status_code == 200


@dataclass
class App:
    """An app's hook over HTTP: what it was asked, and what it answers next."""

    answer: Callable[[dict[str, Any]], Response]
    asked: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append((body, dict(request.headers)))
        return self.answer(json.loads(body))


@pytest.fixture
def app() -> App:
    return App(lambda event: JSONResponse({"claims": event["claims"] | {"tier": "silver"}}))


@pytest.fixture
def over_http(settings: Settings, app: App) -> Iterator[httpx.Client]:
    with (
        served(Starlette(routes=[Route("/hook", app.hook, methods=["POST"])])) as url,
        door_of(settings, hook_access_token=f"{url}/hook", hook_secrets=f"v1,{OLD}|v1,{SECRET}") as client,
    ):
        yield client


def test_a_hook_over_http_is_signed_for_whoever_has_either_secret(over_http: httpx.Client, app: App) -> None:
    answer = sign_up(over_http)
    assert claims_of(answer)["tier"] == "silver"
    ((body, headers),) = app.asked
    for secret in (OLD, SECRET):
        event = Webhook(secret).verify(body, headers)
        assert event["user_id"] == answer.json()["user"]["id"]


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (Response(status_code=500), (500, "unexpected_failure")),
        (Response(status_code=302, headers={"location": "http://127.0.0.1:1/"}), (500, "unexpected_failure")),
        (Response("no", 200), (500, "unexpected_failure")),
        (Response(b"x" * 30_000, 200), (422, "hook_timeout")),
        (JSONResponse({"error": {"http_code": 429, "message": "Later"}}), (429, "hook_refused")),
        (JSONResponse({"error": {"http_code": 200}}), (500, "hook_refused")),
        (JSONResponse({"error": "no"}), (500, "hook_refused")),
    ],
    ids=lambda each: "" if isinstance(each, Response) else f"{each[0]} {each[1]}",
)
def test_a_hook_that_answers_nothing_good_lets_nobody_in(
    over_http: httpx.Client, app: App, answer: Response, refusal: tuple[int, str]
) -> None:
    app.answer = lambda _: answer
    assert code(sign_up(over_http)) == refusal


def test_a_hook_that_is_not_there_lets_nobody_in(settings: Settings) -> None:
    with door_of(settings, hook_user_created=f"http://127.0.0.1:{free_port()}/hook", hook_secrets=SECRET) as door:
        assert code(sign_up(door)) == (422, "hook_timeout")


def test_a_hook_over_http_without_a_secret_does_not_start(settings: Settings) -> None:
    with pytest.raises(SettingInvalid) as refused, door_of(settings, hook_user_created="https://x/y"):
        pass
    assert "SAHNE_HOOK_SECRETS" in str(refused.value.details)


def test_who_comes_from_another_provider_is_asked_about_once(settings: Settings, app: App, tmp_path: Path) -> None:
    app.answer = lambda event: JSONResponse(WELCOME if event["user"]["email"].endswith("@example.com") else UNWELCOME)
    with (
        served(Starlette(routes=[Route("/hook", app.hook, methods=["POST"])])) as url,
        provider() as corp,
        door_of(
            with_providers(settings, corp, corp, tmp_path / "AuthKey.p8"),
            hook_user_created=f"{url}/hook",
            hook_secrets=SECRET,
        ) as door,
    ):
        corp.person = someone(email=f"{uuid4().hex}@example.com")
        for _ in range(2):
            assert by_token(door, corp.id_token()).status_code == 200
        ((body, _headers),) = app.asked
        assert json.loads(body)["user"]["app_metadata"] == {"provider": "custom:corp"}
        corp.person = someone(email=f"{uuid4().hex}@blocked.example")
        assert code(by_token(door, corp.id_token())) == (403, "hook_refused")
