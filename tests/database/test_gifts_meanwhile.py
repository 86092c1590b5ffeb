"""A wallet or an account that changes after a batch has begun, and before it holds it, is seen as it is then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.eventually import eventually
from tests.world import World

PRICE = 10
HELD = 4711
# The batch's statement has begun, and waits before it looks at anything
LOOKS = "from unnest(_senders, _sessions, _gifts,"
WAITS_FIRST = f"from unnest((select _senders from pg_advisory_xact_lock({HELD})), _sessions, _gifts,"
BATCH = b"""select private.send_gifts(array[%s::uuid], array[%s::uuid], array[%s::uuid], array[1], array[null::uuid], array[%s],
                                      array[null::integer]) -> 0 as answer"""
WAITERS = "select pid from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"


class Slow:
    """A batch of one that has begun, on a connection of its own, and goes on once it is let; then it is undone."""

    def __init__(self, world: World, gift: tuple[Any, ...]) -> None:
        self._world = world
        self._gift = gift
        self._holder = psycopg.connect(world.url, autocommit=True)
        self._conn = psycopg.connect(world.url, row_factory=dict_row)
        self._outcome: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Slow:
        self._holder.execute("select pg_advisory_lock(%s)", (HELD,))
        self._thread.start()
        eventually(lambda: self._world.owner(WAITERS))
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.close()
        self._thread.join()
        self._conn.rollback()
        self._conn.close()

    def goes_on(self) -> dict[str, Any]:
        """What it answers, and what is wrong with the books then."""
        self._holder.execute("select pg_advisory_unlock(%s)", (HELD,))
        self._thread.join()
        return self._outcome

    def _send(self) -> None:
        row = self._conn.execute("select pg_get_functiondef('private.send_gifts'::regproc) as text").fetchone()
        assert row
        assert row["text"].count(LOOKS) == 1
        self._conn.execute(row["text"].replace(LOOKS, WAITS_FIRST).encode())
        sent = self._conn.execute(BATCH, self._gift).fetchone()
        faults = self._conn.execute("select * from private.ledger_faults()").fetchall()
        self._outcome = {"answer": sent and sent["answer"], "faults": faults}


@pytest.fixture(scope="module")
def rose(world: World) -> UUID:
    return world.gift(PRICE)


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    world.one("select private.wallet_of(%s)", ada)
    return world.session(ada)


@pytest.fixture
def bo(world: World, session: UUID) -> UUID:
    who = world.watching(session, coins=2 * PRICE)
    world.owner("select private.fold_coins()")
    return who


@pytest.fixture
def slow(world: World, session: UUID, bo: UUID, rose: UUID) -> Iterator[Slow]:
    with Slow(world, (bo, session, rose, str(uuid4()))) as begun:
        yield begun


def test_what_was_spent_meanwhile_is_gone(world: World, slow: Slow, session: UUID, bo: UUID, rose: UUID) -> None:
    world.verb(bo, "send_gift", session, rose, 1, None, "meanwhile")
    outcome = slow.goes_on()
    assert (outcome["answer"]["wallet"]["balance"], outcome["faults"]) == (0, [])


def test_who_spent_all_meanwhile_is_left_to_the_steps(
    world: World, slow: Slow, session: UUID, bo: UUID, rose: UUID
) -> None:
    world.verb(bo, "send_gift", session, rose, 2, None, "meanwhile")
    assert slow.goes_on() == {"answer": None, "faults": []}


def test_who_was_erased_meanwhile_is_left_to_the_steps(world: World, slow: Slow, bo: UUID) -> None:
    world.owner("delete from auth.users where id = %s", bo)
    assert slow.goes_on() == {"answer": None, "faults": []}
