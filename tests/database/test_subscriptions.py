"""A subscription's month waits in escrow until it is over; changed, paused, renewed, given back, it opens what is paid.

The clock is the test's: days pass for one subscription at a time (`tests/subscriptions.py`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.coins.renewals import SubscriptionsKept
from sahne.database.refusals import Refused
from tests.at_once import together
from tests.subscriptions import PRICE, SHARE, days_pass, in_escrow, look, row, statement, subscribed, tier, told
from tests.world import LINE, World


@pytest.fixture
def mine(world: World, ada: UUID) -> UUID:
    """Ada's tier of 300 coins."""
    return tier(world, ada)


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person(coins=1_000)


@pytest.fixture
def closed(world: World, ada: UUID) -> UUID:
    """A session for Ada's subscribers."""
    return world.session(ada, access_type="subscribers_only")


def act(world: World, who: UUID, what: str, subscription: UUID, *values: Any) -> Any:
    return world.verb(who, f"{what}_subscription", subscription, *values)["subscription"]


def refused(world: World, who: UUID, what: str, subscription: UUID, *values: Any) -> tuple[int, str]:
    return world.refusal(who, f"{what}_subscription", subscription, *values)


def gets_in(world: World, who: UUID, session: UUID) -> bool:
    try:
        world.verb(who, "join_session", session)
    except Refused as refusal:
        assert refusal.code == "subscription_required"
        return False
    return True


def codes(answers: list[Any]) -> list[str]:
    return sorted(each.code if isinstance(each, Refused) else "done" for each in answers)


# Money: a month at a time, by way of escrow


