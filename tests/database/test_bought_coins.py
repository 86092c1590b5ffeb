"""Coins bought through the stores: given once, taken back as far as there are any; what is owed is paid before anything is spent."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.refusals import Refused
from tests.store import moved, notices, tell, told
from tests.world import World

PACK = 500


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person()


@pytest.fixture(scope="module")
def ege(world: World) -> UUID:
    return world.admin()


@pytest.fixture(scope="module")
def pack(world: World, ege: UUID) -> str:
    """A product of 500 coins."""
    world.verb(ege, "set_product", "coins_500", '{"kind": "coins", "coins": 500}')
    return "coins_500"


def bought(user: UUID, pack: str, purchase: str, *, at: int = -5) -> bytes:
    return told("NON_RENEWING_PURCHASE", user, at=at, ends=None, **facts(user, pack, purchase))


def refunded(user: UUID, pack: str, purchase: str, *, at: int = -1) -> bytes:
    reason = {"cancel_reason": "CUSTOMER_SUPPORT"}
    return told("CANCELLATION", user, at=at, ends=None, **facts(user, pack, purchase), **reason)


def reversed_again(user: UUID, pack: str, purchase: str) -> bytes:
    return told("REFUND_REVERSED", user, at=0, ends=None, **facts(user, pack, purchase))


def facts(user: UUID, pack: str, purchase: str) -> dict[str, Any]:
    line = f"{purchase} of {user}"
    return {"product_id": pack, "entitlement_ids": None, "original_transaction_id": line, "transaction_id": line}


def spend(world: World, user: UUID, coins: int) -> None:
    """A gift to somebody who streams."""
    host = world.person(creator=True)
    session = world.session(host)
    world.verb(user, "join_session", session)
    world.verb(user, "send_gift", session, world.gift(coins), 1, None, str(uuid4()))


def owed(world: World, user: UUID) -> int:
    return int(world.verb(user, "own_purchases")["owed"])


def test_a_pack_is_given_once_for_its_purchase(world: World, bo: UUID, pack: str) -> None:
    body = bought(bo, pack, "one")
    tell(world, body, body, bought(bo, pack, "one", at=-4))
    assert world.balance(bo) == PACK
    tell(world, bought(bo, pack, "two"))
    assert world.balance(bo) == 2 * PACK
    assert notices(world, bo) == ["coins_bought", "coins_bought"]
    assert world.faults() == []


def test_coins_are_no_premium_and_what_is_no_pack_gives_none(world: World, bo: UUID, pack: str) -> None:
    tell(world, bought(bo, pack, "one"), bought(bo, f"unknown-{bo}", "two"))
    assert (world.one("select private.is_premium(%s)", bo), world.balance(bo)) == (False, PACK)


def test_a_sandbox_gives_no_coins(world: World, bo: UUID, pack: str) -> None:
    tell(world, told("NON_RENEWING_PURCHASE", bo, ends=None, environment="SANDBOX", **facts(bo, pack, "one")))
    assert world.balance(bo) == 0


def test_what_was_bought_before_its_product_was_known_is_given_when_it_is(world: World, bo: UUID, ege: UUID) -> None:
    product = f"late-{bo}"
    tell(world, bought(bo, product, "one"))
    world.verb(ege, "set_product", product, '{"kind": "coins", "coins": 7}')
    tell(world, told("TEST", bo), bought(bo, product, "two"))
    assert world.balance(bo) == 14
    world.verb(ege, "set_product", product, '{"kind": "coins", "coins": 9}')
    tell(world, bought(bo, product, "three"))
    assert world.balance(bo) == 23, "what was bought stays as it was"


def test_a_refund_takes_back_what_is_there_and_the_rest_is_owed(world: World, bo: UUID, pack: str) -> None:
    tell(world, bought(bo, pack, "one"))
    spend(world, bo, 300)
    tell(world, refunded(bo, pack, "one"), refunded(bo, pack, "one"))
    assert (world.balance(bo), owed(world, bo)) == (0, 300)
    assert notices(world, bo)[-1] == "coins_taken_back"
    assert world.faults() == []


def test_what_is_owed_is_paid_from_the_next_coins_before_anything_is_spent(world: World, bo: UUID, pack: str) -> None:
    tell(world, bought(bo, pack, "one"))
    spend(world, bo, 500)
    tell(world, refunded(bo, pack, "one"))
    with pytest.raises(Refused) as refused:
        spend(world, bo, 1)
    assert (refused.value.status, refused.value.code) == (402, "coins_owed")
    world.verb(None, "grant_coins", bo, 200, str(uuid4()))
    assert (world.balance(bo), owed(world, bo)) == (0, 300)
    tell(world, bought(bo, pack, "two"))
    assert (world.balance(bo), owed(world, bo)) == (200, 0)
    spend(world, bo, 200)
    assert world.faults() == []


def test_what_a_creator_earns_pays_what_they_owe_when_they_spend(world: World, pack: str) -> None:
    host = world.person(creator=True)
    tell(world, bought(host, pack, "one"))
    spend(world, host, 500)
    tell(world, refunded(host, pack, "one"))
    session = world.session(host)
    fan = world.watching(session, coins=10_000)
    world.verb(fan, "send_gift", session, world.gift(1_000), 1, None, str(uuid4()))
    assert world.balance(host) == 300, "800 net of commission, less 500"
    spend(world, host, 300)
    assert (world.balance(host), owed(world, host)) == (0, 0)
    assert world.faults() == []


def every_spender(world: World, user: UUID) -> dict[str, Callable[[], object]]:
    host = world.person(creator=True)
    open_session = world.session(host)
    sold = world.session(world.person(creator=True), access_type="pay_per_view", ppv_coin_price=5)
    tier = world.put("subscription_tiers", creator_id=host, name="Kulis", coin_price=5)
    world.verb(host, "set_call_prices", '{"audio_coin_per_minute": 5}')
    world.verb(user, "join_session", open_session)
    gift = world.gift(5)
    return {
        "gift": lambda: world.verb(user, "send_gift", open_session, gift, 1, None, str(uuid4())),
        "ticket": lambda: world.verb(user, "buy_ticket", sold, str(uuid4()), None),
        "subscription": lambda: world.verb(user, "subscribe", tier, str(uuid4()), None),
        "call": lambda: world.verb(user, "start_call", host, "audio_call"),
    }


@pytest.mark.parametrize("spender", ["gift", "ticket", "subscription", "call"])
def test_every_way_to_spend_is_shut_by_its_own_code(world: World, bo: UUID, pack: str, spender: str) -> None:
    tell(world, bought(bo, pack, "one"))
    spend(world, bo, 500)
    tell(world, refunded(bo, pack, "one"))
    ways = every_spender(world, bo)
    with pytest.raises(Refused) as refused:
        ways[spender]()
    assert (refused.value.status, refused.value.code) == (402, "coins_owed")


def test_a_refund_that_is_taken_back_gives_again_what_was_taken(world: World, bo: UUID, pack: str) -> None:
    tell(world, bought(bo, pack, "one"))
    spend(world, bo, 300)
    tell(world, refunded(bo, pack, "one"), reversed_again(bo, pack, "one"))
    assert (world.balance(bo), owed(world, bo)) == (200, 0)
    assert world.faults() == []


def test_purchase_refund_and_its_reversal_in_any_order_leave_the_same(world: World, pack: str) -> None:
    for order in permutations(range(4)):
        who = world.person()
        bodies = [
            bought(who, pack, "one"),
            bought(who, pack, "two"),
            refunded(who, pack, "one"),
            refunded(who, pack, "two"),
        ]
        bodies[3] = reversed_again(who, pack, "one") if order[0] % 2 else bodies[3]
        want = PACK * (2 if order[0] % 2 else 0)
        tell(world, *(bodies[place] for place in order), *random.Random(str(order)).sample(bodies, 2))
        assert (world.balance(who), owed(world, who)) == (want, 0), order
    assert world.faults() == []


def test_coins_are_not_handed_on_with_a_subscription(world: World, bo: UUID, pack: str) -> None:
    dilek = world.person()
    tell(world, bought(bo, pack, "one"), moved([str(bo)], [str(dilek)], at=-2))
    assert (world.balance(bo), world.balance(dilek)) == (PACK, 0)


def test_an_erased_buyer_is_told_nothing_and_the_ledger_stays_whole(world: World, bo: UUID, pack: str) -> None:
    tell(world, bought(bo, pack, "one"))
    world.owner("delete from auth.users where id = %s", bo)
    tell(world, refunded(bo, pack, "one"))
    assert world.faults() == []


def test_spending_and_refunds_at_once_never_leave_less_than_nothing(world: World, bo: UUID, pack: str) -> None:
    tell(world, *(bought(bo, pack, str(number)) for number in range(4)))
    host = world.person(creator=True)
    session = world.session(host)
    world.verb(bo, "join_session", session)
    gift = world.gift(100)

    def give(_: int) -> int:
        try:
            world.verb(bo, "send_gift", session, gift, 1, None, str(uuid4()))
        except Refused as refused:
            assert refused.code in ("coins_owed", "insufficient_coins")
            return 0
        return 100

    with ThreadPoolExecutor(8) as pool:
        refunds = [pool.submit(tell, world, refunded(bo, pack, str(number))) for number in range(4)]
        spent = sum(pool.map(give, range(24)))
    for refund in refunds:
        refund.result()
    assert (world.balance(bo), owed(world, bo)) == (0, spent)
    assert world.one("select sum(owed) from private.store_purchases") == world.one(
        "select sum(owed) from public.wallets"
    )
    assert world.faults() == []


@pytest.mark.parametrize("fields", ['{"kind": "coins"}', '{"kind": "premium", "coins": 5}'])
def test_a_product_is_premium_or_so_many_coins(world: World, ege: UUID, fields: str) -> None:
    assert world.refusal(ege, "set_product", "odd", fields) == (422, "unprocessable")


def test_only_admins_say_what_is_sold_and_all_see_what_is(world: World, bo: UUID, ege: UUID, pack: str) -> None:
    assert world.refusal(bo, "set_product", "mine", '{"kind": "coins", "coins": 9}') == (403, "forbidden")
    assert world.refusal(bo, "products", True) == (403, "forbidden")
    world.verb(ege, "set_product", "gone", '{"kind": "premium", "is_active": false}')
    seen = [each["product_id"] for each in world.verb(bo, "products", False)["products"]]
    assert pack in seen
    assert "gone" not in seen
    assert "gone" in [each["product_id"] for each in world.verb(ege, "products", True)["products"]]


@pytest.mark.parametrize("table", ["store_purchases", "store_products"])
def test_no_client_writes_what_was_bought(world: World, bo: UUID, table: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        world.sql(bo, f"delete from private.{table}")
