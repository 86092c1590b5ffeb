"""Refresh tokens: rotation, the lost answer, the thief, and many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.accounts import NEW, code
from tests.conftest import Running


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture
def session(door: httpx.Client) -> dict:
    return door.post("/signup", json={"email": f"{uuid4().hex}@example.com", "password": "sahne-demo"}).json()


def refresh(door: httpx.Client, token: str) -> httpx.Response:
    return door.post("/token?grant_type=refresh_token", json={"refresh_token": token})


def tokens_of(database_url: str, session: dict) -> list[tuple[str, str | None, bool]]:
    with psycopg.connect(database_url) as conn:
        return conn.execute(
            "select token, parent, revoked from auth.refresh_tokens where user_id = %s order by id",
            (session["user"]["id"],),
        ).fetchall()


def age_tokens(database_url: str, session: dict) -> None:
    """Let the reuse interval pass: the database's clock decides, so the rows grow older."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "update auth.refresh_tokens set updated_at = updated_at - interval '1 minute' where user_id = %s",
            (session["user"]["id"],),
        )


def test_a_refresh_swaps_the_token_and_keeps_the_session(door: httpx.Client, session: dict, database_url: str) -> None:
    answer = refresh(door, session["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != session["refresh_token"]
    assert second["user"]["id"] == session["user"]["id"]
    assert tokens_of(database_url, session) == [
        (session["refresh_token"], None, True),
        (second["refresh_token"], session["refresh_token"], False),
    ]


def test_a_lost_answer_is_given_again_however_late(door: httpx.Client, session: dict, database_url: str) -> None:
    second = refresh(door, session["refresh_token"]).json()
    age_tokens(database_url, session)
    again = refresh(door, session["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] == second["refresh_token"]


def test_a_neighbour_tab_may_be_two_steps_behind_for_ten_seconds(door: httpx.Client, session: dict) -> None:
    second = refresh(door, session["refresh_token"]).json()
    third = refresh(door, second["refresh_token"]).json()
    assert refresh(door, session["refresh_token"]).json()["refresh_token"] == third["refresh_token"]


def test_a_stolen_token_ends_the_whole_family(door: httpx.Client, session: dict, database_url: str) -> None:
    second = refresh(door, session["refresh_token"]).json()
    third = refresh(door, second["refresh_token"]).json()
    age_tokens(database_url, session)
    assert code(refresh(door, session["refresh_token"])) == (400, "refresh_token_already_used")
    assert all(revoked for _, _, revoked in tokens_of(database_url, session))
    for spent in (session, second, third):
        assert code(refresh(door, spent["refresh_token"])) == (400, "refresh_token_already_used")
    with psycopg.connect(database_url) as conn:
        found = conn.execute(
            "select payload -> 'traits' ->> 'reason' from auth.audit_log_entries"
            " where payload ->> 'action' = 'token_revoked' and payload ->> 'actor_id' = %s",
            (session["user"]["id"],),
        ).fetchone()
    assert found == ("refresh_token_already_used",)


def test_a_stranger_s_theft_leaves_other_sessions_alone(door: httpx.Client, session: dict, database_url: str) -> None:
    login = {"email": session["user"]["email"], "password": "sahne-demo"}
    other = door.post("/token?grant_type=password", json=login).json()
    refresh(door, refresh(door, session["refresh_token"]).json()["refresh_token"])
    age_tokens(database_url, session)
    assert code(refresh(door, session["refresh_token"])) == (400, "refresh_token_already_used")
    assert refresh(door, other["refresh_token"]).status_code == 200


def test_unknown_and_missing_tokens_are_refused(door: httpx.Client) -> None:
    assert code(refresh(door, "aaaaaaaaaaaa")) == (400, "refresh_token_not_found")
    assert code(refresh(door, "")) == (400, "validation_failed")
    assert code(refresh(door, "a\x00")) == (400, "validation_failed")


def test_a_session_past_its_end_is_not_refreshed(door: httpx.Client, session: dict, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "update auth.sessions set not_after = now() - interval '1 second' where user_id = %s",
            (session["user"]["id"],),
        )
    assert code(refresh(door, session["refresh_token"])) == (400, "session_expired")


@pytest.mark.anyio
async def test_twenty_refreshes_at_once_leave_one_family_intact(
    server: Running, session: dict, database_url: str
) -> None:
    async with httpx.AsyncClient(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        answers = await asyncio.gather(
            *(
                client.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]})
                for _ in range(20)
            )
        )
        assert [answer.status_code for answer in answers] == [200] * 20
        (present,) = {answer.json()["refresh_token"] for answer in answers}
        after = await client.post("/token?grant_type=refresh_token", json={"refresh_token": present})
    assert after.status_code == 200
    assert [parent for _, parent, _ in tokens_of(database_url, session)] == [None, session["refresh_token"], present]
    assert [revoked for _, _, revoked in tokens_of(database_url, session)] == [True, True, False]
