"""An admin gives a gift back, once: the coins go where they came from, and counts, boards and takings follow."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.at_once import together
from tests.world import World

ROSE = 100


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


@pytest.fixture(scope="module")
def rose(world: World) -> UUID:
    return world.gift(ROSE)


@pytest.fixture(scope="module")
def admin_person(world: World) -> UUID:
    return world.admin()


def give(world: World, giver: UUID, session: UUID, gift: UUID, quantity: int = 1) -> UUID:
    answer: Any = world.verb(giver, "send_gift", session, gift, quantity, None, str(uuid4()))
    return UUID(answer["live_gift"]["id"])


def house(world: World) -> int:
    """What the platform has, with what waits."""
    return int(
        world.one("""select wallets.balance + coalesce((select sum(amount) from private.coin_pending
                                                               where wallet_id = wallets.id), 0)
                              from public.wallets where kind = 'platform'""")
    )


def test_a_gift_goes_back_as_it_came(world: World, ada: UUID, session: UUID, rose: UUID, admin_person: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    before = world.balance(ada), house(world), world.row(session)["total_gifts_received"]
    gift = give(world, bo, session, rose, 3)
    world.row(session)
    answer = world.verb(admin_person, "refund_gift", gift)
    assert answer == {"refund": {"live_gift_id": str(gift), "coin_amount": 3 * ROSE}}
    assert world.balance(bo) == 1_000
    assert (world.balance(ada), house(world), world.row(session)["total_gifts_received"]) == before
    assert world.sql(bo, "select refunded_at is not null as back from public.live_gifts where id = %s", gift) == [
        {"back": True}
    ]
    assert world.verb(ada, "takings", session)["gifts"] == {"count": 0, "coins": 0}
    assert world.verb(ada, "takings", session)["supporters"] == []
    assert world.faults() == []


def test_it_goes_back_once_whoever_asks_how_often(world: World, session: UUID, rose: UUID, admin_person: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    gift = give(world, bo, session, rose)
    answers = together(20, lambda _: world.verb(admin_person, "refund_gift", gift))
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused"] * 19 + ["dict"]
    assert world.refusal(admin_person, "refund_gift", gift) == (409, "already_refunded")
    assert (world.balance(bo), world.faults()) == (1_000, [])


def test_nobody_but_an_admin_gives_back(world: World, ada: UUID, session: UUID, rose: UUID, admin_person: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    gift = give(world, bo, session, rose)
    for who in (bo, ada, world.person(creator=True)):
        assert world.refusal(who, "refund_gift", gift) == (403, "forbidden")
    assert world.refusal(admin_person, "refund_gift", uuid4()) == (404, "not_found")
    assert world.balance(bo) == 1_000 - ROSE


def test_a_receiver_who_has_spent_it_owes_nothing(world: World, rose: UUID, admin_person: UUID) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    bo = world.watching(session, coins=1_000)
    gift = give(world, bo, session, rose)
    elsewhere = world.session(world.person(creator=True))
    world.verb(eda, "join_session", elsewhere)
    give(world, eda, elsewhere, world.gift(70))
    world.verb(admin_person, "refund_gift", gift)
    assert (world.balance(bo), world.balance(eda)) == (1_000, 0)
    assert world.faults() == []


@pytest.mark.parametrize("commission", [0, 100])
def test_all_of_it_goes_back_whatever_the_house_had_kept(
    world: World, session: UUID, rose: UUID, admin_person: UUID, commission: int
) -> None:
    bo = world.watching(session, coins=1_000)
    world.owner("update private.settings set gift_commission_percent = %s", commission)
    try:
        gift = give(world, bo, session, rose)
    finally:
        world.owner("update private.settings set gift_commission_percent = 20")
    world.verb(admin_person, "refund_gift", gift)
    assert (world.balance(bo), world.faults()) == (1_000, [])


def test_what_was_given_by_or_to_somebody_who_is_gone_stays_in_the_books(
    world: World, rose: UUID, admin_person: UUID
) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    bo, cem = (world.watching(session, coins=1_000) for _ in range(2))
    from_bo, from_cem = give(world, bo, session, rose), give(world, cem, session, rose)
    world.owner("delete from auth.users where id = %s", bo)
    world.verb(admin_person, "refund_gift", from_bo)
    world.owner("delete from auth.users where id = %s", eda)
    world.verb(admin_person, "refund_gift", from_cem)
    world.one("select private.fold_gift_tallies()")
    assert (world.balance(cem), world.faults()) == (1_000, [])
