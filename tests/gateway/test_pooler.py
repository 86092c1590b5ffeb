"""Every door behind a transaction pooler of three sessions: many callers at once, and each gets their own answer."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from sahne.settings import Settings
from tests.buckets import make_buckets
from tests.conftest import running_server
from tests.pgbouncer import pgbouncer, pooler_kinds
from tests.world import World

CALLERS = 16
SESSIONS = 3
STATEMENTS = 20  # fewer than there are, so that the pooler must forget some
ANSWERS = 2_000
ANSWERS_PROVEN = 20_000


@pytest.fixture(scope="module", autouse=True)
def buckets(settings: Settings) -> None:
    make_buckets(settings.admin_database_url)


@pytest.fixture(
    scope="module",
    params=pooler_kinds(STATEMENTS),
    ids=lambda apart: "statements are kept apart" if apart else "statements are shared",
)
def pooled(
    request: pytest.FixtureRequest, settings: Settings, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[int], Caller]]:
    """Makes the callers of a server whose `DATABASE_URL` is the pooler's."""
    folder: Path = tmp_path_factory.mktemp("pooler")
    with pgbouncer(settings.admin_database_url, folder, sessions=SESSIONS, apart=request.param) as url:
        behind = replace(settings, database_url=url, replication_url=settings.admin_database_url)
        with running_server(behind):
            yield lambda number: Caller(behind, world, number)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_every_answer_of_every_door_is_the_callers_own(
    pooled: Callable[[int], Caller], pytestconfig: pytest.Config
) -> None:
    answers = ANSWERS_PROVEN if pytestconfig.getoption("--prove") else ANSWERS
    callers = [pooled(number) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as threads:
        wrong = [each for told in threads.map(lambda caller: caller.ask(answers // CALLERS), callers) for each in told]
    assert wrong == []


class Caller:
    """Somebody who asks for what only they can get. Whatever else comes is written down."""

    def __init__(self, settings: Settings, world: World, number: int) -> None:
        self.number = number
        self.url = settings.api_url
        self.http = httpx.Client(base_url=settings.api_url, timeout=60)
        self.email = f"caller{number}-{uuid4().hex[:6]}@example.com"
        made = self.http.post("/auth/v1/signup", json={"email": self.email, "password": "correct horse"}).json()
        self.http.headers.update({"authorization": f"Bearer {made['access_token']}", "apikey": settings.anon_key})
        self.id = made["user"]["id"]
        world.owner("update public.profiles set is_creator = true where id = %s", self.id)
        world.verb(None, "grant_coins", self.id, 1000 + number, f"grant-{self.id}")
        self.session = world.session(self.id, live=False)
        self.chance = random.Random(number)

    def ask(self, times: int) -> list[str]:
        """So many questions in an order of one's own; the wrong answers."""
        wrong: list[str] = []
        kinds: list[Callable[[int], tuple[Any, Any]]] = [
            self.read, self.read_in_a_shape_of_ones_own, self.write, self.write_one, self.break_a_rule, self.call,
            self.look_into_the_wallet, self.end_what_has_not_begun, self.leave_what_is_not_there,
            self.store_and_fetch, self.ask_who_one_is, self.hang_up,
        ]  # fmt: skip
        for turn in range(times):
            kind = self.chance.choice(kinds)
            said, expected = kind(turn)
            if said != expected:
                wrong.append(f"{kind.__name__}: {said!r} instead of {expected!r}")
        return wrong

    def read(self, _: int) -> tuple[Any, Any]:
        answer = self.http.get(f"/rest/v1/profiles?select=id,email&id=eq.{self.id}")
        return answer.json(), [{"id": self.id, "email": self.email}]

    def read_in_a_shape_of_ones_own(self, turn: int) -> tuple[Any, Any]:
        shape = f"shape_{self.number}_{turn % 20}"
        return self.http.get(f"/rest/v1/profiles?select={shape}:id").json(), [{shape: self.id}]

    def write(self, turn: int) -> tuple[Any, Any]:
        wanted = {"display_name": f"{self.number} in turn {turn}"}
        answer = self.http.patch(
            f"/rest/v1/profiles?id=eq.{self.id}&select=display_name",
            json=wanted, headers={"prefer": "return=representation"},
        )  # fmt: skip
        return answer.json(), [wanted]

    def write_one(self, turn: int) -> tuple[Any, Any]:
        """The commit waits for a look at the result."""
        wanted = {"display_name": f"{self.number} once in turn {turn}"}
        one = {"prefer": "return=representation", "accept": "application/vnd.pgrst.object+json"}
        answer = self.http.patch(f"/rest/v1/profiles?id=eq.{self.id}&select=display_name", json=wanted, headers=one)
        return answer.json(), wanted

    def break_a_rule(self, turn: int) -> tuple[Any, Any]:
        answer = self.http.patch(f"/rest/v1/profiles?id=eq.{self.id}", json={"username": f"No Name {turn}"})
        return (answer.status_code, answer.json()["code"]), (400, "23514")

    def call(self, _: int) -> tuple[Any, Any]:
        return self.http.post("/rest/v1/rpc/profile_with_stats", json={}).json()[0]["email"], self.email

    def look_into_the_wallet(self, _: int) -> tuple[Any, Any]:
        return self.http.get("/functions/v1/coins/wallet").json()["balance"], 1000 + self.number

    def end_what_has_not_begun(self, _: int) -> tuple[Any, Any]:
        return self.http.post(f"/functions/v1/live/sessions/{self.session}/end").status_code, 409

    def leave_what_is_not_there(self, _: int) -> tuple[Any, Any]:
        answer = self.http.post(f"/functions/v1/live/sessions/{self.session}/leave")
        return (answer.status_code, answer.json().get("code")), (404, "not_found")

    def store_and_fetch(self, turn: int) -> tuple[Any, Any]:
        text = f"{self.number} wrote this in turn {turn}"
        place = f"w-private/{self.id}/{turn}.txt"
        self.http.post(f"/storage/v1/object/{place}", content=text, headers={"content-type": "text/plain"})
        return self.http.get(f"/storage/v1/object/authenticated/{place}").text, text

    def ask_who_one_is(self, _: int) -> tuple[Any, Any]:
        return self.http.get("/auth/v1/user").json()["email"], self.email

    def hang_up(self, turn: int) -> tuple[Any, Any]:
        """Ask and be gone before the answer comes."""
        place = urlsplit(self.url)
        head = f"GET /rest/v1/profiles?select=gone_{turn % 5}:id HTTP/1.1\r\nhost: {place.netloc}\r\n"
        head += f"authorization: {self.http.headers['authorization']}\r\n\r\n"
        with socket.create_connection((str(place.hostname), place.port or 80)) as door:
            door.sendall(head.encode())
        return None, None
