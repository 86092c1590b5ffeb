"""Whoever has an account and whoever has none cost the same work before they are answered: no time tells them apart.

Not by a clock, which says nothing on a busy machine: the statements that the accounts' role is asked, in their order,
and the passwords that are hashed and compared are counted, as psycopg and bcrypt are called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import bcrypt
import httpx
import psycopg
import pytest

from sahne.accounts.assurance import QUERIES as FACTORS
from sahne.accounts.one_time import QUERIES as ONE_TIME
from sahne.accounts.texts import QUERIES as TEXTS
from sahne.accounts.transaction import QUERIES as ACCOUNTS
from sahne.settings import Settings
from tests.accounts import NEW, an_email, code
from tests.conftest import Running, free_port, running_server
from tests.letters import ANOTHER, PASSWORD, Inbox, confirmed, prove, sign_in, sign_up
from tests.sms_services import a_number

NAMES = {text: name for queries in (ACCOUNTS, ONE_TIME, TEXTS, FACTORS) for name, text in queries.items()}
POST = "sahne post"  # the errands, which nobody waits for


@dataclass
class Work:
    """What was done for a request: statements by name, and `hash` or `compare` for each password."""

    done: list[str] = field(default_factory=list)

    def of(self, ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, list[str]]:
        self.done.clear()
        answer = ask()
        return answer, list(self.done)


@pytest.fixture(scope="module")
def work() -> Iterator[Work]:
    work = Work()
    execute, hashpw, checkpw = psycopg.AsyncConnection.execute, bcrypt.hashpw, bcrypt.checkpw

    async def executed(conn: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        task = asyncio.current_task()
        if query in NAMES and task and task.get_name() != POST:
            work.done.append(NAMES[query])
        return await execute(conn, query, *args, **kwargs)

    def hashed(*args: Any) -> bytes:
        work.done.append("hash")
        return hashpw(*args)

    def compared(*args: Any) -> bool:
        work.done.append("compare")
        return checkpw(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.AsyncConnection, "execute", executed)
        patch.setattr(bcrypt, "hashpw", hashed)
        patch.setattr(bcrypt, "checkpw", compared)
        yield work


@pytest.fixture(scope="module")
def server(settings: Settings, work: Work) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), confirm_email=True, phone_sign_in=True)) as running:
        yield running


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def addresses(door: httpx.Client, inbox: Inbox) -> list[str]:
    """Of nobody, of somebody who never proved it, of somebody who did."""
    unproven, proven = an_email(), an_email()
    sign_up(door, unproven)
    confirmed(door, inbox, proven)
    return [an_email(), unproven, proven]


@pytest.fixture(scope="module")
def numbers(door: httpx.Client, inbox: Inbox) -> list[str]:
    """The same of numbers."""
    unproven, proven = a_number(), a_number()
    for phone in (unproven, proven):
        assert door.post("/signup", json={"phone": phone, "password": PASSWORD}).status_code == 200
    proof = {"type": "sms", "phone": proven, "token": inbox.newest(proven).code}
    assert door.post("/verify", json=proof).status_code == 200
    return [a_number(), unproven, proven]


def alike(work: Work, asks: list[Callable[..., httpx.Response]]) -> list[str]:
    """What all of them cost."""
    outcomes = [work.of(ask) for ask in asks]
    statuses, costs = {answer.status_code for answer, _ in outcomes}, [cost for _, cost in outcomes]
    assert len(statuses) == 1
    assert costs[0] == costs[1] == costs[2]
    return costs[0]


def test_a_wrong_password_costs_the_same_whosever_it_is(
    work: Work, door: httpx.Client, addresses: list[str], numbers: list[str]
) -> None:
    by_email = alike(work, [lambda each=each: sign_in(door, each, ANOTHER) for each in addresses])
    assert by_email == ["credentials_of_email", "compare"]

    def by_number(phone: str) -> httpx.Response:
        return door.post("/token?grant_type=password", json={"phone": phone, "password": ANOTHER})

    assert alike(work, [lambda each=each: by_number(each) for each in numbers]) == ["credentials_of_phone", "compare"]


def test_signing_up_costs_the_same_whosever_the_address_or_number_is(
    work: Work, door: httpx.Client, addresses: list[str], numbers: list[str]
) -> None:
    def by_email(email: str) -> httpx.Response:
        return door.post("/signup", json={"email": email, "password": PASSWORD})

    def by_number(phone: str) -> httpx.Response:
        return door.post("/signup", json={"phone": phone, "password": PASSWORD})

    for ask, names in ((by_email, addresses), (by_number, numbers)):
        cost = alike(work, [lambda each=each, ask=ask: ask(each) for each in names])
        assert cost.count("hash") == 1
        assert len(cost) > 5


def test_a_letter_and_a_message_are_asked_for_without_a_look_who_is_there(
    work: Work, door: httpx.Client, addresses: list[str], numbers: list[str]
) -> None:
    asked = [
        ("/recover", "email", {}),
        ("/otp", "email", {"create_user": False}),
        ("/resend", "email", {"type": "signup"}),
        ("/otp", "phone", {"create_user": False}),
        ("/resend", "phone", {"type": "sms"}),
    ]
    for path, key, body in asked:
        names = addresses if key == "email" else numbers
        assert alike(work, [lambda n=n, p=path, k=key, b=body: door.post(p, json={k: n} | b) for n in names]) == []


def test_a_wrong_code_costs_the_same_whosever_it_is(
    work: Work, door: httpx.Client, addresses: list[str], numbers: list[str]
) -> None:
    def by_email(email: str) -> httpx.Response:
        return prove(door, type="email", email=email, token="000000")

    def by_number(phone: str) -> httpx.Response:
        return prove(door, type="sms", phone=phone, token="000000")

    assert alike(work, [lambda each=each: by_email(each) for each in addresses]) == ["take_one_time_token"]
    assert alike(work, [lambda each=each: by_number(each) for each in numbers]) == ["take_one_time_token"]
    assert code(by_email(addresses[2])) == (403, "otp_expired")