def test_a_month_waits_in_escrow_and_is_the_creators_when_it_is_over(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    before = in_escrow(world)
    taken = subscribed(world, bo, mine)
    assert (world.balance(bo), world.balance(ada), in_escrow(world) - before) == (1_000 - PRICE, 0, PRICE)
    act(world, bo, "cancel", taken)
    look(world)
    assert world.balance(ada) == 0
    days_pass(world, taken, 31)
    for _ in range(2):
        look(world)
    assert (world.balance(bo), world.balance(ada), in_escrow(world) - before) == (1_000 - PRICE, SHARE, 0)
    assert statement(world, ada) == [("subscription_payout", SHARE)]
    assert world.faults() == []


def test_twenty_who_subscribe_at_once_pay_once(world: World, bo: UUID, mine: UUID) -> None:
    answers = together(20, lambda _: world.verb(bo, "subscribe", mine, str(uuid4())))
    assert codes(answers) == ["already_subscribed"] * 19 + ["done"]
    assert world.balance(bo) == 1_000 - PRICE


def test_a_creator_who_is_suspended_when_a_month_ends_is_not_paid_for_it(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 31)
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", ada)
    look(world)
    assert (world.balance(bo), world.balance(ada)) == (1_000, 0)
    assert (row(world, taken)["status"], row(world, taken)["end_reason"]) == ("cancelled", "creator_unavailable")
    assert told(world, bo) == ["subscription_ended"]


def test_a_creator_who_is_erased_leaves_the_month_that_runs_to_who_paid_it(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    before = in_escrow(world)
    subscribed(world, bo, mine)
    world.owner("delete from auth.users where id = %s", ada)
    assert (world.balance(bo), in_escrow(world) - before, world.faults()) == (1_000, 0, [])


def test_a_subscriber_who_is_erased_has_paid_for_the_month(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 31)
    world.owner("delete from auth.users where id = %s", bo)
    look(world)
    assert (world.balance(ada), world.faults()) == (SHARE, [])


def test_an_admin_gives_the_last_month_back_once(world: World, ada: UUID, bo: UUID, mine: UUID, closed: UUID) -> None:
    taken, ege = subscribed(world, bo, mine), world.admin()
    for who in (ada, bo):
        assert refused(world, who, "refund", taken) == (403, "forbidden")
    answers = together(20, lambda _: world.verb(ege, "refund_subscription", taken))
    assert codes(answers) == ["already_refunded"] * 19 + ["done"]
    assert (world.balance(bo), world.balance(ada), gets_in(world, bo, closed)) == (1_000, 0, False)
    assert row(world, taken)["end_reason"] == "refunded"
    assert world.one("select refunded_by from private.subscription_periods where subscription_id = %s", taken) == ege


def test_what_was_paid_out_is_not_given_back(world: World, bo: UUID, mine: UUID) -> None:
    taken, ege = subscribed(world, bo, mine), world.admin()
    act(world, bo, "cancel", taken)
    days_pass(world, taken, 31)
    look(world)
    assert refused(world, ege, "refund", taken) == (409, "nothing_to_refund")
    assert refused(world, ege, "refund", uuid4()) == (404, "not_found")


# Renewals


def test_a_month_is_renewed_when_it_is_over_from_where_it_ended(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 30.5)
    ended = row(world, taken)["expires_at"]
    look(world)
    now = row(world, taken)
    assert (now["expires_at"] - ended).days == 30
    assert (now["renews_at"], now["periods_paid"]) == (now["expires_at"], 2)
    assert (world.balance(bo), world.balance(ada)) == (1_000 - 2 * PRICE, SHARE)


def test_twenty_workers_renew_once(world: World, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 31)
    answers = together(20, lambda _: world.verb(None, "renew_subscription", taken))
    assert sorted(map(str, answers)) == ["None"] * 19 + ["renewed"]
    assert (world.balance(bo), row(world, taken)["periods_paid"]) == (1_000 - 2 * PRICE, 2)


def test_a_renewal_that_races_a_cancellation_is_before_or_after_it(world: World, ada: UUID, mine: UUID) -> None:
    for _ in range(10):
        bo = world.person(coins=1_000)
        taken = subscribed(world, bo, mine)
        days_pass(world, taken, 31)
        acts = [("cancel_subscription", bo), ("renew_subscription", None)] * 4
        together(len(acts), lambda index, taken=taken, acts=acts: world.verb(acts[index][1], acts[index][0], taken))
        now = row(world, taken)
        assert (now["status"], now["renews_at"]) == ("cancelled", None)
        assert world.balance(bo) == 1_000 - now["periods_paid"] * PRICE
        assert now["periods_paid"] in (1, 2)
    assert world.faults() == []


def test_a_price_that_rises_is_for_new_subscribers_alone(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    taken, dilek = subscribed(world, bo, mine), world.person(coins=1_000)
    world.verb(ada, "edit_tier", mine, '{"coin_price": 900}')
    subscribed(world, dilek, mine)
    world.verb(ada, "edit_tier", mine, '{"is_active": false}')
    days_pass(world, taken, 31)
    look(world)
    assert (world.balance(bo), world.balance(dilek)) == (1_000 - 2 * PRICE, 100)
    assert world.refusal(world.person(coins=1_000), "subscribe", mine, str(uuid4())) == (404, "not_found")


def test_its_subscriber_is_told_three_days_ahead_once(world: World, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 26)
    look(world)
    assert told(world, bo) == []
    days_pass(world, taken, 2)
    for _ in range(2):
        look(world)
    assert told(world, bo) == ["subscription_renews"]
    notice = world.one("select details from public.notifications where user_id = %s", bo)
    assert (notice["subscription_id"], notice["coin_price"]) == (str(taken), PRICE)
    days_pass(world, taken, 2)
    look(world)
    days_pass(world, taken, 28)
    look(world)
    assert told(world, bo) == ["subscription_renews", "subscription_renewed", "subscription_renews"]


def test_it_is_tried_on_three_days_and_then_it_is_over(world: World, mine: UUID, closed: UUID) -> None:
    bo = world.person(coins=PRICE)
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 30)
    seen = []
    for _ in range(3):
        look(world)
        seen.append((row(world, taken)["status"], gets_in(world, bo, closed)))
        look(world)
        days_pass(world, taken, 1)
    assert seen == [("active", True), ("active", True), ("cancelled", False)]
    assert told(world, bo) == ["subscription_unpaid", "subscription_unpaid", "subscription_ended"]
    assert row(world, taken)["end_reason"] == "unpaid"
    look(world)
    assert world.balance(bo) == 0


def test_coins_that_come_in_time_pay_the_days_that_were_lent(world: World, mine: UUID) -> None:
    bo = world.person(coins=PRICE)
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 30)
    look(world)
    world.verb(None, "grant_coins", bo, PRICE, str(uuid4()))
    days_pass(world, taken, 1)
    ended = row(world, taken)["expires_at"]
    look(world)
    now = row(world, taken)
    assert ((now["expires_at"] - ended).days, now["renewal_tries"], world.balance(bo)) == (30, 0, 0)


def test_who_was_not_paid_for_pays_at_once_by_going_on(world: World, mine: UUID) -> None:
    bo = world.person(coins=PRICE)
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 30)
    look(world)
    assert refused(world, bo, "resume", taken) == (402, "insufficient_coins")
    world.verb(None, "grant_coins", bo, PRICE, str(uuid4()))
    assert refused(world, bo, "resume", taken, PRICE - 1) == (409, "price_changed")
    act(world, bo, "resume", taken, PRICE)
    act(world, bo, "resume", taken, PRICE)
    assert (world.balance(bo), row(world, taken)["periods_paid"]) == (0, 2)


