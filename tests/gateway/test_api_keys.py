"""The `apikey` that clients send with every request: a wrong one is refused at every door, none is nobody's."""

from __future__ import annotations

import time
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Running
from tests.world import token

DOORS = [
    ("GET", "/rest/v1/gifts"), ("POST", "/auth/v1/token?grant_type=password"), ("GET", "/auth/v1/settings"),
    ("GET", "/functions/v1/coins/wallet"), ("GET", "/storage/v1/bucket"), ("GET", "/storage/v1/object/public/avatars/a.png"),
    ("POST", "/realtime/v1/api/broadcast"),
]  # fmt: skip
WRONG = ["sb_publishable_wrong", "sb_secret_wrong", "nonsense", token(uuid4(), secret="x" * 40), token(uuid4(), exp=1)]
AT_DOORS = pytest.mark.parametrize(("method", "path"), DOORS)


@AT_DOORS
@pytest.mark.parametrize("key", WRONG, ids=["publishable", "secret", "nonsense", "foreign", "expired"])
def test_a_wrong_key_is_told_at_every_door_whoever_asks_with_it(
    server: Running, method: str, path: str, key: str
) -> None:
    good = {"authorization": f"Bearer {token(uuid4())}"}
    for headers in ({"apikey": key}, {"apikey": key, **good}):
        refused = httpx.request(method, f"{server.url}{path}", headers=headers, json={})
        assert (refused.status_code, refused.json()["message"]) == (401, "Invalid API key")
        assert refused.json()["hint"] == "`sahne keys` prints the keys of this server."


@AT_DOORS
def test_with_one_of_ours_a_users_token_or_none_the_door_answers(server: Running, method: str, path: str) -> None:
    settings = server.settings
    keys = [settings.publishable_key, settings.anon_key, settings.secret_key, settings.service_role_key, token(uuid4())]
    for headers in ({}, {"apikey": ""}, *({"apikey": key} for key in keys)):
        answer = httpx.request(method, f"{server.url}{path}", headers=headers, json={})
        assert "Invalid API key" not in answer.text


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/docs", "/config.json"])
def test_who_wants_no_door_is_asked_for_none(server: Running, path: str) -> None:
    assert httpx.get(f"{server.url}{path}", headers={"apikey": "nonsense"}).status_code == 200


def test_an_opaque_key_that_is_no_bearer_of_ours_is_called_a_key(server: Running) -> None:
    headers = {"authorization": "Bearer sb_publishable_wrong"}
    for path in ("/rest/v1/gifts", "/functions/v1/coins/wallet", "/storage/v1/bucket", "/auth/v1/user"):
        said = httpx.get(f"{server.url}{path}", headers=headers).json()
        assert said.get("message", said.get("msg")).endswith("Invalid API key")
        assert said["hint"] == "`sahne keys` prints the keys of this server."


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"exp": int(time.time()) - 1}, "Refresh the session (supabase.auth.refreshSession) and try again."),
        ({"secret": "x" * 40}, "Sign in again: it is no token of this server, or of before its secret changed."),
    ],
    ids=["expired", "foreign"],
)
def test_what_to_do_about_a_token_is_said_alike_at_every_door(
    server: Running, wrong: dict[str, str], hint: str
) -> None:
    headers = {"authorization": f"Bearer {token(uuid4(), **wrong)}"}
    for path in ("/rest/v1/gifts", "/functions/v1/coins/wallet", "/storage/v1/bucket", "/auth/v1/user"):
        refused = httpx.get(f"{server.url}{path}", headers=headers)
        assert refused.json()["hint"] == hint, path
