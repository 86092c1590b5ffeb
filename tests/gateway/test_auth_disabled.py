"""What the auth door has not says so by the name clients look for, and makes nobody who could never come in."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.accounts import NEW, an_email, code
from tests.conftest import Running
from tests.world import World, bearer

ANY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=20) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("POST", "/sso", (404, "saml_provider_disabled")),
        ("GET", "/sso/saml/metadata", (404, "saml_provider_disabled")),
        ("POST", "/sso/saml/acs", (404, "saml_provider_disabled")),
        ("GET", "/passkeys", (404, "passkey_disabled")),
        ("POST", "/passkeys/registration/options", (404, "passkey_disabled")),
        ("POST", "/passkeys/authentication/verify", (404, "passkey_disabled")),
        ("DELETE", f"/passkeys/{ANY}", (404, "passkey_disabled")),
        ("GET", "/user/identities/authorize?provider=github", (404, "manual_linking_disabled")),
        ("DELETE", f"/user/identities/{ANY}", (404, "manual_linking_disabled")),
        ("POST", "/token?grant_type=web3", (422, "web3_provider_disabled")),
        ("GET", "/authorize?provider=google", (400, "validation_failed")),
    ],
)
def test_a_way_in_that_is_not_there_is_named(
    door: httpx.Client, world: World, method: str, path: str, refused: tuple[int, str]
) -> None:
    answer = door.request(method, path, headers=bearer(world.person()))
    assert code(answer) == refused
    assert "disabled" in answer.json()["message"]


def test_settings_tell_that_there_are_no_passkeys(door: httpx.Client) -> None:
    assert door.get("/settings").json()["passkeys_enabled"] is False


def test_nobody_comes_by_a_provider_that_the_settings_do_not_name(door: httpx.Client, server: Running) -> None:
    asked = {"provider": "google", "id_token": "a.b.c"}
    assert code(door.post("/token?grant_type=id_token", json=asked)) == (400, "validation_failed")
    back = door.get("/callback?code=1&state=2")
    assert back.headers["location"].startswith(f"{server.url}?error=invalid_request&error_code=bad_oauth_state")
    external = door.get("/settings").json()["external"]
    assert not any(external[name] for name in ("apple", "google", "github", "facebook", "discord"))


def test_what_is_no_way_in_at_all_is_no_path(door: httpx.Client) -> None:
    assert door.post("/sso/other").status_code == 404
    assert code(door.post("/sso/other"))[1] != "saml_provider_disabled"
    assert code(door.post("/token?grant_type=wishes", json={})) == (400, "invalid_credentials")
    assert code(door.delete(f"/user/identities/{ANY}")) == (401, "no_authorization")


def test_nobody_is_made_who_has_a_phone_alone(door: httpx.Client, service: dict[str, str]) -> None:
    alone = door.post("/admin/users", json={"phone": "+15550002222", "password": "sahne-demo"}, headers=service)
    assert code(alone) == (400, "phone_provider_disabled")
    both = {"phone": "+15550002222", "email": an_email(), "password": "sahne-demo", "email_confirm": True}
    made = door.post("/admin/users", json=both, headers=service)
    assert made.status_code == 200
    body = {"email": both["email"], "password": "sahne-demo"}
    assert door.post("/token?grant_type=password", json=body).status_code == 200


def test_an_anonymous_user_does_not_become_one_with_a_phone_alone(
    door: httpx.Client, service: dict[str, str], world: World
) -> None:
    guest, ada = world.person(anonymous=True), world.person()
    phone = {"phone": "+15550003333"}
    assert code(door.put(f"/admin/users/{guest}", json=phone, headers=service)) == (400, "phone_provider_disabled")
    assert door.put(f"/admin/users/{ada}", json=phone, headers=service).status_code == 200


def test_what_to_do_instead_stands_in_the_message(door: httpx.Client) -> None:
    assert "with a password" in door.get("/authorize?provider=google").json()["message"]
