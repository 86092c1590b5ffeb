"""Ticket money waits in escrow: paid once, given back on cancel, the creator's when the session has ended."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from tests.at_once import overtaken, together
from tests.world import World


@pytest.fixture
def concert(world: World, ada: UUID) -> UUID:
    return world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=250)


def kept(world: World, kind: str) -> int:
    """What a system wallet holds, pending coins included."""
    return int(
        world.one(
            """select coalesce(sum(entries.amount), 0) from public.coin_entries entries
                 join public.wallets on wallets.id = entries.wallet_id where wallets.kind = %s""",
            kind,
        )
    )


def test_a_ticket_is_paid_once_and_lets_in_again_and_again(world: World, ada: UUID, concert: UUID) -> None:
    bo = world.person(coins=600)
    world.verb(ada, "start_session", concert)
    assert world.refusal(bo, "join_session", concert) == (402, "ticket_required")
    answers = together(10, lambda _: world.verb(bo, "buy_ticket", concert, str(uuid4())))
    assert {answer["ticket"]["id"] for answer in answers} == {answers[0]["ticket"]["id"]}
    assert world.balance(bo) == 350
    for _ in range(2):
        world.verb(bo, "join_session", concert)
        world.verb(bo, "leave_session", concert)
    paid = world.owner("select paid_amount, payment_id from public.live_participants where user_id = %s", bo)[0]
    assert paid["paid_amount"] == 250
    assert paid["payment_id"] is not None


def test_who_cannot_pay_or_is_banned_gets_no_ticket(
    world: World, ada: UUID, cem: UUID, dilek: UUID, concert: UUID
) -> None:
    assert world.refusal(dilek, "buy_ticket", concert, "k") == (402, "insufficient_coins")
    assert world.refusal(cem, "buy_ticket", concert, "k") == (403, "banned")
    assert world.refusal(ada, "buy_ticket", concert, "k") == (409, "ticket_not_needed")
    assert world.refusal(dilek, "buy_ticket", concert, None) == (400, "idempotency_key_required")
    assert world.refusal(dilek, "buy_ticket", uuid4(), "k2") == (404, "not_found")


def test_one_reads_the_tickets_one_holds_and_nobody_elses(world: World, ada: UUID, concert: UUID) -> None:
    bo, other = world.person(coins=600), world.person(coins=600)
    assert world.verb(bo, "own_tickets") == {"tickets": []}
    ticket = world.verb(bo, "buy_ticket", concert, "mine")["ticket"]
    world.verb(other, "buy_ticket", concert, "mine")
    assert world.verb(bo, "own_tickets") == {"tickets": [ticket]}
    world.verb(ada, "cancel_session", concert)
    assert world.verb(bo, "own_tickets") == {"tickets": []}


def test_a_cancelled_session_gives_every_ticket_back_once(world: World, ada: UUID, concert: UUID) -> None:
    escrow = kept(world, "escrow")
    people = [world.person(coins=300) for _ in range(10)]
    for who in people:
        world.verb(who, "buy_ticket", concert, "mine")
    assert kept(world, "escrow") == escrow + 2500
    answers = together(4, lambda _: world.verb(ada, "cancel_session", concert))
    assert sorted(answer["refunds"] for answer in answers) == [0, 0, 0, 10]
    assert [world.balance(who) for who in people] == [300] * 10
    assert (world.balance(ada), kept(world, "escrow")) == (0, escrow)
    assert world.faults() == []


def test_the_creator_is_paid_when_the_session_has_ended_and_not_before(world: World, ada: UUID, concert: UUID) -> None:
    for _ in range(3):
        world.verb(world.person(coins=250), "buy_ticket", concert, "mine")
    world.verb(ada, "start_session", concert)
    world.owner("update public.live_sessions set started_at = now() - interval '1 hour' where id = %s", concert)
    world.owner("update private.tickets set created_at = now() - interval '1 hour' where session_id = %s", concert)
    assert world.balance(ada) == 0
    together(4, lambda _: world.verb(ada, "end_session", concert))
    assert world.balance(ada) == 600
    assert world.refusal(world.person(coins=250), "buy_ticket", concert, "late") == (409, "session_over")
    assert world.faults() == []


def test_price_and_access_are_frozen_by_the_first_ticket(world: World, ada: UUID, concert: UUID) -> None:
    cheaper = "update public.live_sessions set ppv_coin_price = 200 where id = %s returning id"
    assert world.sql(ada, cheaper, concert)
    world.verb(world.person(coins=250), "buy_ticket", concert, "mine")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="fixed once a ticket is sold"):
        world.sql(ada, "update public.live_sessions set access_type = 'public' where id = %s", concert)
    assert world.refusal(ada, "edit_session", concert, '{"ppv_coin_price": 1}') == (409, "tickets_sold")
    assert world.verb(ada, "edit_session", concert, '{"title": "Konser"}')["session"]["title"] == "Konser"


def test_nobody_pays_for_a_session_that_is_made_free_at_that_moment(world: World, ada: UUID, concert: UUID) -> None:
    bo = world.person(coins=250)
    with world.acting(ada) as conn:
        free = "update public.live_sessions set access_type = 'subscribers_only', ppv_coin_price = 0 where id = %s"
        conn.execute(free, (concert,))
        refused = overtaken(world, conn, lambda: world.refusal(bo, "buy_ticket", concert, "mine"))
    assert refused == (409, "ticket_not_needed")
    assert world.balance(bo) == 250


def test_a_price_is_not_changed_while_a_ticket_is_being_paid(world: World, ada: UUID, concert: UUID) -> None:
    bo = world.person(coins=250)
    dearer = "update public.live_sessions set ppv_coin_price = 900 where id = %s"
    with world.serving(bo) as conn:
        conn.execute("select private.buy_ticket(%s, 'mine')", (concert,))
        refused = overtaken(world, conn, lambda: world.sql(ada, dearer, concert))
    assert isinstance(refused, psycopg.errors.InsufficientPrivilege)
    assert world.one("select ppv_coin_price from public.live_sessions where id = %s", concert) == 250


def test_tickets_of_an_erased_creator_are_given_back(world: World, ada: UUID, concert: UUID) -> None:
    bo = world.person(coins=250)
    world.verb(bo, "buy_ticket", concert, "mine")
    world.owner("delete from auth.users where id = %s", ada)
    assert world.balance(bo) == 250
    assert world.faults() == []


def test_a_subscription_is_paid_once_and_opens_the_door(world: World, ada: UUID, bo: UUID, dilek: UUID) -> None:
    tier = world.one(
        "insert into public.subscription_tiers (creator_id, name, coin_price) values (%s, 'Dost', 300) returning id",
        ada,
    )
    session = world.session(ada, access_type="subscribers_only")
    assert world.refusal(dilek, "subscribe", tier, "k") == (402, "insufficient_coins")
    assert world.sql(dilek, "select id from public.creator_subscriptions") == []
    answers = together(6, lambda _: world.verb(bo, "subscribe", tier, "k"))
    assert all(answer == answers[0] for answer in answers)
    assert (world.balance(bo), world.balance(ada)) == (700, 0)  # it waits in escrow until the month is over
    assert world.refusal(bo, "subscribe", tier, "again") == (409, "already_subscribed")
    world.verb(bo, "join_session", session)
    world.verb(bo, "cancel_subscription", answers[0]["subscription"]["id"])
    world.verb(bo, "join_session", session)
    world.owner("update public.creator_subscriptions set expires_at = now() where subscriber_id = %s", bo)
    assert world.refusal(bo, "join_session", session) == (403, "subscription_required")
