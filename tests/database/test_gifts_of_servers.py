"""Gifts at once through one server and through several: few transactions, each gift once, and the books whole whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.accounts.transaction import QUERIES as ACCOUNTS
from sahne.database.actor import user_actor
from sahne.database.refusals import Refused
from sahne.live import Stage
from sahne.live.gifts import Choice, send_gift
from sahne.server import open_parts
from sahne.settings import Settings
from sahne.telemetry import Failed, subscribe
from tests.eventually import eventually_async
from tests.world import World

pytestmark = pytest.mark.anyio

PRICE = 10
# Whoever waits for a lock on behalf of a server
WAITERS = """select pid from pg_stat_activity
              where datname = current_database() and application_name = 'sahne pipeline' and wait_event_type = 'Lock'"""


@pytest.fixture
async def servers(settings: Settings) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two servers over one database."""
    async with open_parts(settings) as one, open_parts(settings) as other:
        yield one.stage, other.stage


@pytest.fixture
def server(servers: tuple[Stage, Stage]) -> Stage:
    return servers[0]


@pytest.fixture
def failures() -> Iterator[list[str]]:
    """What the servers say has failed."""
    facts: list[str] = []
    stop = subscribe(lambda fact: facts.append(fact.what) if isinstance(fact, Failed) else None)
    yield facts
    stop()


@pytest.fixture(scope="module")
def rose(world: World) -> UUID:
    return world.gift(PRICE)


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    """Ada's, whose wallet is there already, as a first gift makes it."""
    world.one("select private.wallet_of(%s)", ada)
    return world.session(ada)


async def give(server: Stage, who: UUID, session: UUID, gift: UUID, key: str | None = None, quantity: int = 1) -> Any:
    return await send_gift(server, user_actor(who), session, Choice(gift, quantity), key or str(uuid4()))


def sent(world: World, gift: UUID, session: UUID) -> int:
    return int(
        world.one("select count(*) from public.live_gifts where gift_id = %s and session_id = %s", gift, session)
    )


async def test_gifts_of_many_are_few_transactions_and_each_has_its_own_answer(
    world: World, server: Stage, session: UUID, rose: UUID, failures: list[str]
) -> None:
    people = [world.watching(session, coins=100) for _ in range(40)]
    world.owner("select private.fold_coins()")
    answers = await asyncio.gather(*(give(server, who, session, rose) for who in people))
    assert [answer["live_gift"]["sender_profile_id"] for answer in answers] == [str(who) for who in people]
    assert {answer["wallet"]["balance"] for answer in answers} == {90}
    commits = "select count(distinct xmin::text) from public.live_gifts where session_id = %s"
    assert world.one(commits, session) <= 2
    pending = "select count(*) from private.coin_pending where wallet_id = private.wallet_of(%s)"
    assert world.one(pending, world.row(session)["creator_id"]) <= 2
    assert (world.faults(), failures) == ([], [])


async def test_whoever_may_not_give_is_told_so_and_nobody_else(
    world: World, server: Stage, ada: UUID, session: UUID, rose: UUID
) -> None:
    world.one("select private.fold_coins()")
    good = [world.watching(session, coins=100) for _ in range(5)]
    poor, stranger, banned = world.watching(session), world.person(coins=100), world.watching(session, coins=100)
    world.verb(ada, "ban_profile", session, banned)
    people = [good[0], poor, good[1], stranger, good[2], banned, good[3], ada, good[4]]
    outcomes = await asyncio.gather(*(give(server, who, session, rose) for who in people), return_exceptions=True)
    assert [outcome.code if isinstance(outcome, Refused) else "sent" for outcome in outcomes] == [
        "sent", "insufficient_coins", "sent", "not_in_session", "sent", "banned", "sent", "invalid_receiver", "sent",
    ]  # fmt: skip
    assert sent(world, rose, session) == 5


async def test_where_money_is_for_some_they_are_the_first(
    world: World, server: Stage, session: UUID, rose: UUID
) -> None:
    bo = world.watching(session, coins=5 * PRICE)
    quantities = [1, 2, 3, 1, 1, 2]
    outcomes = await asyncio.gather(
        *(give(server, bo, session, rose, quantity=each) for each in quantities), return_exceptions=True
    )
    paid = [isinstance(outcome, dict) for outcome in outcomes]
    assert paid == [True, True, False, True, True, False]
    assert world.balance(bo) == 0


async def test_one_key_is_one_gift_whichever_server_hears_it(
    world: World, servers: tuple[Stage, Stage], session: UUID, rose: UUID
) -> None:
    bo = world.watching(session, coins=100)
    answers = await asyncio.gather(*(give(servers[turn % 2], bo, session, rose, "tap") for turn in range(20)))
    assert all(answer == answers[0] for answer in answers)
    with pytest.raises(Refused, match="used with another request"):
        await give(servers[1], bo, session, rose, "tap", quantity=2)
    assert (sent(world, rose, session), world.balance(bo)) == (1, 90)