def test_nobody_is_let_in_for_ever_where_no_worker_comes(world: World, bo: UUID, mine: UUID, closed: UUID) -> None:
    taken = subscribed(world, bo, mine)
    days_pass(world, taken, 32.9)
    assert gets_in(world, bo, closed)
    days_pass(world, taken, 0.2)
    assert not gets_in(world, bo, closed)
    look(world)
    now = row(world, taken)
    assert world.one("select %s::timestamptz - now() > interval '29 days'", now["expires_at"])


def test_nothing_is_taken_of_a_suspended_account(world: World, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    world.owner("update auth.users set banned_until = 'infinity' where id = %s", bo)
    days_pass(world, taken, 30)
    look(world)
    assert (world.balance(bo), row(world, taken)["renewal_tries"]) == (1_000 - PRICE, 1)


# What its subscriber does with it


def test_a_dearer_tier_is_had_at_once_and_the_days_to_come_are_given_back(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    dear, taken = tier(world, ada, 600), subscribed(world, bo, mine)
    days_pass(world, taken, 10)
    assert refused(world, bo, "change", taken, dear, 599) == (409, "price_changed")
    changed = act(world, bo, "change", taken, dear, 600)
    assert (changed["tier_id"], changed["coin_price"], changed["next_tier_id"]) == (str(dear), 600, None)
    back = world.balance(bo) - (1_000 - PRICE - 600)
    assert back in (199, 200)  # twenty days of thirty, the moment that went by rounded off
    assert world.balance(ada) == (PRICE - back) - (PRICE - back) * 20 // 100
    act(world, bo, "change", taken, dear, 600)
    assert (world.balance(bo), world.faults()) == (1_000 - PRICE - 600 + back, [])


def test_a_dearer_tier_that_the_coins_do_not_reach_for_changes_nothing(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    dear, taken = tier(world, ada, 1_200), subscribed(world, bo, mine)
    before = row(world, taken)
    assert refused(world, bo, "change", taken, dear) == (402, "insufficient_coins")
    assert (row(world, taken), world.balance(bo)) == (before, 1_000 - PRICE)


def test_what_is_given_back_counts_for_what_is_paid(world: World, ada: UUID, mine: UUID) -> None:
    bo, dear = world.person(coins=PRICE + 10), tier(world, ada, PRICE + 5)
    taken = subscribed(world, bo, mine)
    act(world, bo, "change", taken, dear)
    assert world.balance(bo) in (4, 5)


def test_a_cheaper_tier_comes_with_the_next_month_at_the_price_of_now(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    cheap, taken = tier(world, ada, 100), subscribed(world, bo, mine)
    changed = act(world, bo, "change", taken, cheap, 100)
    assert (changed["tier_id"], changed["next_tier_id"], changed["next_coin_price"]) == (str(mine), str(cheap), 100)
    assert world.balance(bo) == 1_000 - PRICE
    world.verb(ada, "edit_tier", cheap, '{"coin_price": 5000, "is_active": false}')
    days_pass(world, taken, 31)
    look(world)
    now = row(world, taken)
    assert (now["tier_id"], now["coin_price"], now["next_tier_id"]) == (cheap, 100, None)
    assert world.balance(bo) == 1_000 - PRICE - 100


def test_its_own_tier_takes_a_change_back(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    cheap, taken = tier(world, ada, 100), subscribed(world, bo, mine)
    act(world, bo, "change", taken, cheap)
    world.verb(ada, "edit_tier", mine, '{"is_active": false}')
    assert act(world, bo, "change", taken, mine)["next_tier_id"] is None


def test_a_tier_of_another_creator_or_a_retired_one_is_none(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    taken, retired = subscribed(world, bo, mine), tier(world, ada, 100)
    world.verb(ada, "edit_tier", retired, '{"is_active": false}')
    for other in (tier(world, world.person(creator=True), 900), retired, uuid4()):
        assert refused(world, bo, "change", taken, other) == (404, "not_found")


def test_a_subscription_is_its_subscribers_alone(world: World, ada: UUID, bo: UUID, mine: UUID, dilek: UUID) -> None:
    taken = subscribed(world, bo, mine)
    for stranger in (ada, dilek):
        assert refused(world, stranger, "change", taken, mine) == (404, "not_found")
        for what in ("pause", "resume", "cancel"):
            assert refused(world, stranger, what, taken) == (404, "not_found")
    assert row(world, taken)["status"] == "active"


def test_a_paused_one_lasts_as_long_as_it_is_paid_and_is_not_renewed(
    world: World, bo: UUID, mine: UUID, closed: UUID
) -> None:
    taken = subscribed(world, bo, mine)
    for _ in range(2):
        paused = act(world, bo, "pause", taken)
    assert (paused["status"], paused["renews_at"], gets_in(world, bo, closed)) == ("paused", None, True)
    days_pass(world, taken, 31)
    look(world)
    assert (gets_in(world, bo, closed), world.balance(bo), told(world, bo)) == (False, 1_000 - PRICE, [])
    assert world.refusal(bo, "subscribe", mine, str(uuid4())) == (409, "already_subscribed")
    assert refused(world, bo, "change", taken, mine) == (409, "subscription_state")


def test_resumed_while_it_is_paid_it_costs_nothing(world: World, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    before = row(world, taken)["renews_at"]
    act(world, bo, "pause", taken)
    for _ in range(2):
        act(world, bo, "resume", taken)
    assert (row(world, taken)["renews_at"], world.balance(bo)) == (before, 1_000 - PRICE)


def test_resumed_when_it_is_over_a_month_begins_now_at_the_price_it_had(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    taken = subscribed(world, bo, mine)
    act(world, bo, "pause", taken)
    world.verb(ada, "edit_tier", mine, '{"coin_price": 900}')
    days_pass(world, taken, 31)
    look(world)
    answers = together(20, lambda _: world.verb(bo, "resume_subscription", taken, PRICE))
    assert codes(answers) == ["done"] * 20
    now = row(world, taken)
    assert (now["status"], now["coin_price"], world.balance(bo)) == ("active", PRICE, 1_000 - 2 * PRICE)
    assert world.one("select %s::timestamptz - now() > interval '29.9 days'", now["expires_at"])


def test_a_pause_lasts_a_year(world: World, bo: UUID, mine: UUID) -> None:
    taken = subscribed(world, bo, mine)
    act(world, bo, "pause", taken)
    days_pass(world, taken, 30 + 364)
    look(world)
    assert row(world, taken)["status"] == "paused"
    days_pass(world, taken, 2)
    look(world)
    assert (row(world, taken)["end_reason"], told(world, bo)) == ("paused_too_long", ["subscription_ended"])
    assert refused(world, bo, "resume", taken) == (409, "subscription_state")


def test_a_cancelled_one_lasts_as_long_as_it_is_paid_and_can_go_on_until_then(
    world: World, bo: UUID, mine: UUID, closed: UUID
) -> None:
    taken = subscribed(world, bo, mine)
    for _ in range(2):
        cancelled = act(world, bo, "cancel", taken)
    assert (cancelled["status"], cancelled["end_reason"], cancelled["renews_at"]) == ("cancelled", "cancelled", None)
    assert gets_in(world, bo, closed)
    assert refused(world, bo, "pause", taken) == (409, "subscription_state")
    assert act(world, bo, "resume", taken)["end_reason"] is None
    act(world, bo, "cancel", taken)
    days_pass(world, taken, 31)
    look(world)
    assert (gets_in(world, bo, closed), world.balance(bo)) == (False, 1_000 - PRICE)
    assert refused(world, bo, "resume", taken) == (409, "subscription_state")


def test_who_subscribes_anew_gets_the_days_to_come_back_and_piles_up_none(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    first = subscribed(world, bo, mine)
    act(world, bo, "cancel", first)
    days_pass(world, first, 15)
    second = subscribed(world, bo, tier(world, ada, 600))
    assert world.balance(bo) in (1_000 - 600 - 151, 1_000 - 600 - 150)
    assert (row(world, first)["end_reason"], row(world, second)["periods_paid"]) == ("replaced", 1)
    assert refused(world, bo, "resume", first) == (409, "subscription_state")
    assert world.faults() == []


def test_nothing_is_sold_in_the_name_of_who_is_no_creator_any_more(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    taken, dear = subscribed(world, bo, mine), tier(world, ada, 600)
    act(world, bo, "cancel", taken)
    world.owner("update public.profiles set is_creator = false where id = %s", ada)
    for who, what in ((world.person(coins=600), mine), (bo, dear)):
        assert world.refusal(who, "subscribe", what, str(uuid4())) == (409, "creator_unavailable")
    assert refused(world, bo, "resume", taken) == (409, "creator_unavailable")
    assert world.refusal(ada, "subscribe", mine, str(uuid4())) == (422, "unprocessable")


def test_between_two_who_blocked_nothing_is_sold_and_nothing_renewed(
    world: World, ada: UUID, bo: UUID, mine: UUID
) -> None:
    taken, dilek = subscribed(world, bo, mine), world.person(coins=1_000)
    world.verb(ada, "block_profile", bo)
    world.verb(dilek, "block_profile", ada)
    assert world.refusal(dilek, "subscribe", mine, str(uuid4())) == (404, "not_found")
    days_pass(world, taken, 31)
    look(world)
    assert (row(world, taken)["status"], world.balance(bo), world.balance(ada)) == ("cancelled", 1_000 - PRICE, SHARE)


def test_ones_own_are_listed_with_their_tiers(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    over, cheap = subscribed(world, bo, tier(world, world.person(creator=True), 10)), tier(world, ada, 100)
    act(world, bo, "cancel", over)
    taken = subscribed(world, bo, mine)
    act(world, bo, "change", taken, cheap)
    listed = world.verb(bo, "own_subscriptions")["subscriptions"]
    assert [each["subscription"]["id"] for each in listed] == [str(taken), str(over)]
    assert (listed[0]["tier"]["id"], listed[0]["next_tier"]["id"]) == (str(mine), str(cheap))
    assert listed[1]["next_tier"] is None
    assert world.verb(ada, "own_subscriptions") == {"subscriptions": []}


def test_the_creator_is_told_of_a_subscriber(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    subscribed(world, bo, mine)
    (notice,) = world.owner("select code, actor_profile_id, details from public.notifications where user_id = %s", ada)
    assert (notice["code"], notice["actor_profile_id"]) == ("subscribed", bo)
    assert notice["details"]["tier_name"] == f"{PRICE} a month"


def test_one_that_cannot_be_renewed_holds_up_no_other(world: World, mine: UUID) -> None:
    people = [world.person(coins=1_000) for _ in range(3)]
    takens = [subscribed(world, who, mine) for who in people]
    for taken in takens:
        days_pass(world, taken, 31)
    # the ledger's key of its next month is used already
    world.owner(
        """insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key)
           values ('adjustment', private.wallet_of(%s), %s)""",
        people[0],
        f"subscription:{takens[0]}:2",
    )
    kept = look(world)
    assert isinstance(kept, SubscriptionsKept)
    assert [row(world, taken)["periods_paid"] for taken in takens] == [1, 2, 2]


# What clients see and do by themselves


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.creator_subscriptions (subscriber_id, creator_id) values (auth.uid(), gen_random_uuid())",
        "update public.creator_subscriptions set expires_at = 'infinity' where subscriber_id = auth.uid()",
        "update public.creator_subscriptions set status = 'active' where subscriber_id = auth.uid()",
        "delete from public.creator_subscriptions where subscriber_id = auth.uid()",
        "select renewal_tries from public.creator_subscriptions",
        "select * from private.subscription_periods",
    ],
)
def test_subscriptions_are_written_by_operations_alone(world: World, bo: UUID, mine: UUID, statement: str) -> None:
    subscribed(world, bo, mine)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(bo, statement)


def marks(world: World, who: UUID, session: UUID) -> list[str | None]:
    lines = world.sql(who, "select sender_tier from public.live_messages where session_id = %s order by seq", session)
    return [line["sender_tier"] for line in lines]


def test_a_line_wears_the_tier_of_its_moment_and_a_gift_too(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    session, rose = world.session(ada), world.gift(1)
    world.verb(bo, "join_session", session)
    world.sql(bo, LINE, session, bo, bo, "Merhaba")
    taken = subscribed(world, bo, mine)
    world.sql(bo, LINE, session, bo, bo, "Abone oldum")
    world.verb(bo, "send_gift", session, rose, 1, None, str(uuid4()))
    act(world, bo, "cancel", taken)
    days_pass(world, taken, 31)
    world.sql(bo, LINE, session, bo, bo, "Bitti")
    name = f"{PRICE} a month"
    assert marks(world, ada, session) == [None, name, name, None]


def test_a_shadows_line_wears_nothing_of_its_owner(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    session = world.session(ada, access_type="subscribers_only")
    subscribed(world, bo, mine)
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    world.sql(bo, LINE, session, bo, shadow, "Kimim ben?")
    assert marks(world, ada, session) == [None]


def test_nobody_puts_a_mark_on_by_themselves(world: World, ada: UUID, bo: UUID, mine: UUID) -> None:
    session = world.session(ada)
    world.verb(bo, "join_session", session)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(
            bo,
            """insert into public.live_messages (session_id, sender_id, sender_profile_id, content, sender_tier)
               values (%s, %s, %s, 'Ben de', 'Kulis')""",
            session, bo, bo,
        )  # fmt: skip
