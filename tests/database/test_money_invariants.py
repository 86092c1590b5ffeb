"""What is true of money whatever happens: `--prove` tries each as often as it takes, every run a tenth of it."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import World

pytestmark = pytest.mark.prove

GRANT_MAX, BALANCE_MAX = 10**9, 10**12
REFUNDS = "select count(*) from public.coin_transactions where kind = 'ticket_refund'"


@pytest.fixture
def times(pytestconfig: pytest.Config) -> int:
    """How much more than usual."""
    return 10 if pytestconfig.getoption("--prove") else 1


def wallet(world: World, user: UUID) -> UUID:
    return UUID(str(world.one("select private.wallet_of(%s)", user)))


def move(world: World, payer: UUID, payee: UUID, amount: int) -> None:
    world.verb(None, "move_coins", "adjustment", str(uuid4()), None, None, payer, [payee], [amount])


def test_gifts_by_many_at_once_leave_the_books_whole(world: World, times: int, ada: UUID) -> None:
    """20 people give 500 gifts each, at once (M1)."""
    given = 50 * times
    session, rose = world.session(ada), world.gift(7)
    people = [world.watching(session, coins=7 * given) for _ in range(20)]

    def give(index: int) -> None:
        for _ in range(given):
            world.verb(people[index], "send_gift", session, rose, 1, None, str(uuid4()))

    assert together(20, give) == [None] * 20
    assert world.owner("select from public.coin_entries group by transaction_id having sum(amount) <> 0") == []
    assert world.one("select sum(amount) from public.coin_entries") == 0
    assert {world.balance(who) for who in people} == {0}
    assert world.faults() == []


def test_the_one_wrong_wallet_is_found_among_many_entries(world: World, times: int) -> None:
    """100 000 entries (M4)."""
    many = 5_000 * times
    bo, cem = wallet(world, world.person()), wallet(world, world.person())
    world.owner(
        """with own as (
             select private.wallet_of_kind('issuer') issuer, %s::uuid bo, %s::integer many
           ), made as (
             insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key)
             select 'adjustment', own.issuer, gen_random_uuid()::text from own, generate_series(1, own.many)
             returning id
           ), sides as (
             insert into public.coin_entries (transaction_id, wallet_id, amount)
             select made.id, own.issuer, -3 from made, own
             union all
             select made.id, own.bo, 3 from made, own
             returning wallet_id, amount
           )
           insert into private.coin_pending (wallet_id, amount) select wallet_id, amount from sides""",
        bo, many,
    )  # fmt: skip
    assert world.faults() == []
    world.owner("select private.fold_coins()")
    assert world.one("select balance from public.wallets where id = %s", bo) == 3 * many
    world.owner("update public.wallets set balance = balance + 1 where id = %s", cem)
    assert [(row["wallet_id"], row["reason"]) for row in world.faults()] == [(cem, "sum_differs")]
    world.owner("update public.wallets set balance = balance - 1 where id = %s", cem)
    assert world.faults() == []


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
        assert {(o.code, o.status) for o in outcomes if isinstance(o, Refused)} == {("insufficient_coins", 402)}
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
                    where kept not between 0 and price or kept <> trunc(price * %s / 100.0)""",
                rate,
            )
            assert wrong == [], rate
    finally:
        world.owner("update private.settings set gift_commission_percent = %s", percent)


@pytest.mark.parametrize("how", ["called off", "over within minutes", "host erased"])
def test_refunds_give_back_what_was_paid_and_once(world: World, times: int, ada: UUID, how: str) -> None:
    """A session with 500 tickets comes to nothing, by twenty at once and then once more (M8)."""
    concert = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=30)
    buyers = [world.person(coins=30) for _ in range(50 * times)]
    for buyer in buyers:
        world.verb(buyer, "buy_ticket", concert, str(uuid4()))
    before = world.one(REFUNDS)
    if how == "over within minutes":
        world.verb(ada, "start_session", concert)

    def end(_: int) -> None:
        if how == "host erased":
            world.owner("delete from auth.users where id = %s", ada)
        else:
            world.verb(ada, "cancel_session" if how == "called off" else "end_session", concert)

    together(20, end)
    assert world.one("select private.refund_tickets(%s)", concert) == 0
    assert {world.balance(buyer) for buyer in buyers} == {30}
    assert world.one(REFUNDS) - before == len(buyers)
    assert world.faults() == []


def test_one_ticket_is_given_back_once_however_many_ban_its_holder(world: World, times: int, ada: UUID) -> None:
    """Twenty refunds at once are one (M8)."""
    concert = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=30)
    for _ in range(times):
        bo = world.person(coins=30)
        world.verb(bo, "buy_ticket", concert, str(uuid4()))
        before = world.one(REFUNDS)
        together(20, lambda _, bo=bo: world.verb(ada, "ban_from_all", bo))
        assert (world.balance(bo), world.one(REFUNDS) - before) == (30, 1)


