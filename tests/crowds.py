"""People who give at once, and what must be true of their gifts afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from types import TracebackType
from uuid import UUID, uuid4

import httpx
import psycopg

from tests.connections import close_kept
from tests.world import World, bearer

PEOPLE = 12
PRICE, COINS = 1, 1_000_000


class Crowd:
    """People who give as fast as they are answered, and remember what was acknowledged, by key, and what was not."""

    def __init__(self, people: list[UUID], session: UUID, gift: UUID) -> None:
        self.people = people
        self.acknowledged: dict[str, str] = {}
        self.unanswered: dict[UUID, str] = {}
        self.failures: Counter[str] = Counter()
        self._path = f"/functions/v1/live/sessions/{session}/gifts"
        self._body = {"gift_id": str(gift)}
        self._url = ""
        self._secret: str | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def at(self, url: str, secret: str | None = None) -> Crowd:
        """The same people before the server that is up now, whose secret is the development one unless told."""
        self._url, self._secret = url, secret
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
        except httpx.TransportError as error:
            self.failures[type(error).__name__] += 1
            return False
        if answer.status_code == 200:
            self.acknowledged[key] = answer.json()["live_gift"]["id"]
        else:
            self.failures[str(answer.status_code)] += 1
        return answer.status_code == 200

    def _door(self, who: UUID) -> httpx.Client:
        return httpx.Client(base_url=self._url, timeout=20, headers=bearer(who, secret=self._secret))


def gathered(url: str) -> Crowd:
    """A crowd with coins in a session that is live in the database; there is no LiveKit here."""
    world = World(url)
    host = world.person(creator=True)
    world.one("select private.wallet_of(%s)", host)
    session, gift = world.session(host), world.gift(PRICE)
    crowd = Crowd([world.watching(session, coins=COINS) for _ in range(PEOPLE)], session, gift)
    world.one("select private.fold_coins()")
    close_kept(url)
    return crowd


def check(url: str, crowd: Crowd) -> None:
    """Each acknowledged gift is there, and once; everything given was paid, and the sum of all coins is 0."""
    with psycopg.connect(url) as conn:
        made = [str(row[0]) for row in conn.execute("select id from public.live_gifts")]
        paid = conn.execute("select -sum(amount) from public.coin_entries where amount < 0 and transaction_id in"
                            " (select id from public.coin_transactions where kind = 'gift')").fetchone()  # fmt: skip
        total = conn.execute("select sum(amount) from public.coin_entries").fetchone()
        faults = conn.execute("select * from private.ledger_faults()").fetchall()
    assert sorted(crowd.acknowledged.values()) == sorted(made), "one is gone, or was made twice"
    assert (paid, total, faults) == ((len(made) * PRICE,), (0,), [])
