"""Requests of one caller have a limit at the Data API, the operations and realtime; others, and the server, go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
import websockets

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.keys import own_keys
from tests.world import token

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)
FLOOD, CALM = "203.0.113.66", "203.0.113.1"


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[Settings]:
    """A server with a secret of its own behind a proxy that names its callers."""
    made = replace(
        settings,
        **own_keys(),
        client_ip_header="x-real-ip",
        port=free_port(),
        caller_requests_per_second_max=1,
        realtime_sockets_of_an_address_max=2,
    )
    with running_server(made):
        yield made


@pytest.fixture
def client(guarded: Settings) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.api_url, timeout=30) as http:
        yield http


def as_user(guarded: Settings, user: UUID, address: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token(user, secret=guarded.jwt_secret)}", "x-real-ip": address}


def test_one_address_is_told_when_to_come_back_and_another_is_served(client: httpx.Client) -> None:
    answers = [client.get("/rest/v1/gifts?limit=1", headers={"x-real-ip": FLOOD}) for _ in range(30)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json() == {
        "code": "too_many_requests",
        "message": "Too many requests from one caller.",
        "details": None,
        "hint": "Try again in 1 s.",
    }
    assert client.get("/rest/v1/gifts?limit=1", headers={"x-real-ip": CALM}).status_code == 200


def test_nobody_tries_one_link_after_the_other(client: httpx.Client) -> None:
    answers = [client.get(f"/s/{number}", headers={"x-real-ip": FLOOD}).status_code for number in range(30)]
    assert set(answers) == {404, 429}
    assert client.get("/s/0", headers={"x-real-ip": CALM}).status_code == 404


def test_a_customers_ipv6_network_is_one_caller(client: httpx.Client) -> None:
    answers = [
        client.get("/rest/v1/gifts?limit=1", headers={"x-real-ip": f"2001:db8:1:2::{n:x}"}).status_code
        for n in range(1, 31)
    ]
    assert 429 in answers
    assert client.get("/rest/v1/gifts?limit=1", headers={"x-real-ip": "2001:db8:1:3::1"}).status_code == 200


def test_a_user_is_one_caller_from_wherever_and_shares_with_nobody(client: httpx.Client, guarded: Settings) -> None:
    answers = [
        client.get("/rest/v1/gifts?limit=1", headers=as_user(guarded, ADA, f"198.51.100.{n}")).status_code
        for n in range(30)
    ]
    assert 429 in answers
    beside = client.get("/rest/v1/gifts?limit=1", headers=as_user(guarded, BO, "198.51.100.1"))
    assert beside.status_code == 200


def test_the_operations_answer_in_their_own_words(client: httpx.Client, guarded: Settings) -> None:
    answers = [client.get("/functions/v1/coins/wallet", headers={"x-real-ip": FLOOD}) for _ in range(30)]
    assert 429 not in [answer.status_code for answer in answers[:10]]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "too_many_requests"
    assert client.get("/functions/v1/coins/wallet", headers=as_user(guarded, BO, FLOOD)).status_code != 429


def test_a_bad_token_counts_as_the_address_it_comes_from(client: httpx.Client) -> None:
    headers = {"authorization": "Bearer nonsense", "x-real-ip": "203.0.113.77"}
    assert 429 in [client.get("/functions/v1/coins/wallet", headers=headers).status_code for _ in range(30)]


def test_the_servers_own_calls_are_not_counted(client: httpx.Client, guarded: Settings) -> None:
    headers = {"authorization": f"Bearer {guarded.service_role_key}", "x-real-ip": FLOOD}
    answers = {client.get("/rest/v1/gifts?limit=1", headers=headers).status_code for _ in range(40)}
    assert answers == {200}


@pytest.mark.anyio
async def test_one_address_has_so_many_sockets_and_another_comes_in(guarded: Settings) -> None:
    url = f"{guarded.api_url.replace('http', 'ws')}/realtime/v1/websocket?apikey={guarded.anon_key}"
    crowd = {"x-real-ip": FLOOD}
    first = await websockets.connect(url, additional_headers=crowd)
    async with websockets.connect(url, additional_headers=crowd):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(url, additional_headers=crowd)
        assert refused.value.response.status_code == 429
        async with websockets.connect(url, additional_headers={"x-real-ip": CALM}) as beside:
            await beside.ping()
        await first.close()
        async with websockets.connect(url, additional_headers=crowd) as again:
            await again.ping()
