"""Tokens that a key signs and anybody can check: at every door, changed without signing anybody out, and another project's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from sahne.gateway.key_sets import ASKED_SECONDS_MIN
from sahne.settings import Settings
from sahne.signing_keys import SigningKey, new_key, write_keys
from tests.accounts import NEW
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually

OLD, NEXT = (new_key(algorithm, signs=True) for algorithm in ("RS256", "ES256"))

TAKEN = [200, 200, 200, 200, 202]
REFUSED = [401, 403, 401, 400, 401]  # Storage has one status for what it refuses


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    write_keys(file, (OLD, replace(NEXT, signs=False)))
    return file


@pytest.fixture(scope="module")
def signing(settings: Settings, keys: Path) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), jwt_keys=keys)) as running:
        yield running


def signed_up(server: Running) -> dict[str, Any]:
    body = {"email": f"{uuid4().hex}@example.com", "password": "sahne-demo"}
    session: dict[str, Any] = httpx.post(f"{server.url}/auth/v1/signup", json=body, headers=NEW).json()
    return session


def everywhere(server: Running, token: str) -> list[int]:
    """What each door that reads tokens answers to one."""
    headers = {"authorization": f"Bearer {token}", "apikey": server.settings.publishable_key}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        return [
            client.get("/rest/v1/live_sessions?limit=1").status_code,
            client.get("/auth/v1/user").status_code,
            client.get("/functions/v1/coins/wallet").status_code,
            client.post("/storage/v1/object/list/avatars", json={"prefix": ""}).status_code,
            client.post(
                "/realtime/v1/api/broadcast", json={"messages": [{"topic": "room", "event": "hello", "payload": {}}]}
            ).status_code,
        ]


def test_tokens_name_their_key_and_the_public_one_checks_them(signing: Running) -> None:
    token = signed_up(signing)["access_token"]
    assert jwt.get_unverified_header(token)["kid"] == OLD.id
    read = jwt.PyJWKClient(f"{signing.url}/auth/v1/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, read, algorithms=["RS256", "ES256"], audience="authenticated")
    assert claims["iss"] == f"{signing.url}/auth/v1"


def test_keys_are_shown_without_what_makes_them_private(signing: Running) -> None:
    answer = httpx.get(f"{signing.url}/auth/v1/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=600"
    assert [key["kid"] for key in answer.json()["keys"]] == [OLD.id, NEXT.id]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & {name for key in answer.json()["keys"] for name in key}


def test_a_key_is_changed_and_everybody_stays_in(signing: Running, keys: Path) -> None:
    before = signed_up(signing)
    write_keys(keys, (replace(OLD, signs=False), NEXT))
    with running_server(replace(signing.settings, port=free_port())) as after:
        assert everywhere(after, before["access_token"]) == everywhere(signing, before["access_token"]) == TAKEN
        body = {"refresh_token": before["refresh_token"]}
        answer = httpx.post(f"{after.url}/auth/v1/token?grant_type=refresh_token", json=body, headers=NEW)
        token = answer.json()["access_token"]
        assert jwt.get_unverified_header(token)["kid"] == NEXT.id
        assert (
            everywhere(signing, token) == everywhere(after, token) == TAKEN
        )  # the one that was not restarted yet knows it too
    write_keys(keys, (NEXT,))
    with running_server(replace(signing.settings, port=free_port())) as retired:
        assert everywhere(retired, before["access_token"]) == REFUSED
        assert everywhere(retired, token) == TAKEN


class Project:
    """Another project's `/.well-known/jwks.json`, over a real socket; what it shows can be changed, or fail."""

    def __init__(self) -> None:
        self.shown: Any = {"keys": []}
        self.status = 200
        self.asked = 0
        project = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                project.asked += 1
                content = json.dumps(project.shown).encode()
                self.send_response(project.status if self.path.endswith("/auth/v1/.well-known/jwks.json") else 404)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/auth/v1"

    def token(self, key: SigningKey, **claims: Any) -> str:
        said = {"iss": self.issuer, "role": "authenticated", "sub": str(uuid4()), "exp": int(time.time()) + 600}
        return jwt.encode(said | claims, key.key, key.algorithm, {"kid": key.id})


@pytest.fixture
def project() -> Iterator[Project]:
    made = Project()
    thread = threading.Thread(target=made.server.serve_forever, name="another project")
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def rest(server: Running, token: str) -> int:
    headers = {"authorization": f"Bearer {token}", "apikey": server.settings.publishable_key}
    return httpx.get(f"{server.url}/rest/v1/live_sessions?limit=1", headers=headers).status_code


def test_another_projects_tokens_open_every_door(settings: Settings, project: Project) -> None:
    project.shown = {"keys": [OLD.public.jwk]}
    with running_server(replace(settings, port=free_port(), token_issuers=project.issuer)) as server:
        theirs = project.token(OLD)
        assert everywhere(server, theirs) == [200, 403, 200, 200, 202]  # no account of ours
        assert rest(server, project.token(OLD, iss="https://elsewhere.example.com/auth/v1")) == 401
        assert rest(server, project.token(OLD, role="postgres")) == 401
        assert rest(server, project.token(NEXT)) == 401


def test_a_key_that_another_project_shows_or_hides_is_noticed(settings: Settings, project: Project) -> None:
    project.shown = {"keys": [OLD.public.jwk]}
    with running_server(replace(settings, port=free_port(), token_issuers=project.issuer)) as server:
        old, new = project.token(OLD), project.token(NEXT)
        assert rest(server, old) == 200
        project.shown = {"keys": [NEXT.public.jwk]}
        eventually(lambda: rest(server, new) == 200)
        assert rest(server, old) == 401
        asked, began = project.asked, time.monotonic()
        for _ in range(20):
            assert rest(server, project.token(OLD)) == 401
        passed = time.monotonic() - began
        assert project.asked <= asked + 1 + passed // ASKED_SECONDS_MIN  # whoever invents keys makes us ask nobody


@pytest.mark.parametrize(
    "shown", [[], {"keys": 7}, {"keys": [{"kty": "EC"}]}, "x" * 300_000], ids=lambda shown: str(shown)[:20]
)
def test_a_project_that_shows_nothing_good_opens_nothing(settings: Settings, project: Project, shown: object) -> None:
    project.shown = shown
    with running_server(replace(settings, port=free_port(), token_issuers=project.issuer)) as server:
        assert rest(server, project.token(OLD)) == 401
        assert rest(server, server.settings.anon_key) == 200


def test_a_project_that_cannot_be_reached_keeps_its_keys_and_nobody_else_out(
    settings: Settings, project: Project
) -> None:
    project.shown = {"keys": [OLD.public.jwk]}
    with running_server(replace(settings, port=free_port(), token_issuers=project.issuer)) as server:
        project.status, asked = 500, project.asked
        assert rest(server, project.token(NEXT)) == 401
        eventually(lambda: project.asked > asked)
        assert rest(server, project.token(OLD)) == 200
        assert rest(server, server.settings.anon_key) == 200