def test_the_books_outlive_who_wrote_them(world: World, times: int, ada: UUID) -> None:
    """Givers, takers and hosts are erased while gifts go on: every entry stays, nobody is named (M9)."""
    session, rose = world.session(ada), world.gift(10)
    people = [world.watching(session, coins=100) for _ in range(10 * times)]

    def give_and_go(index: int) -> None:
        for _ in range(3):
            world.verb(people[index], "send_gift", session, rose, 1, None, str(uuid4()))
        world.owner("delete from auth.users where id = %s", people[index])

    for start in range(0, len(people), 10):
        outcomes = together(10, lambda index, start=start: give_and_go(start + index))
        assert outcomes == [None] * 10
    world.owner("delete from auth.users where id = %s", ada)
    gifts = world.owner("select * from public.live_gifts where gift_id = %s", rose)
    assert len(gifts) == 3 * len(people)
    assert {(row["sender_id"], row["sender_profile_id"], row["receiver_id"]) for row in gifts} == {(None, None, None)}
    moved = "select sum(amount), count(*) from public.coin_entries where transaction_id = any (%s) and amount < 0"
    assert world.owner(moved, [row["transaction_id"] for row in gifts])[0] == {
        "sum": -30 * len(people),
        "count": len(gifts),
    }
    owners = """select count(*) from public.coin_entries entries
                  join public.wallets on wallets.id = entries.wallet_id
                 where entries.transaction_id = any (%s) and wallets.user_id is not null"""
    assert world.one(owners, [row["transaction_id"] for row in gifts]) == 0
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


@pytest.fixture
def rich(world: World, ada: UUID) -> UUID:
    """Ada, whose wallet holds all it may but ten coins."""
    issuer = UUID(str(world.one("select private.wallet_of_kind('issuer')")))
    move(world, issuer, wallet(world, ada), BALANCE_MAX - 10)
    world.owner("select private.fold_coins()")
    return ada


def test_who_gives_more_than_a_wallet_may_hold_is_told_so(world: World, rich: UUID) -> None:
    session, small, large = world.session(rich), world.gift(10), world.gift(100)
    bo = world.watching(session, coins=1_000)
    assert world.refusal(bo, "send_gift", session, large, 1, None, str(uuid4())) == (422, "balance_too_large")
    assert world.balance(bo) == 1_000
    world.verb(bo, "send_gift", session, small, 1, None, str(uuid4()))
    assert (world.balance(bo), world.balance(rich), world.faults()) == (990, BALANCE_MAX - 2, [])


def test_what_is_paid_out_beyond_what_a_wallet_may_hold_waits_and_is_named(world: World, rich: UUID) -> None:
    concert = world.session(rich, live=False, access_type="pay_per_view", ppv_coin_price=10)
    for _ in range(3):
        world.verb(world.person(coins=10), "buy_ticket", concert, str(uuid4()))
    world.verb(rich, "start_session", concert)
    world.owner("update public.live_sessions set started_at = now() - interval '1 hour' where id = %s", concert)
    world.owner("update private.tickets set created_at = now() - interval '1 hour' where session_id = %s", concert)
    world.verb(rich, "end_session", concert)
    world.owner("select private.fold_coins()")
    own = wallet(world, rich)
    assert world.one("select balance from public.wallets where id = %s", own) == BALANCE_MAX - 2
    assert [(row["wallet_id"], row["reason"]) for row in world.faults()] == [(own, "out_of_bounds")]
    # what waits is theirs as soon as there is room
    other = world.session(world.person(creator=True))
    world.verb(rich, "join_session", other)
    world.verb(rich, "send_gift", other, world.gift(100), 1, None, str(uuid4()))
    world.owner("select private.fold_coins()")
    assert world.one("select balance from public.wallets where id = %s", own) == BALANCE_MAX - 10 + 24 - 100
    assert world.faults() == []


def test_a_balance_above_its_ceiling_cannot_be_written(world: World, rich: UUID) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        world.owner("update public.wallets set balance = %s where user_id = %s", BALANCE_MAX + 1, rich)


def test_one_wallet_that_cannot_be_folded_stops_no_other(world: World) -> None:
    bo, cem = world.person(coins=5), world.person(coins=5)
    world.owner("select private.fold_coins()")
    world.owner("insert into private.coin_pending (wallet_id, amount) values (%s, %s)", wallet(world, bo), 2**63 - 2)
    world.verb(None, "grant_coins", cem, 3, str(uuid4()))
    world.owner("select private.fold_coins()")
    assert world.one("select balance from public.wallets where user_id = %s", cem) == 8
    assert world.one("select balance from public.wallets where user_id = %s", bo) == 5
    assert (wallet(world, bo), "out_of_bounds") in [(row["wallet_id"], row["reason"]) for row in world.faults()]
    world.owner("insert into private.coin_pending (wallet_id, amount) values (%s, 4)", wallet(world, bo))
    world.owner("select private.fold_coins()")
    assert world.one("select balance from public.wallets where user_id = %s", bo) == 9
    world.owner("delete from private.coin_pending where wallet_id = %s", wallet(world, bo))
