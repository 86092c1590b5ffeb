"""What is true of money whatever happens: `--prove` tries each as often as it takes, every run a tenth of it."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID, uuid4

import pytest

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import World

pytestmark = pytest.mark.prove

GRANT_MAX, BALANCE_MAX = 10**9, 10**12


@pytest.fixture
def times(pytestconfig: pytest.Config) -> int:
    """How much more than usual."""
    return 10 if pytestconfig.getoption("--prove") else 1


def wallet(world: World, user: UUID) -> UUID:
    return UUID(str(world.one("select private.wallet_of(%s)", user)))


def move(world: World, payer: UUID, payee: UUID, amount: int) -> None:
    world.verb(None, "move_coins", "adjustment", str(uuid4()), None, None, payer, [payee], [amount])


def test_every_transaction_sums_to_zero_and_every_balance_is_its_fold(world: World, times: int, ada: UUID) -> None:
    """Grants, gifts, tickets, refunds and folds in random order, looked at after each (M1, M4)."""
    dice = random.Random(20260202)
    session, rose = world.session(ada), world.gift(7)
    people = [world.watching(session, coins=100) for _ in range(5)]
    concerts = [
        world.session(world.person(creator=True), live=False, access_type="pay_per_view", ppv_coin_price=20)
        for _ in range(3)
    ]

    def act() -> None:
        who = dice.choice(people)
        match dice.randrange(6):
            case 0:
                world.verb(None, "grant_coins", who, dice.randint(1, 50), str(uuid4()))
            case 1 | 2:
                world.verb(who, "send_gift", session, rose, dice.randint(1, 4), None, str(uuid4()))
            case 3:
                world.verb(who, "buy_ticket", dice.choice(concerts), str(uuid4()))
            case 4:
                world.owner("select private.fold_coins()")
            case _:
                concert = dice.choice(concerts)
                world.verb(world.row(concert)["creator_id"], "cancel_session", concert)

    outcomes: Counter[str] = Counter()
    for _ in range(200 * times):
        try:
            act()
            outcomes["done"] += 1
        except Refused as refused:
            outcomes[refused.code] += 1
        sums = world.owner("select 1 from public.coin_entries group by transaction_id having sum(amount) <> 0")
        assert (sums, world.faults()) == ([], [])
        assert world.one("select coalesce(sum(amount), 0) from public.coin_entries") == 0
        assert world.one("select count(*) from public.wallets where kind = 'user' and balance < 0") == 0
    assert outcomes["done"] > 50


def test_a_wallet_that_is_wrong_is_the_one_that_is_named(world: World) -> None:
    bo, cem = world.person(coins=10), world.person(coins=10)
    world.owner("select private.fold_coins()")
    world.owner("update public.wallets set balance = balance + 1 where user_id = %s", bo)
    assert [fault["wallet_id"] for fault in world.faults()] == [wallet(world, bo)]
    world.owner("update public.wallets set balance = balance - 1 where user_id = %s", bo)
    assert world.balance(cem) == 10


def test_coins_never_run_below_nothing(world: World, times: int) -> None:
    """1 000 coins, 64 gifts of 100 at once: ten succeed (M2)."""
    session, dear = world.session(world.person(creator=True)), world.gift(100)
    for _ in range(5 * times):
        bo = world.watching(session, coins=1_000)

        def give(_: int, bo: UUID = bo) -> None:
            world.verb(bo, "send_gift", session, dear, 1, None, str(uuid4()))

        outcomes = together(64, give)
        assert sum(outcome is None for outcome in outcomes) == 10
        assert {o.code for o in outcomes if isinstance(o, Refused)} == {"insufficient_coins"}
        assert world.balance(bo) == 0


def test_opposite_transfers_by_many_at_once_wait_for_each_other_and_end(world: World, times: int) -> None:
    """A to B and B to A by 32 at once: no deadlock, no coin lost (M5)."""
    ada, bo = (wallet(world, world.person(coins=100_000)) for _ in range(2))

    def transfer(index: int) -> None:
        payer, payee = (ada, bo) if index % 2 else (bo, ada)
        for _ in range(32 * times):
            move(world, payer, payee, 1)

    assert [outcome for outcome in together(32, transfer) if outcome is not None] == []
    assert world.faults() == []


def test_commission_and_share_are_the_price_for_every_price_and_rate(world: World, times: int) -> None:
    """Whole coins, always rounded to the same side (M7)."""
    percent = world.one("select gift_commission_percent from private.settings")
    try:
        for rate in range(0, 101, 10 // times):
            world.owner("update private.settings set gift_commission_percent = %s", rate)
            wrong = world.owner(
                """select price from generate_series(1, 10000) price, private.commission_of(price) kept
                    where kept not between 0 and price or kept <> floor(price * %s / 100.0)""",
                rate,
            )
            assert wrong == [], rate
    finally:
        world.owner("update private.settings set gift_commission_percent = %s", percent)


def test_refunds_give_back_what_was_paid_and_once(world: World, times: int, ada: UUID) -> None:
    """A session with many tickets is called off twenty times at once (M8)."""
    concert = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=30)
    buyers = [world.person(coins=30) for _ in range(50 * times)]
    for buyer in buyers:
        world.verb(buyer, "buy_ticket", concert, str(uuid4()))
    refunds = "select count(*) from public.coin_transactions where kind = 'ticket_refund'"
    before = world.one(refunds)
    together(20, lambda _: world.verb(ada, "cancel_session", concert))
    assert {world.balance(buyer) for buyer in buyers} == {30}
    assert world.one(refunds) - before == len(buyers)
    assert world.faults() == []


@pytest.mark.parametrize("amount", [GRANT_MAX + 1, 2**63 - 1, 10 * 2**63], ids=["one more", "a bigint's last", "more"])
def test_a_grant_has_a_ceiling_whatever_its_size(world: World, amount: int, dilek: UUID) -> None:
    assert world.refusal(None, "grant_coins", dilek, amount, str(uuid4())) == (422, "grant_too_large")
    assert world.verb(None, "grant_coins", dilek, GRANT_MAX, str(uuid4()))["balance"] == GRANT_MAX


def test_a_balance_has_a_ceiling_and_a_refused_grant_gives_nothing(world: World, dilek: UUID) -> None:
    for _ in range(BALANCE_MAX // GRANT_MAX):
        world.verb(None, "grant_coins", dilek, GRANT_MAX, str(uuid4()))
    assert world.refusal(None, "grant_coins", dilek, 1, str(uuid4())) == (422, "balance_too_large")
    assert world.balance(dilek) == BALANCE_MAX


def test_one_wallet_that_cannot_be_folded_stops_no_other(world: World) -> None:
    bo, cem = world.person(coins=5), world.person(coins=5)
    world.owner("select private.fold_coins()")
    world.owner("insert into private.coin_pending (wallet_id, amount) values (%s, %s)", wallet(world, bo), 2**63 - 2)
    world.verb(None, "grant_coins", cem, 3, str(uuid4()))
    world.owner("select private.fold_coins()")
    assert world.one("select balance from public.wallets where user_id = %s", cem) == 8
    assert world.one("select balance from public.wallets where user_id = %s", bo) == 5
    world.owner("delete from private.coin_pending where wallet_id = %s", wallet(world, bo))
