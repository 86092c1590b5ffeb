"""What the service key may do to users, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import bcrypt
import httpx
import jwt
import pytest

from tests.accounts import NEW, an_email, code
from tests.conftest import Running

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {server.settings.service_role_key}", **NEW}
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=headers, timeout=30) as client:
        yield client


def create(door: httpx.Client, **body: object) -> dict:
    answer = door.post("/admin/users", json={"email": an_email(), "password": PASSWORD, "email_confirm": True, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(door: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return door.post("/token?grant_type=password", json={"email": email, "password": password})


def test_only_the_service_key_opens_the_admin_routes(door: httpx.Client, server: Running) -> None:
    session = door.post("/signup", json={"email": an_email(), "password": PASSWORD}).json()
    path = f"/admin/users/{session['user']['id']}"
    forged = jwt.encode({"role": "supabase_admin"}, server.settings.jwt_secret, "HS256")
    for token, expected in (
        (session["access_token"], (403, "not_admin")),
        (server.settings.anon_key, (403, "not_admin")),
        (server.settings.publishable_key, (403, "not_admin")),
        (forged, (403, "bad_jwt")),
    ):
        headers = {"authorization": f"Bearer {token}"}
        assert code(door.get("/admin/users", headers=headers)) == expected
        assert code(door.post("/admin/users", json={}, headers=headers)) == expected
        assert code(door.get(path, headers=headers)) == expected
        assert code(door.put(path, json={"role": "service_role"}, headers=headers)) == expected
        assert code(door.delete(path, headers=headers)) == expected
    assert code(door.get("/admin/users", headers={"authorization": ""})) == (401, "no_authorization")
    secret = {"authorization": f"Bearer {server.settings.secret_key}"}
    assert door.get("/admin/users", headers=secret).status_code == 200


def test_a_created_user_has_what_was_described(door: httpx.Client) -> None:
    user_id = str(uuid4())
    user = create(
        door, id=user_id, phone="+90 555 111 22 33", phone_confirm=True,
        user_metadata={"name": "Bo"}, app_metadata={"plan": "gold"},
    )  # fmt: skip
    assert user["id"] == user_id
    assert user["phone"] == "905551112233"
    assert user["user_metadata"]["name"] == "Bo"
    assert user["app_metadata"] == {"provider": "email", "providers": ["email", "phone"], "plan": "gold"}
    assert {identity["provider"] for identity in user["identities"]} == {"email", "phone"}
    assert sign_in(door, user["email"]).status_code == 200


def test_an_unconfirmed_user_waits_for_confirmation(door: httpx.Client) -> None:
    user = create(door, email_confirm=False)
    assert "email_confirmed_at" not in user
    assert code(sign_in(door, user["email"])) == (400, "email_not_confirmed")
    assert code(sign_in(door, user["email"], "wrong horse")) == (400, "invalid_credentials")
    door.put(f"/admin/users/{user['id']}", json={"email_confirm": True})
    assert sign_in(door, user["email"]).status_code == 200


def test_an_imported_hash_signs_in(door: httpx.Client) -> None:
    email = an_email()
    imported = bcrypt.hashpw(b"from elsewhere", bcrypt.gensalt(4)).decode()
    assert (
        door.post("/admin/users", json={"email": email, "password_hash": imported, "email_confirm": True}).status_code
        == 200
    )
    assert sign_in(door, email, "from elsewhere").status_code == 200
    refused = door.post("/admin/users", json={"email": an_email(), "password_hash": "plain"})
    assert code(refused) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "validation_failed")),
        ({"email": "nobody"}, (400, "validation_failed")),
        ({"phone": "call me"}, (400, "validation_failed")),
        ({"email": "weak@example.com", "password": "1"}, (422, "weak_password")),
        ({"email": "a@example.com", "ban_duration": "soon"}, (400, "validation_failed")),
        ({"email": "a@example.com", "id": "7"}, (400, "validation_failed")),
    ],
)
def test_a_user_that_cannot_be_is_not_created(door: httpx.Client, body: dict, expected: tuple[int, str]) -> None:
    assert code(door.post("/admin/users", json=body)) == expected


def test_addresses_and_numbers_are_held_once(door: httpx.Client) -> None:
    user, other = create(door, phone="+15550001111"), create(door)
    assert code(door.post("/admin/users", json={"email": user["email"]})) == (422, "email_exists")
    assert code(door.post("/admin/users", json={"phone": "15550001111", "email": an_email()})) == (422, "phone_exists")
    assert code(door.post("/admin/users", json={"email": an_email(), "id": user["id"]})) == (422, "user_already_exists")
    taken = door.put(f"/admin/users/{other['id']}", json={"email": user["email"]})
    assert code(taken) == (422, "email_exists")


def test_users_are_paged_newest_first_with_their_number(door: httpx.Client) -> None:
    mark = uuid4().hex[:8]
    made = [create(door, email=an_email(f"{mark}.{i}."))["id"] for i in range(5)]
    first = door.get("/admin/users", params={"filter": mark, "page": 1, "per_page": 2})
    assert [user["id"] for user in first.json()["users"]] == made[:-3:-1]
    assert first.json()["aud"] == "authenticated"
    assert first.headers["x-total-count"] == "5"
    assert 'page=2>; rel="next"' in first.headers["link"].replace(f"filter={mark}&", "").replace("&per_page=2", "")
    assert 'rel="last"' in first.headers["link"]
    last = door.get("/admin/users", params={"filter": mark, "page": 3, "per_page": 2})
    assert [user["id"] for user in last.json()["users"]] == made[:1]
    assert 'rel="next"' not in last.headers["link"]
    assert door.get("/admin/users", params={"filter": "100%_"}).json()["users"] == []
    assert door.get("/admin/users", params={"filter": made[0]}).json()["users"][0]["id"] == made[0]
    assert door.get("/admin/users?page=&per_page=").status_code == 200
    assert code(door.get("/admin/users?per_page=0")) == (400, "validation_failed")
    assert code(door.get("/admin/users?page=minus")) == (400, "validation_failed")


def test_a_banned_user_neither_signs_in_nor_refreshes(door: httpx.Client) -> None:
    user = create(door)
    session = sign_in(door, user["email"]).json()
    banned = door.put(f"/admin/users/{user['id']}", json={"ban_duration": "1h30m"}).json()
    assert banned["banned_until"]
    assert code(sign_in(door, user["email"])) == (400, "user_banned")
    assert code(sign_in(door, user["email"], "wrong horse")) == (400, "invalid_credentials")
    token = {"refresh_token": session["refresh_token"]}
    assert code(door.post("/token?grant_type=refresh_token", json=token)) == (400, "user_banned")
    lifted = door.put(f"/admin/users/{user['id']}", json={"ban_duration": "none"}).json()
    assert "banned_until" not in lifted
    assert door.post("/token?grant_type=refresh_token", json=token).status_code == 200


def test_a_password_set_by_an_admin_ends_every_session(door: httpx.Client) -> None:
    user = create(door)
    session = sign_in(door, user["email"]).json()
    assert door.put(f"/admin/users/{user['id']}", json={"password": "battery staple"}).status_code == 200
    headers = {"authorization": f"Bearer {session['access_token']}"}
    assert code(door.get("/user", headers=headers)) == (403, "session_not_found")
    assert sign_in(door, user["email"], "battery staple").status_code == 200


def test_a_deleted_user_is_gone(door: httpx.Client) -> None:
    user = create(door)
    assert door.request("DELETE", f"/admin/users/{user['id']}", json={"should_soft_delete": False}).json() == {}
    assert code(door.get(f"/admin/users/{user['id']}")) == (404, "user_not_found")
    assert code(door.delete(f"/admin/users/{user['id']}")) == (404, "user_not_found")
    assert code(door.put(f"/admin/users/{user['id']}", json={})) == (404, "user_not_found")
    assert code(door.get("/admin/users/not-an-id")) == (404, "validation_failed")
    assert door.post("/signup", json={"email": user["email"], "password": PASSWORD}).status_code == 200


def test_a_softly_deleted_user_keeps_a_row_that_names_nobody(door: httpx.Client) -> None:
    user = create(door, user_metadata={"name": "Cem"})
    session = sign_in(door, user["email"]).json()
    door.request("DELETE", f"/admin/users/{user['id']}", json={"should_soft_delete": True})
    kept = door.get(f"/admin/users/{user['id']}").json()
    assert kept["deleted_at"]
    assert kept["email"] != user["email"]
    assert kept["user_metadata"] == {}
    assert kept["identities"] == []
    assert code(sign_in(door, user["email"])) == (400, "invalid_credentials")
    headers = {"authorization": f"Bearer {session['access_token']}"}
    assert code(door.get("/user", headers=headers)) == (403, "session_not_found")
