"""What admins are told of coins by day is what the ledger says, at every moment: whatever was counted, and whoever writes late."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.connections import Connection
from tests.world import World

STORIES = 5
STEPS = 30
DAYS = 40
ZONES = ("UTC", "Europe/Istanbul", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
KINDS = ("gift", "purchase", "gift_refund")

# Asked of the ledger alone
RAW = """
select (moved.created_at at time zone quota_time_zone)::date::text as day, moved.kind,
       count(distinct moved.id) as transactions, sum(entries.amount)::bigint as coins
  from private.settings, public.coin_transactions moved
  join public.coin_entries entries on entries.transaction_id = moved.id and entries.amount > 0
 where (moved.created_at at time zone quota_time_zone)::date > (now() at time zone quota_time_zone)::date - %s
 group by 1, 2
 order by 1, 2
"""
MOVE = """
with made as (
  insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key, created_at)
  select %(kind)s, id, %(key)s, %(at)s from public.wallets where kind = 'platform'
  returning id
)
insert into public.coin_entries (transaction_id, wallet_id, amount)
select made.id, wallets.id, case wallets.kind when 'escrow' then %(coins)s else -%(coins)s end
  from made, public.wallets
 where wallets.kind in ('escrow', 'issuer')
"""


@pytest.fixture(autouse=True)
def anew(admin: Connection) -> Iterator[None]:
    """Nothing is counted, and the house is in Greenwich; the ledger stays: it only grows."""
    admin.execute("delete from private.coin_days")
    admin.execute("delete from private.coin_late_days")
    yield
    admin.execute("update private.settings set quota_time_zone = 'UTC'")


@pytest.fixture(scope="module")
def ege(world: World) -> UUID:
    return world.admin()


def move(conn: psycopg.Connection[Any], at: datetime, kind: str = "gift", coins: int = 7) -> None:
    conn.execute(MOVE, {"kind": kind, "key": str(uuid4()), "at": at, "coins": coins})


def moved(world: World, at: datetime, kind: str = "gift", coins: int = 7) -> None:
    with psycopg.connect(world.url) as conn:
        move(conn, at, kind, coins)


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def fold(world: World) -> int:
    steps = 0
    while world.verb(None, "fold_coin_day"):
        steps += 1
        assert steps < 2_000
    return steps


def told(world: World, admin: UUID, days: int = DAYS) -> list[Any]:
    answer: list[Any] = world.verb(admin, "analytics_revenue", days)["days"]
    return answer


def is_true(world: World, admin: UUID) -> None:
    assert told(world, admin) == world.owner(RAW, DAYS)


@pytest.mark.parametrize("story", range(STORIES))
def test_after_any_story_it_is_what_the_ledger_says(world: World, ege: UUID, story: int) -> None:
    chance = random.Random(f"coins {story}")
    for _ in range(STEPS):
        match chance.choice(("move", "move", "move", "long ago", "fold", "one step", "another zone")):
            case "move":
                moved(
                    world, ago(seconds=chance.randrange(DAYS * 86_400)), chance.choice(KINDS), chance.randrange(1, 99)
                )
            case "long ago":
                moved(world, ago(days=200))
            case "fold":
                fold(world)
            case "one step":
                world.verb(None, "fold_coin_day")
            case "another zone":
                world.owner("update private.settings set quota_time_zone = %s", chance.choice(ZONES))
        is_true(world, ege)
    fold(world)
    is_true(world, ege)


def test_days_that_are_over_are_read_and_not_asked_of_the_ledger_again(world: World, ege: UUID) -> None:
    moved(world, ago(days=5))
    fold(world)
    assert fold(world) == 0, "there is nothing left to count"
    world.owner("update private.coin_day_kinds set coins = coins + 1000")
    assert sum(each["coins"] for each in told(world, ege)) > sum(row["coins"] for row in world.owner(RAW, DAYS))
    assert world.one("select count(*) from private.coin_days where day >= private.house_day(now())") == 0
    moved(world, ago(days=5, minutes=1))
    fold(world)
    day = (ago(days=5, minutes=1)).date().isoformat()
    assert [each for each in told(world, ege) if each["day"] == day] == [
        row for row in world.owner(RAW, DAYS) if row["day"] == day
    ], "a day that was written to late is counted anew"


def test_who_writes_to_a_day_that_is_counted_and_commits_later_is_counted_from_that_moment_on(
    world: World, ege: UUID
) -> None:
    with psycopg.connect(world.url) as late:
        move(late, ago(days=3), coins=5000)
        fold(world)
        is_true(world, ege)
        late.commit()
    is_true(world, ege)
    assert world.one("select count(*) from private.coin_late_days") == 1
    fold(world)
    is_true(world, ege)
    assert world.one("select count(*) from private.coin_late_days") == 0


def test_a_day_is_not_counted_while_somebody_may_still_write_to_it(world: World, ege: UUID) -> None:
    moved(world, ago(days=4))
    fold(world)
    last = world.one("delete from private.coin_days where day = (select max(day) from private.coin_days) returning day")
    with psycopg.connect(world.url) as slow:  # as one does who began before midnight and has not ended
        slow.execute("select pg_advisory_xact_lock_shared(private.coin_day_key(%s))", (last,))
        assert world.verb(None, "fold_coin_day") is None
        is_true(world, ege)
    assert world.verb(None, "fold_coin_day") == last


def test_whoever_moves_coins_holds_the_day_it_is_and_says_nothing_of_it(world: World) -> None:
    held = "select count(*) as locks from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and pid = pg_backend_pid()"
    with psycopg.connect(world.url) as conn:
        move(conn, ago())
        assert conn.execute(held).fetchone() == (1,)
        assert conn.execute("select count(*) from private.coin_late_days").fetchone() == (0,)
        conn.rollback()


def test_nobody_but_an_admin_is_told_and_nobody_reads_what_is_counted(world: World, ege: UUID) -> None:
    assert world.refusal(world.person(), "analytics_revenue", 7) == (403, "forbidden")
    for who in (ege, world.person()):
        for table in ("coin_days", "coin_day_kinds", "coin_late_days"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                world.sql(who, f"select * from private.{table}")
