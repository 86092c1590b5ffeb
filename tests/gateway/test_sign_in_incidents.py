"""What went wrong with signing in elsewhere, tried here: each a class of incidents that became public (`incidents.md`)."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from tests.accounts import NEW, an_email, code
from tests.conftest import Running
from tests.factors import PASSWORD
from tests.letters import Inbox, mine, sign_up
from tests.world import World

DOORS = (
    ("GET", "/auth/v1/user"),
    ("GET", "/rest/v1/scenes?select=id"),
    ("POST", "/storage/v1/object/list/photos"),
    ("GET", "/functions/v1/coins/wallet"),
    ("POST", "/realtime/v1/api/broadcast"),
)
KELVIN = "\u212a"  # a letter that is a `k` in lower case


@pytest.fixture(scope="module")
def door(server: Running) -> httpx.Client:
    return httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30)


def test_a_token_whose_end_is_no_number_opens_no_door(server: Running, world: World) -> None:
    """CVE-2026-54238: an `exp` that was a text was read as none, and never came."""
    user = str(world.person())
    good = {"sub": user, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 600}
    odd = [good | {"exp": end} for end in (str(good["exp"]), None, True, [good["exp"]], float("inf"), 1e300, -1)]
    odd.append({name: value for name, value in good.items() if name != "exp"})
    odd += [good | {"role": role} for role in (None, "", ["service_role"], "postgres", "supabase_auth_admin")]
    for claims in odd:
        bearer = {"authorization": f"Bearer {jwt.encode(claims, server.settings.jwt_secret, 'HS256')}"}
        for method, path in DOORS:
            answer = httpx.request(method, server.url + path, headers=bearer, json={"prefix": "", "messages": []})
            assert answer.status_code in (400, 401, 403), (claims, path, answer.text)


def test_an_id_with_dots_in_it_names_nobody_else(server: Running, door: httpx.Client) -> None:
    """CVE-2025-48370: an id went unread into an administrator's address, and `../` led to another operation."""
    service = {"authorization": f"Bearer {server.settings.service_role_key}"}
    user = sign_up(door, an_email())["user"]["id"]
    other = sign_up(door, an_email())["user"]["id"]
    for id in (
        f"{other}%2f..%2f{user}",
        f"..%2f..%2fadmin%2fusers%2f{user}",
        f"{user}%00",
        f"{{{user}}}",
        f"{user}%2f",
    ):
        for method in ("GET", "PUT", "DELETE"):
            answer = door.request(method, f"/admin/users/{id}", headers=service, json={"ban_duration": "1h"})
            assert answer.status_code == 404, (method, id, answer.text)
    shown = door.get(f"/admin/users/{user}", headers=service).json()
    assert "banned_until" not in shown


def test_a_letter_that_becomes_another_one_in_lower_case_makes_no_two_addresses_one(
    door: httpx.Client, inbox: Inbox
) -> None:
    """A code host's passwords were reset by an address that was another's in small letters."""
    mark = uuid4().hex[:8]
    owner = sign_up(door, f"jack{mark}@example.com")["user"]
    thief = f"jac{KELVIN}{mark}@example.com"
    assert thief.lower() == owner["email"]
    for path, body in (
        ("/signup", {"password": PASSWORD}), ("/recover", {}), ("/otp", {}), ("/resend", {"type": "signup"}),
        ("/verify", {"type": "email", "token": "123456"}),
    ):  # fmt: skip
        assert code(door.post(path, json={"email": thief} | body)) == (400, "validation_failed"), path
    mine_now = sign_up(door, an_email())
    assert code(door.put("/user", json={"email": thief}, headers=mine(mine_now))) == (400, "validation_failed")
    assert inbox.letters(owner["email"]) == []


def test_the_link_of_a_letter_leads_to_us_whatever_host_was_asked(
    server: Running, door: httpx.Client, inbox: Inbox
) -> None:
    """Letters for a forgotten password were made to lead to a thief, by the header that says which host is asked."""
    email = an_email()
    sign_up(door, email)
    lies = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-forwarded-proto": "https"}
    query = {"redirect_to": "https://evil.example/steal"}
    assert door.post("/recover", json={"email": email}, headers=lies, params=query).json() == {}
    letter = inbox.newest(email)
    assert letter.link
    assert letter.link.startswith(f"{server.settings.api_url}/auth/v1/verify?")
    assert "evil" not in letter.text + letter.html


def test_who_signs_up_says_nothing_of_what_they_may(server: Running, door: httpx.Client, world: World) -> None:
    """Sign-ups of other makers took the role, the plan and the mark of being checked out of what they were sent."""
    wanted = {"role": "admin", "is_admin": True, "is_creator": True, "is_premium": True, "generation_count": -5}
    kept = {"app_metadata": {"role": "admin"}, "role": "service_role", "email_confirm": True, "is_super_admin": True}
    body = {"email": an_email(), "password": PASSWORD, "data": wanted, **kept}
    session = door.post("/signup", json=body).json()
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert (claims["role"], claims["app_metadata"]) == ("authenticated", {"provider": "email", "providers": ["email"]})
    user = UUID(session["user"]["id"])
    (row,) = world.owner(
        "select role, is_creator, is_premium, generation_count from public.profiles where id = %s", user
    )
    assert row == {"role": "user", "is_creator": False, "is_premium": False, "generation_count": 0}
    assert httpx.get(f"{server.url}/functions/v1/admin/users", headers=mine(session)).status_code == 403
