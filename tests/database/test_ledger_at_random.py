"""Money is exact whatever twenty clients do with it at once: `--prove` moves coins 100 000 times, every run a hundredth."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from tests.at_once import together
from tests.world import World

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_800)]

CLIENTS, WALLETS = 20, 12
MOVEMENTS, MOVEMENTS_PROVED = 1_000, 100_000
SEED = 7
GRANT = "select private.grant_coins(%s, %s, %s)"
MOVE = "select private.move_coins('adjustment', %s, null, null, %s, %s, %s)"
KNOWN = "select count(*) from public.coin_transactions where idempotency_key like %s"


class Client:
    """Somebody who moves coins between wallets at random; now and then once more under a key that was used."""

    def __init__(self, world: World, number: int, people: list[UUID], wallets: list[UUID]) -> None:
        self._chance = random.Random(SEED + number)
        self._conn = psycopg.connect(world.url, autocommit=True)
        self._number, self._people, self._wallets = number, people, wallets
        self.done: dict[str, int] = {}  # what moved under each key
        self.repeated = 0

    def move(self, times: int) -> None:
        with self._conn:
            for number in range(times):
                key = f"random-{self._number}-{number}"
                if self._chance.random() < 0.1:
                    self._grant(key)
                else:
                    self._pay(key)
                if self._chance.random() < 0.1 and self.done:
                    self._repeat(self._chance.choice([*self.done]))

    def _grant(self, key: str) -> None:
        amount = self._chance.randint(1, 100)
        self._conn.execute(GRANT, (self._people[self._chance.randrange(WALLETS)], amount, key))
        self.done[key] = amount

    def _pay(self, key: str) -> None:
        payer, *payees = self._chance.sample(self._wallets, self._chance.randint(2, 4))
        amounts = [self._chance.randint(1, 60) for _ in payees]
        try:
            self._conn.execute(MOVE, (key, payer, payees, amounts))
            self.done[key] = sum(amounts)
        except errors.Error as refused:
            assert "not enough coins" in str(refused), refused

    def _repeat(self, key: str) -> None:
        """Under a key that was used, by the one who used it, nothing moves again, whatever becomes of the question."""
        try:
            with self._conn.transaction():
                payer, payee = self._conn.execute(
                    "select initiator_wallet_id, (select id from public.wallets where kind = 'platform')"
                    "  from public.coin_transactions where idempotency_key = %s",
                    (key,),
                ).fetchone() or (None, None)
                self._conn.execute(MOVE, (key, payer, [payee], [1]))
        except errors.Error:
            self.repeated += 1


def test_random_movements_by_many_leave_the_books_whole(world: World, pytestconfig: pytest.Config) -> None:
    times = (MOVEMENTS_PROVED if pytestconfig.getoption("--prove") else MOVEMENTS) // CLIENTS
    people = [world.person(coins=500) for _ in range(WALLETS)]
    wallets = [UUID(str(world.one("select private.wallet_of(%s)", user))) for user in people]
    clients = [Client(world, number, people, wallets) for number in range(CLIENTS)]
    assert [each for each in together(CLIENTS, lambda index: clients[index].move(times)) if each] == []
    keys = {key for client in clients for key in client.done}
    assert world.one(KNOWN, "random-%") == len(keys), "each key once"
    assert sum(client.repeated for client in clients) > 0
    assert world.owner("select from public.coin_entries group by transaction_id having sum(amount) <> 0") == []
    assert world.one("select sum(amount) from public.coin_entries") == 0
    assert world.one("select count(*) from public.wallets where kind = 'user' and balance < 0") == 0
    assert world.faults() == []
    assert held(world, people) == 500 * WALLETS + granted(clients, world)


def held(world: World, people: list[UUID]) -> int:
    return sum(world.balance(who) for who in people)


def granted(clients: list[Client], world: World) -> int:
    """What the issuer gave away in these movements; the others only change hands."""
    given: Any = world.one(
        """select coalesce(sum(-entries.amount), 0)
             from public.coin_entries entries
             join public.coin_transactions moved on moved.id = entries.transaction_id
             join public.wallets on wallets.id = entries.wallet_id and wallets.kind = 'issuer'
            where moved.idempotency_key like 'random-%%'"""
    )
    return int(given)
