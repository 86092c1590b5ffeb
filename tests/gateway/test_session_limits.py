"""How long a session lives: from its sign-in, unused, and until the next sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.conftest import free_port, running_server


@pytest.fixture(scope="module")
def door(settings: Settings) -> Iterator[httpx.Client]:
    limited = replace(
        settings, port=free_port(), session_hours_max=24.0, session_idle_hours_max=2.0, session_single=True
    )
    with (
        running_server(limited) as server,
        httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def person() -> dict[str, str]:
    return {"email": f"{uuid4().hex}@example.com", "password": "sahne-demo"}


def refreshed(door: httpx.Client, session: dict) -> httpx.Response:
    return door.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]})


def let_pass(database_url: str, session: dict, hours: float, *, used: bool) -> None:
    """The session is so much older; `used` says that it was refreshed a moment ago."""
    statement = """
        update auth.sessions
           set created_at = created_at - %(hours)s * interval '1 hour',
               refreshed_at = case when %(used)s then now() at time zone 'utc'
                                   else refreshed_at - %(hours)s * interval '1 hour' end
         where user_id = %(id)s"""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(statement, {"hours": hours, "used": used, "id": session["user"]["id"]})


@pytest.mark.parametrize(
    ("hours", "used", "refusal"),
    [
        (1.9, False, None),
        (2.1, False, "Invalid Refresh Token: Session Expired (Inactivity)"),
        (23.9, True, None),
        (24.1, True, "Invalid Refresh Token: Session Expired"),
    ],
)
def test_a_session_ends_by_its_age_and_when_nobody_uses_it(
    door: httpx.Client, person: dict, database_url: str, hours: float, used: bool, refusal: str | None
) -> None:
    session = door.post("/signup", json=person).json()
    let_pass(database_url, session, hours, used=used)
    answer = refreshed(door, session)
    if refusal is None:
        assert answer.status_code == 200
    else:
        assert code(answer) == (400, "session_expired")
        assert answer.json()["message"] == refusal


def test_a_sign_in_ends_the_session_before_it(door: httpx.Client, person: dict) -> None:
    first = door.post("/signup", json=person).json()
    second = door.post("/token?grant_type=password", json=person).json()
    answer = refreshed(door, first)
    assert code(answer) == (400, "session_expired")
    assert "Newer Login" in answer.json()["message"]
    assert refreshed(door, second).status_code == 200


def test_anothers_sign_in_ends_nothing(door: httpx.Client, person: dict) -> None:
    mine = door.post("/signup", json=person).json()
    door.post("/signup", json=person | {"email": f"{uuid4().hex}@example.com"})
    assert refreshed(door, mine).status_code == 200
