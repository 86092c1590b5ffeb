"""Money as clients ask for it: the price is the server's, and a request that is repeated is paid once."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from tests.at_once import together
from tests.stage import Door, new_key
from tests.world import World

VIDEO = {"session_type": "video_live", "title": "Akşam sahnesi"}


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


def gifts_of(session: UUID) -> str:
    return f"live/sessions/{session}/gifts"


def test_a_hundred_retries_of_one_gift_are_one_gift_with_one_answer(door: Door, world: World, session: UUID) -> None:
    """M3; what the same key says of another gift is refused."""
    bo, rose, key = world.watching(session, coins=1_000), world.gift(7), new_key()
    body = {"gift_id": str(rose), "quantity": 2, "expected_price": 7}
    answers = together(100, lambda _: door.post(bo, gifts_of(session), body, key=key))
    assert [answer.status_code for answer in answers] == [200] * 100
    assert len({answer.content for answer in answers}) == 1
    assert world.balance(bo) == 986
    assert world.one("select count(*) from public.live_gifts where sender_id = %s", bo) == 1
    for other in ({"quantity": 3}, {"expected_price": 8}, {"gift_id": str(world.gift(7))}):
        assert door.refusal(bo, gifts_of(session), body | other, key=key) == (422, "idempotency_key_reused")
    assert world.balance(bo) == 986


def test_a_gift_costs_what_the_catalogue_says_and_no_client(door: Door, world: World, session: UUID) -> None:
    """M6."""
    bo, ring = world.watching(session, coins=2_000), world.gift(500)
    body = {"gift_id": str(ring)}
    for forged in ({"coin_amount": 1}, {"coin_price": 1}, {"price": 1}, {"quantity": -1}, {"quantity": 0}):
        assert door.refusal(bo, gifts_of(session), body | forged, key=new_key()) == (422, "unprocessable")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(
            bo,
            """insert into public.live_gifts (session_id, sender_id, receiver_id, gift_id, quantity, coin_amount)
               select id, %s, creator_id, %s, 1, 1 from public.live_sessions where id = %s""",
            bo, ring, session,
        )  # fmt: skip
    assert world.balance(bo) == 2_000
    sent = door.done(bo, gifts_of(session), body, key=new_key())
    assert (sent["live_gift"]["coin_amount"], sent["wallet"]["balance"]) == (500, 1_500)


def test_a_gift_that_became_dearer_between_two_taps_costs_what_it_costs_then(
    door: Door, world: World, session: UUID
) -> None:
    """M6: the price is that of the sending, for each gift of a combo."""
    bo, rose = world.watching(session, coins=1_000), world.gift(10)
    body = {"gift_id": str(rose)}
    paid = []
    for price in (10, 25, 5):
        world.owner("update public.gifts set coin_price = %s where id = %s", price, rose)
        paid.append(door.done(bo, gifts_of(session), body, key=new_key())["live_gift"]["coin_amount"])
    assert paid == [10, 25, 5]
    assert world.balance(bo) == 960


def test_a_gift_costs_what_was_shown_or_nothing_is_sent(door: Door, world: World, session: UUID) -> None:
    bo, rose = world.watching(session, coins=1_000), world.gift(10)
    body, key = {"gift_id": str(rose), "quantity": 3, "expected_price": 10}, new_key()
    sent = door.done(bo, gifts_of(session), body, key=key)
    world.owner("update public.gifts set coin_price = 90 where id = %s", rose)
    changed = door.post(bo, gifts_of(session), body, key=new_key())
    assert (changed.status_code, changed.json()["code"]) == (409, "price_changed")
    assert changed.json()["details"] == {"price": 90, "expected_price": 10}
    assert world.balance(bo) == 970
    # what was paid already is answered as it was
    assert door.done(bo, gifts_of(session), body, key=key) == sent
    assert door.refusal(bo, gifts_of(session), body | {"expected_price": "90"}, key=key) == (422, "unprocessable")
    assert door.done(bo, gifts_of(session), body | {"expected_price": 90}, key=new_key())["wallet"] == {"balance": 700}


def test_a_ticket_that_was_paid_is_answered_as_it_was_though_it_costs_more_by_now(
    door: Door, world: World, ada: UUID
) -> None:
    concert = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=10)
    bo, key, path = world.person(coins=100), new_key(), f"live/sessions/{concert}/ticket"
    bought = door.done(bo, path, {"expected_price": 10}, key=key)
    world.owner("update public.live_sessions set ppv_coin_price = 90 where id = %s", concert)
    assert door.done(bo, path, {"expected_price": 10}, key=key) == bought
    assert world.balance(bo) == 90


def test_a_subscription_costs_what_was_shown_or_nothing_is_paid(world: World, ada: UUID) -> None:
    tier = world.put("subscription_tiers", creator_id=ada, name="Dost", coin_price=300)
    bo, key = world.person(coins=1_000), str(uuid4())
    assert world.refusal(bo, "subscribe", tier, key, 299) == (409, "price_changed")
    assert world.balance(bo) == 1_000
    taken = world.verb(bo, "subscribe", tier, key, 300)
    world.owner("update public.subscription_tiers set coin_price = 900 where id = %s", tier)
    assert world.verb(bo, "subscribe", tier, key, 300) == taken
    assert world.balance(bo) == 700


def test_nothing_is_sold_in_the_name_of_a_suspended_creator(door: Door, world: World, ada: UUID) -> None:
    concert = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=10)
    tier = world.put("subscription_tiers", creator_id=ada, name="Dost", coin_price=10)
    bo, path = world.person(coins=100), f"live/sessions/{concert}/ticket"
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", ada)
    assert door.refusal(bo, path, key=new_key()) == (409, "creator_unavailable")
    assert world.refusal(bo, "subscribe", tier, new_key()) == (409, "creator_unavailable")
    world.owner("update auth.users set banned_until = null where id = %s", ada)
    assert door.done(bo, path, key=new_key())["wallet"] == {"balance": 90}


def test_what_an_erased_creator_planned_is_called_off_at_once_and_what_a_suspended_one_planned_is_not(
    world: World, ada: UUID
) -> None:
    ece = world.person(creator=True)
    concerts = [world.session(who, live=False, access_type="pay_per_view", ppv_coin_price=10) for who in (ada, ece)]
    bo = world.person(coins=20)
    for concert in concerts:
        world.verb(bo, "buy_ticket", concert, new_key())
    world.owner("update auth.users set deleted_at = now() where id = %s", ada)
    world.owner("update auth.users set banned_until = 'infinity' where id = %s", ece)
    assert [world.row(concert)["status"] for concert in concerts] == ["cancelled", "scheduled"]
    assert world.balance(bo) == 10


@pytest.mark.parametrize("key", [b"\xc2\xa0", b"a\x85", b"a\tb", "anahtarı".encode()])
def test_a_key_that_could_be_read_in_two_ways_pays_nothing(door: Door, world: World, session: UUID, key: bytes) -> None:
    bo, rose = world.watching(session, coins=10), world.gift(10)
    answer = door.call(bo, "POST", gifts_of(session), {"gift_id": str(rose)}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_unreadable")
    assert world.balance(bo) == 10
    assert door.call(bo, "POST", gifts_of(session), {"gift_id": str(rose)}, key="a b").status_code == 200