async def test_servers_that_serve_the_same_people_never_hold_each_other_up_for_good(
    world: World, servers: tuple[Stage, Stage], rose: UUID, failures: list[str]
) -> None:
    """Two hosts who also give to each other, and ten who give to both, through two servers at once."""
    hosts = [world.person(creator=True, coins=1_000) for _ in range(2)]
    sessions = [world.session(host) for host in hosts]
    people = [world.watching(sessions[0], coins=1_000) for _ in range(10)]
    for who in people:
        world.verb(who, "join_session", sessions[1])
    for place in range(2):
        world.verb(hosts[place], "join_session", sessions[1 - place])
    given = [(who, session) for _ in range(10) for who in people for session in sessions]
    given += [(hosts[place], sessions[1 - place]) for _ in range(10) for place in range(2)]
    answers = await asyncio.gather(
        *(give(servers[turn % 3 % 2], who, session, rose) for turn, (who, session) in enumerate(given))
    )
    assert len({answer["live_gift"]["id"] for answer in answers}) == len(given)
    assert {world.balance(who) for who in people} == {1_000 - 20 * PRICE}
    assert {world.balance(host) for host in hosts} == {1_000 - 10 * PRICE + 110 * PRICE * 80 // 100}
    assert world.one("select sum(amount) from public.coin_entries") == 0
    assert (world.faults(), failures) == ([], [])


async def test_a_batch_whose_connection_is_cut_leaves_nothing_and_each_of_its_gifts_is_sent_once(
    world: World, server: Stage, session: UUID, failures: list[str]
) -> None:
    tulip = world.gift(PRICE)
    people = [world.watching(session, coins=100) for _ in range(8)]
    world.owner("select private.fold_coins()")
    with psycopg.connect(world.url) as conn:
        conn.execute("select from public.gifts where id = %s for update", (tulip,))
        giving = asyncio.gather(*(give(server, who, session, tulip) for who in people))
        await eventually_async(lambda: waiting(world, 1))
        for row in world.owner(WAITERS):
            world.one("select pg_terminate_backend(%s)", row["pid"])
        await eventually_async(lambda: told_of(failures, 1))
        assert sent(world, tulip, session) == 0
    answers = await giving
    assert len({answer["live_gift"]["id"] for answer in answers}) == sent(world, tulip, session) == len(people)
    assert {world.balance(who) for who in people} == {90}
    assert world.faults() == []


@pytest.fixture
def slow_to_notice(world: World) -> Iterator[None]:
    """A server's connections look for a deadlock late: when whoever they wait for has had the time to wait for them."""
    database = world.one("select current_database()")
    world.owner(f"alter role authenticator in database {database} set deadlock_timeout = '4s'")
    yield
    world.owner(f"alter role authenticator in database {database} reset deadlock_timeout")


@pytest.mark.usefixtures("slow_to_notice")
async def test_a_batch_that_a_deadlock_ends_is_sent_all_the_same(world: World, server: Stage, session: UUID) -> None:
    lily, bo = world.gift(PRICE), world.watching(session, coins=100)
    world.owner("select private.fold_coins()")
    with psycopg.connect(world.url) as conn:
        conn.execute("set deadlock_timeout = '1min'")  # so that it is the batch that notices
        conn.execute("select from public.gifts where id = %s for update", (lily,))
        giving = asyncio.gather(*(give(server, bo, session, lily) for _ in range(6)))
        await eventually_async(lambda: waiting(world, 1))
        await asyncio.to_thread(conn.execute, "update public.wallets set balance = balance where user_id = %s", (bo,))
    answers = await giving
    assert [answer["wallet"]["balance"] for answer in answers] == [90, 80, 70, 60, 50, 40]
    assert sent(world, lily, session) == 6
    assert world.faults() == []


async def test_who_gives_to_somebody_being_erased_waits_alone_and_is_told_so(
    world: World, server: Stage, ada: UUID, session: UUID, rose: UUID, failures: list[str]
) -> None:
    other = world.session(world.person(creator=True))
    world.one("select private.wallet_of(creator_id) from public.live_sessions where id = %s", other)
    people = [world.watching(each, coins=100) for each in (session, other) for _ in range(4)]
    world.owner("select private.fold_coins()")
    with psycopg.connect(world.url) as conn:
        conn.execute("set local role supabase_auth_admin")
        conn.execute(ACCOUNTS["hold_presence"], {"user_id": ada})
        giving = [asyncio.create_task(give(server, who, session, rose)) for who in people[:4]]
        answers = await asyncio.gather(*(give(server, who, other, rose) for who in people[4:]))
        assert [answer["wallet"]["balance"] for answer in answers] == [90] * 4
        await eventually_async(lambda: waiting(world, 4))
        conn.execute(ACCOUNTS["delete_user"], {"user_id": ada})
    outcomes = await asyncio.gather(*giving, return_exceptions=True)
    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == ["not_found"] * 4
    assert (world.faults(), failures) == ([], [])


async def waiting(world: World, least: int) -> bool:
    """Whether so many statements of servers wait."""
    return len(world.owner(WAITERS)) >= least


async def told_of(failures: list[str], least: int) -> bool:
    return sum(what.startswith("send ") for what in failures) >= least
