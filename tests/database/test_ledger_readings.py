"""Wallet, statement and earnings as an operation reads them, and the refusals it passes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from sahne.coins import upkeep, wallets
from sahne.database.pool import Connection
from sahne.database.refusals import Refused, refusal_of
from sahne.errors import Conflict, Forbidden, SahneError, Unprocessable
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database_url, row_factory=dict_row) as conn:
        await conn.execute("set local role service_role")
        yield conn


async def test_the_statement_and_the_earnings_tell_what_happened(world: World, conn: Connection, ada: UUID) -> None:
    rose = world.gift(50)
    session = world.session(ada)
    bo = world.watching(session, coins=1000)
    for key in ("bir", "iki"):
        world.verb(bo, "send_gift", session, rose, 2, None, key)
    assert world.balance(bo) == 800
    assert world.balance(uuid4()) == 0
    newest = await wallets.list_transactions(conn, bo, limit=2)
    assert [(row["kind"], row["amount"]) for row in newest] == [("gift", -100), ("gift", -100)]
    rest = await wallets.list_transactions(conn, bo, before=newest[-1]["entry_id"])
    assert [(row["kind"], row["amount"]) for row in rest] == [("grant", 1000)]
    earned = {"total": 160, "by_kind": {"gift": {"coins": 160, "transactions": 2}}}
    assert await wallets.read_earnings(conn, ada) == earned
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert (await wallets.read_earnings(conn, ada, since=tomorrow))["total"] == 0


async def test_a_statement_is_ones_own(world: World, conn: Connection) -> None:
    world.person(coins=5)
    assert await wallets.list_transactions(conn, world.person()) == []


async def test_a_grant_is_made_once_per_key(world: World, conn: Connection, dilek: UUID) -> None:
    assert await wallets.grant_coins(conn, dilek, 30, "hoş geldin") == wallets.Grant(30, True)
    assert await wallets.grant_coins(conn, dilek, 30, "hoş geldin") == wallets.Grant(30, False)
    with pytest.raises(Refused) as refused:
        await wallets.grant_coins(conn, dilek, 31, "hoş geldin")
    assert refused.value.body()["code"] == "idempotency_key_reused"


async def test_folding_changes_no_balance(world: World, conn: Connection) -> None:
    people = [world.person(coins=10) for _ in range(5)]
    assert await upkeep.fold_coins(conn) >= 5
    assert await upkeep.fold_coins(conn) == 0
    assert [world.balance(who) for who in people] == [10] * 5
    assert await upkeep.find_faults(conn) == []
    assert await upkeep.forget_keys(conn) == 0


def test_a_wrong_balance_is_found(world: World) -> None:
    bo = world.person(coins=10)
    wallet = world.one("select id from public.wallets where user_id = %s", bo)
    world.owner("update public.wallets set balance = balance + 1 where id = %s", wallet)
    assert [row["wallet_id"] for row in world.faults()] == [wallet]
    world.owner("update public.wallets set balance = balance - 1 where id = %s", wallet)
    assert world.faults() == []


async def refusal(world: World, statement: str, *values: object) -> SahneError | None:
    try:
        world.owner(statement, *values)
    except psycopg.Error as error:
        return refusal_of(error)
    return None


async def test_refusals_speak_the_products_language(world: World) -> None:
    bo = UUID(str(world.person(coins=5)))
    said = await refusal(world, "select private.debit_wallet(private.wallet_of(%s), 9)", bo)
    assert isinstance(said, Refused)
    assert (said.code, said.status, said.details) == ("insufficient_coins", 402, {"balance": 5, "needed": 9})
    assert said.hint
    assert isinstance(await refusal(world, "select private.forbid('No', 'Ask')"), Forbidden)
    assert isinstance(
        await refusal(world, "insert into public.gifts (name, coin_price) values ('x', 0)"), Unprocessable
    )
    twice = "insert into public.wallets (user_id) values (%s)"
    assert isinstance(await refusal(world, twice, bo), Conflict)
    assert await refusal(world, "select 1 / 0") is None
