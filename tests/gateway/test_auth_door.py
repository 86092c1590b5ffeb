"""The auth door, spoken to as any HTTP client would: sign-up, sign-in, the user, signing out, errors by version."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from tests.accounts import NEW, an_email
from tests.conftest import Running

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    headers = {"apikey": server.settings.anon_key, **NEW}
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=headers, timeout=30) as client:
        yield client


def sign_up(door: httpx.Client, **body: object) -> dict:
    answer = door.post("/signup", json={"email": an_email(), "password": PASSWORD, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(session: dict) -> dict[str, str]:
    return {"authorization": f"Bearer {session['access_token']}"}


def refused(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["x-sb-error-code"] == code
    assert answer.headers["x-supabase-api-version"] == "2024-01-01"
    return answer.json()["message"]


def test_signing_up_answers_with_a_session_and_a_confirmed_user(door: httpx.Client, server: Running) -> None:
    session = sign_up(door, email="Ada@Example.com", data={"display_name": "Ada"})
    assert session["token_type"] == "bearer"
    assert session["expires_in"] == 3600
    assert len(session["refresh_token"]) == 12
    user = session["user"]
    assert user["email"] == "ada@example.com"
    assert user["phone"] == ""
    assert user["aud"] == user["role"] == "authenticated"
    assert user["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert user["user_metadata"]["display_name"] == "Ada"
    assert user["is_anonymous"] is False
    assert user["confirmed_at"].endswith("Z")
    assert user["last_sign_in_at"]
    assert "banned_until" not in user
    assert "encrypted_password" not in json.dumps(session)
    (identity,) = user["identities"]
    assert identity["provider"] == "email"
    assert identity["id"] == identity["user_id"] == user["id"]
    assert identity["identity_data"]["sub"] == user["id"]
    claims = jwt.decode(session["access_token"], server.settings.jwt_secret, ["HS256"], audience="authenticated")
    assert claims["iss"] == f"{server.url}/auth/v1"
    assert claims["sub"] == user["id"]
    assert claims["exp"] == session["expires_at"] == claims["iat"] + 3600
    assert claims["role"] == "authenticated"
    assert claims["aal"] == "aal1"
    assert [entry["method"] for entry in claims["amr"]] == ["password"]
    assert claims["is_anonymous"] is False


def test_an_address_signs_up_once(door: httpx.Client) -> None:
    email = sign_up(door)["user"]["email"]
    answer = door.post("/signup", json={"email": email.upper(), "password": PASSWORD})
    assert refused(answer, 422, "user_already_exists") == "User already registered"


def test_a_short_password_is_weak_and_says_why(door: httpx.Client) -> None:
    answer = door.post("/signup", json={"email": an_email(), "password": "12345"})
    refused(answer, 422, "weak_password")
    assert answer.json()["weak_password"] == {"reasons": ["length"]}


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nobody", "password": PASSWORD},
        {"email": "a@b@c.com", "password": PASSWORD},
        {"email": "a b@example.com", "password": PASSWORD},
        {"email": "x" * 250 + "@example.com", "password": PASSWORD},
        {"email": "no-password@example.com"},
        {"email": "long@example.com", "password": "ğ" * 37},
        {"password": PASSWORD},
        {"email": "nul@example.com", "password": PASSWORD, "data": {"a": "\x00"}},
    ],
)
def test_what_cannot_be_an_account_is_refused(door: httpx.Client, body: dict[str, object]) -> None:
    refused(door.post("/signup", json=body), 400, "validation_failed")


@pytest.mark.parametrize("content", [b"{", b"[]", b'"text"', b'{"email": 7}', b'{"data": []}', b"\xff"])
def test_a_body_that_is_no_object_of_ours_is_refused(door: httpx.Client, content: bytes) -> None:
    refused(door.post("/signup", content=content), 400, "bad_json")


@pytest.mark.parametrize(
    "value",
    [
        json.dumps("x" * 5000),
        json.dumps("ğ" * 2100),
        json.dumps("😀" * 1100),
        "1e30",
        "[" * 300 + "]" * 300,
        "123456789012345678901",
    ],
)
def test_metadata_that_would_break_a_token_is_refused(door: httpx.Client, value: str) -> None:
    session = door.post("/signup", json={}).json()
    body = f'{{"data": {{"value": {value}}}}}'
    refused(door.post("/signup", content=body), 422, "validation_failed")
    refused(door.put("/user", content=body, headers=bearer(session)), 422, "validation_failed")
    assert door.get("/user", headers=bearer(session)).json()["user_metadata"] == {}


@pytest.mark.parametrize("letter", ["x", "ğ", "😀"])
def test_metadata_of_any_letters_fits_its_token_up_to_the_bound(door: httpx.Client, letter: str) -> None:
    text = letter * (3900 // len(letter.encode()))
    session = door.post("/signup", json={"data": {"value": text}}).json()
    user = door.get("/user", headers=bearer(session)).json()
    assert user["user_metadata"] == {"value": text}
    assert door.put("/user", json={"data": {"value": None}}, headers=bearer(session)).status_code == 200


def test_a_failing_trigger_fails_the_sign_up_and_is_named(door: httpx.Client, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("""
            create function public.refuse_user() returns trigger language plpgsql as
            $$ begin raise exception 'no room for %', new.email; end $$;
            create trigger on_auth_user_refused after insert on auth.users for each row
              when (new.email like 'refused%') execute function public.refuse_user();
        """)
    answer = door.post("/signup", json={"email": "refused@example.com", "password": PASSWORD})
    message = refused(answer, 500, "unexpected_failure")
    assert "on_auth_user_refused" in message
    assert "no room for refused@example.com" in message
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select 1 from auth.users where email like 'refused%'").fetchone() is None


def test_the_right_password_signs_in_and_is_audited(door: httpx.Client, database_url: str) -> None:
    user = sign_up(door)["user"]
    answer = door.post("/token?grant_type=password", json={"email": user["email"].upper(), "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == user["id"]
    with psycopg.connect(database_url) as conn:
        actions = conn.execute(
            "select payload ->> 'action' from auth.audit_log_entries"
            " where payload ->> 'actor_id' = %s order by created_at",
            (user["id"],),
        ).fetchall()
    assert [action for (action,) in actions] == ["user_signedup", "login"]


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(door: httpx.Client) -> None:
    email = sign_up(door)["user"]["email"]
    wrong = door.post("/token?grant_type=password", json={"email": email, "password": "wrong horse"})
    unknown = door.post("/token?grant_type=password", json={"email": an_email(), "password": PASSWORD})
    too_long = door.post("/token?grant_type=password", json={"email": email, "password": PASSWORD + "x" * 90})
    assert wrong.json() == unknown.json() == too_long.json()
    assert refused(wrong, 400, "invalid_credentials") == "Invalid login credentials"


def test_an_unknown_grant_is_refused(door: httpx.Client) -> None:
    refused(door.post("/token?grant_type=magic", json={}), 400, "invalid_credentials")
    refused(door.post("/token", json={}), 400, "invalid_credentials")


def test_older_clients_get_the_older_error(door: httpx.Client) -> None:
    answer = door.post(
        "/token?grant_type=password",
        json={"email": an_email(), "password": PASSWORD},
        headers={"x-supabase-api-version": "2023-01-01"},
    )
    assert answer.json() == {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
    assert answer.headers["x-sb-error-code"] == "invalid_credentials"
    assert "x-supabase-api-version" not in answer.headers


def test_the_user_is_shown_to_its_own_token_alone(door: httpx.Client, server: Running) -> None:
    session = sign_up(door)
    assert door.get("/user", headers=bearer(session)).json() == session["user"]
    refused(door.get("/user"), 401, "no_authorization")
    refused(door.get("/user", headers={"authorization": "Bearer nonsense"}), 403, "bad_jwt")
    refused(door.get("/user", headers={"authorization": f"Bearer {server.settings.anon_key}"}), 403, "bad_jwt")
    forged = jwt.encode({"sub": session["user"]["id"], "role": "authenticated"}, "x" * 32, "HS256")
    refused(door.get("/user", headers={"authorization": f"Bearer {forged}"}), 403, "bad_jwt")
    head, body, _ = session["access_token"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    refused(door.get("/user", headers={"authorization": f"Bearer {unsigned}.{body}."}), 403, "bad_jwt")
    assert head != unsigned


def test_a_user_changes_their_data_key_by_key(door: httpx.Client) -> None:
    session = sign_up(door, data={"keep": 1, "drop": 2})
    answer = door.put("/user", json={"data": {"drop": None, "add": [3]}}, headers=bearer(session))
    metadata = answer.json()["user_metadata"]
    assert (metadata["keep"], metadata["add"]) == (1, [3])
    assert "drop" not in metadata


def test_a_user_cannot_change_what_the_server_keeps_about_them(door: httpx.Client) -> None:
    session = sign_up(door)
    refused(door.put("/user", json={"app_metadata": {"role": "admin"}}, headers=bearer(session)), 403, "not_admin")
    answer = door.put("/user", json={"role": "service_role", "id": str(uuid4())}, headers=bearer(session))
    assert (answer.json()["role"], answer.json()["id"]) == ("authenticated", session["user"]["id"])


def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(door: httpx.Client) -> None:
    session = sign_up(door)
    email = session["user"]["email"]
    elsewhere = door.post("/token?grant_type=password", json={"email": email, "password": PASSWORD}).json()
    refused(door.put("/user", json={"password": PASSWORD}, headers=bearer(session)), 422, "same_password")
    refused(door.put("/user", json={"password": "short"}, headers=bearer(session)), 422, "weak_password")
    wrong = {"password": "battery staple", "current_password": "not it"}
    refused(door.put("/user", json=wrong, headers=bearer(session)), 400, "current_password_invalid")
    right = {"password": "battery staple", "current_password": PASSWORD}
    assert door.put("/user", json=right, headers=bearer(session)).status_code == 200
    assert door.get("/user", headers=bearer(session)).status_code == 200
    refused(door.get("/user", headers=bearer(elsewhere)), 403, "session_not_found")
    refused(
        door.post("/token?grant_type=password", json={"email": email, "password": PASSWORD}), 400, "invalid_credentials"
    )
    again = door.post("/token?grant_type=password", json={"email": email, "password": "battery staple"})
    assert again.status_code == 200


def test_a_new_address_replaces_the_old_one_unless_it_is_taken(door: httpx.Client, database_url: str) -> None:
    session, other = sign_up(door), sign_up(door)
    taken = {"email": other["user"]["email"]}
    refused(door.put("/user", json=taken, headers=bearer(session)), 422, "email_exists")
    with psycopg.connect(database_url) as conn:
        met = "select kind, wanted_by::text from private.account_conflicts where held_by = %s"
        assert conn.execute(met, [other["user"]["id"]]).fetchall() == [("email", session["user"]["id"])]
    moved = door.put("/user", json={"email": f"New.{an_email()}"}, headers=bearer(session)).json()
    assert moved["email"].startswith("new.")
    assert [identity["email"] for identity in moved["identities"]] == [moved["email"]]
    again = door.post("/token?grant_type=password", json={"email": moved["email"], "password": PASSWORD})
    assert again.status_code == 200


def test_an_anonymous_user_becomes_a_permanent_one_and_keeps_their_id(door: httpx.Client, server: Running) -> None:
    session = door.post("/signup", json={"data": {"theme": "dark"}}).json()
    assert session["user"]["is_anonymous"] is True
    assert session["user"]["email"] == ""
    assert session["user"]["identities"] == []
    claims = jwt.decode(session["access_token"], server.settings.jwt_secret, ["HS256"], audience="authenticated")
    assert claims["is_anonymous"] is True
    assert [entry["method"] for entry in claims["amr"]] == ["anonymous"]
    refused(door.put("/user", json={"password": PASSWORD}, headers=bearer(session)), 422, "validation_failed")
    email = an_email()
    kept = door.put("/user", json={"email": email, "password": PASSWORD}, headers=bearer(session)).json()
    assert (kept["id"], kept["is_anonymous"], kept["email"]) == (session["user"]["id"], False, email)
    assert kept["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert kept["user_metadata"]["theme"] == "dark"
    again = door.post("/token?grant_type=password", json={"email": email, "password": PASSWORD})
    assert again.json()["user"]["id"] == kept["id"]


def test_signing_out_ends_what_its_scope_says(door: httpx.Client) -> None:
    first = sign_up(door)
    login = {"email": first["user"]["email"], "password": PASSWORD}
    second, third = (door.post("/token?grant_type=password", json=login).json() for _ in range(2))

    def is_in(session: dict) -> bool:
        return door.get("/user", headers=bearer(session)).status_code == 200

    assert door.post("/logout?scope=local", headers=bearer(first)).status_code == 204
    assert [is_in(each) for each in (first, second, third)] == [False, True, True]
    assert door.post("/logout?scope=others", headers=bearer(second)).status_code == 204
    assert [is_in(each) for each in (first, second, third)] == [False, True, False]
    refused(door.post("/logout?scope=some", headers=bearer(second)), 400, "validation_failed")
    assert door.post("/logout", headers=bearer(second)).status_code == 204
    refused(door.get("/user", headers=bearer(second)), 403, "session_not_found")
    spent = door.post("/token?grant_type=refresh_token", json={"refresh_token": second["refresh_token"]})
    refused(spent, 400, "refresh_token_not_found")


def test_a_deleted_user_s_token_opens_nothing(door: httpx.Client, database_url: str) -> None:
    session = sign_up(door)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("delete from auth.users where id = %s", (session["user"]["id"],))
    refused(door.get("/user", headers=bearer(session)), 403, "user_not_found")


def test_the_door_describes_itself(door: httpx.Client) -> None:
    assert door.get("/settings").json()["external"]["email"] is True
    assert door.get("/settings").json()["mailer_autoconfirm"] is True
    assert door.get("/health").json()["name"] == "GoTrue"
    keys = door.get("/.well-known/jwks.json")
    assert keys.json() == {"keys": []}
    assert "max-age=600" in keys.headers["cache-control"]
    refused(door.get("/nowhere"), 404, "not_found")
    refused(door.delete("/signup"), 404, "not_found")
