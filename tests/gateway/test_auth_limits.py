"""Rate limits hold where the keys are not the development ones, and races end with one winner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from uuid import uuid4

import httpx
import pytest

from sahne.settings import Settings
from tests.accounts import NEW
from tests.conftest import Running, free_port, running_server
from tests.keys import own_keys


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[httpx.Client]:
    """A server with keys of its own behind a proxy that names its callers."""
    secrets = {
        **own_keys(),
        "client_ip_header": "x-real-ip",
        "passkeys": True,
        "port": free_port(),
    }
    with (
        running_server(replace(settings, **secrets)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=30) as client,
    ):
        yield client


def until_slowed_down(ask: Callable[[], httpx.Response], *, at_most: int = 60) -> tuple[httpx.Response, int]:
    """The first 429 and how many 400 came before: those of the bucket, and what it gained while they were asked."""
    for guesses in range(at_most):
        answer = ask()
        if answer.status_code == 429:
            return answer, guesses
        assert answer.status_code == 400, answer.text
    raise AssertionError(f"{at_most} guesses, and none was slowed down")


def test_guessing_one_account_s_password_is_slowed_down_for_the_guesser_alone(guarded: httpx.Client) -> None:
    ada = {"email": "ada@example.com", "password": "sahne-demo"}
    assert guarded.post("/signup", json=ada, headers={"x-real-ip": "203.0.113.1"}).status_code == 200
    thief = {"x-real-ip": "203.0.113.66"}
    guess = {"email": "ada@example.com", "password": "guess"}
    refusal, guesses = until_slowed_down(lambda: guarded.post("/token?grant_type=password", json=guess, headers=thief))
    assert guesses >= 30
    assert refusal.json()["code"] == "over_request_rate_limit"
    assert refusal.headers["retry-after"]
    at_home = guarded.post("/token?grant_type=password", json=ada, headers={"x-real-ip": "203.0.113.1"})
    assert at_home.status_code == 200


def test_a_password_is_not_guessed_through_a_session_that_was_stolen(guarded: httpx.Client) -> None:
    account = {"email": "esra@example.com", "password": "sahne-demo"}
    stolen = guarded.post("/signup", json=account, headers={"x-real-ip": "203.0.113.2"}).json()["access_token"]
    thief = {"x-real-ip": "203.0.113.67", "authorization": f"Bearer {stolen}"}
    guess = {"password": "another one", "current_password": "guess"}
    refusal, guesses = until_slowed_down(lambda: guarded.put("/user", json=guess, headers=thief))
    assert guesses >= 30
    assert refusal.json()["code"] == "over_request_rate_limit"


def test_who_makes_up_answers_of_passkeys_is_slowed_down_alone(guarded: httpx.Client) -> None:
    path, made_up = "/passkeys/authentication/verify", {"challenge_id": str(uuid4()), "credential": {"id": "x"}}
    thief, bo = {"x-real-ip": "203.0.113.67"}, {"x-real-ip": "203.0.113.68"}
    _, tries = until_slowed_down(lambda: guarded.post(path, json=made_up, headers=thief), at_most=90)
    assert tries >= 60
    assert guarded.post("/passkeys/authentication/options", json={}, headers=thief).status_code == 429
    assert guarded.post("/passkeys/authentication/options", json={}, headers=bo).status_code == 200


def test_guesses_at_one_account_from_many_addresses_are_slowed_down_and_its_owner_comes_in(
    guarded: httpx.Client,
) -> None:
    path, home = "/token?grant_type=password", {"x-real-ip": "203.0.113.5"}
    dilek = {"email": "dilek@example.com", "password": "sahne-demo"}
    assert guarded.post("/signup", json=dilek, headers=home).status_code == 200
    assert guarded.post(path, json=dilek, headers=home).status_code == 200
    guess = {"email": "Dilek@example.com", "password": "guess"}
    places = (f"198.51.100.{number // 20}" for number in count())
    refusal, guesses = until_slowed_down(
        lambda: guarded.post(path, json=guess, headers={"x-real-ip": next(places)}), at_most=120
    )
    assert guesses >= 59, "one was its owner's"
    assert int(refusal.headers["retry-after"]) in range(1, 61)
    assert guarded.post(path, json=dilek, headers=home).status_code == 200
    bo = {"email": "bo@example.com", "password": "guess"}
    assert guarded.post(path, json=bo, headers={"x-real-ip": "198.51.100.0"}).status_code == 400


def test_one_address_cannot_keep_everybody_waiting_with_names_it_made_up(guarded: httpx.Client) -> None:
    flood = {"x-real-ip": "203.0.113.99"}
    path = "/token?grant_type=password"
    answers = [guarded.post(path, json={"email": ""}, headers=flood).status_code for _ in range(100)]
    assert set(answers) == {400}
    made_up = {"email": f"{uuid4()}@example.com", "password": "guess"}
    until_slowed_down(lambda: guarded.post(path, json=made_up, headers=flood))
    assert guarded.post(path, json=made_up, headers={"x-real-ip": "203.0.113.98"}).status_code == 400


def test_one_address_makes_thirty_visitors_and_no_more_at_once(guarded: httpx.Client) -> None:
    crowd = {"x-real-ip": "203.0.113.77"}
    answers = [guarded.post("/signup", json={}, headers=crowd).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert guarded.post("/signup", json={}, headers={"x-real-ip": "203.0.113.78"}).status_code == 200


def test_the_session_remembers_where_it_was_opened(guarded: httpx.Client, database_url: str) -> None:
    import psycopg

    headers = {"x-real-ip": "2001:db8::5", "user-agent": "a phone"}
    user = guarded.post("/signup", json={}, headers=headers).json()["user"]
    with psycopg.connect(database_url) as conn:
        found = conn.execute("select host(ip), user_agent from auth.sessions where user_id = %s", (user["id"],))
        assert found.fetchone() == ("2001:db8::5", "a phone")


@pytest.mark.anyio
async def test_ten_sign_ups_of_one_address_at_once_make_one_user(server: Running) -> None:
    body = {"email": f"{uuid4().hex}@example.com", "password": "sahne-demo"}
    async with httpx.AsyncClient(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        answers = await asyncio.gather(*(client.post("/signup", json=body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"user_already_exists"}


@pytest.mark.anyio
async def test_a_flood_of_sign_ins_is_answered_and_the_door_stays_open_to_others(server: Running) -> None:
    async with httpx.AsyncClient(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=60) as client:
        guess = {"email": "nobody@example.com", "password": "guess"}
        flood = [
            asyncio.create_task(client.post("/token?grant_type=password", json=guess | {"email": f"{i}@example.com"}))
            for i in range(180)
        ]
        health = await client.get("/health")
        assert health.status_code == 200
        assert not all(task.done() for task in flood)
        codes = {(await task).json()["code"] for task in flood}
    assert codes <= {"invalid_credentials", "over_request_rate_limit"}
