"""kill -9 of the server and of PostgreSQL under a crowd that gives at once: each acknowledged gift is there, and once."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from tests.conftest import free_port
from tests.connections import close_kept
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up
from tests.world import World, bearer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PEOPLE = 12
ACKNOWLEDGED_BEFORE_KILL = 60
PRICE, COINS = 1, 1_000_000


class Crowd:
    """People who give as fast as they are answered, and remember what was acknowledged, by key."""

    def __init__(self, people: list[UUID], session: UUID, gift: UUID) -> None:
        self.people = people
        self.acknowledged: dict[str, str] = {}
        self.unanswered: dict[UUID, str] = {}
        self._path = f"/functions/v1/live/sessions/{session}/gifts"
        self._body = {"gift_id": str(gift)}
        self._url = ""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def at(self, stage: SahneUp) -> Crowd:
        """The same people before the server that is up now."""
        self._url = stage.url
        return self

    def __enter__(self) -> Crowd:
        self._stopping.clear()
        self._threads = [threading.Thread(target=self._give_on, args=(who,)) for who in self.people]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def ask_again(self) -> None:
        """What clients do after a crash: the same key."""
        for who, key in self.unanswered.items():
            with self._door(who) as door:
                assert self._give(door, key), "the server is up, and answers"
        self.unanswered.clear()

    def _give_on(self, who: UUID) -> None:
        with self._door(who) as door:
            while not self._stopping.is_set():
                key = self.unanswered.setdefault(who, uuid4().hex)
                if self._give(door, key):
                    del self.unanswered[who]
                else:
                    self._stopping.wait(0.05)

    def _give(self, door: httpx.Client, key: str) -> bool:
        try:
            answer = door.post(self._path, json=self._body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return False
        if answer.status_code == 200:
            self.acknowledged[key] = answer.json()["live_gift"]["id"]
        return answer.status_code == 200

    def _door(self, who: UUID) -> httpx.Client:
        return httpx.Client(base_url=self._url, timeout=20, headers=bearer(who))


def gathered(stage: SahneUp) -> Crowd:
    """A crowd with coins in a session that is live in the database; there is no LiveKit here."""
    world = World(stage.db_url)
    host = world.person(creator=True)
    world.one("select private.wallet_of(%s)", host)
    session, gift = world.session(host), world.gift(PRICE)
    crowd = Crowd([world.watching(session, coins=COINS) for _ in range(PEOPLE)], session, gift)
    world.one("select private.fold_coins()")
    close_kept(stage.db_url)
    return crowd


def check(stage: SahneUp, crowd: Crowd) -> None:
    with psycopg.connect(stage.db_url) as conn:
        made = [str(row[0]) for row in conn.execute("select id from public.live_gifts")]
        paid = conn.execute("select -sum(amount) from public.coin_entries where amount < 0 and transaction_id in"
                            " (select id from public.coin_transactions where kind = 'gift')").fetchone()  # fmt: skip
        total = conn.execute("select sum(amount) from public.coin_entries").fetchone()
        faults = conn.execute("select * from private.ledger_faults()").fetchall()
    assert sorted(crowd.acknowledged.values()) == sorted(made), "one is gone, or was made twice"
    assert (paid, total, faults) == ((len(made) * PRICE,), (0,), [])


def test_an_acknowledged_gift_of_a_crowd_survives_kill_9(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ports: dict[str, Any] = {"port": free_port(), "db_port": free_port()}
    crowd: Crowd | None = None
    for victim in ("server", "postgres"):
        with sahne_up(data, "--no-livekit", **ports) as stage:
            crowd = (crowd or gathered(stage)).at(stage)
            crowd.ask_again()
            before = len(crowd.acknowledged)
            with crowd:
                eventually(lambda: len(crowd.acknowledged) >= before + ACKNOWLEDGED_BEFORE_KILL, 60)  # noqa: B023
                if victim == "server":
                    stage.process.kill()
                    stage.process.wait()
                else:
                    os.kill(stage.state()["processes"]["postgres"], signal.SIGKILL)
                    at_kill = len(crowd.acknowledged)
                    eventually(lambda: len(crowd.acknowledged) > at_kill + PEOPLE, 60)  # noqa: B023 it serves again
    assert crowd
    with sahne_up(data, "--no-livekit", **ports) as stage:
        crowd.at(stage).ask_again()
        check(stage, crowd)
