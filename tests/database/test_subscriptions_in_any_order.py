"""Whatever is done with subscriptions in whatever order, and whoever goes: the books are whole after each step, escrow holds
the months that are not over, and what opens the door is what was paid.

`--prove` tells ten times the stories.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sahne.database.refusals import Refused
from tests.subscriptions import days_pass, in_escrow, look, tier
from tests.world import World

pytestmark = pytest.mark.prove

STEPS_OF_A_STORY = 60
PRICES = (70, 101, 250)
PEOPLE = 2

anybody = st.integers(0, PEOPLE - 1)
any_tier = st.integers(0, len(PRICES) - 1)

# What a subscription is good for, by what was paid alone: until the last month's end, and three days for one that is tried
PAID_FOR = """
  select coalesce(bool_or(periods.ends_at + case when subscriptions.renews_at is null then interval '0' else interval '3 days' end
                          > now()), false)
    from public.creator_subscriptions subscriptions
    join private.subscription_periods periods
      on periods.subscription_id = subscriptions.id and periods.number = subscriptions.periods_paid
   where subscriptions.subscriber_id = %s and subscriptions.creator_id = %s
     and (periods.settled_at is null or periods.ends_at <= now())
"""


class Story(RuleBasedStateMachine):
    """A creator with three tiers and some people; who is erased is followed by another."""

    world: World
    outcomes: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.admin = self.world.admin()
        self.people = [self.world.person(coins=400) for _ in range(PEOPLE)]
        self.another_creator()

    def another_creator(self) -> None:
        self.creator = self.world.person(creator=True)
        self.tiers = [tier(self.world, self.creator, price) for price in PRICES]
        for who in self.people:
            self.attempt(who, "subscribe", self.tiers[0], str(uuid4()))

    def attempt(self, user: UUID | None, name: str, *values: Any) -> None:
        """A verb, which may say no."""
        try:
            self.world.verb(user, name, *values)
        except Refused as refused:
            self.outcomes[refused.code] += 1
        else:
            self.outcomes[name] += 1

    def latest(self, who: int) -> UUID:
        """Somebody's subscription, or one that is not there."""
        rows = self.world.owner(
            """select id from public.creator_subscriptions where subscriber_id = %s
                order by status = 'cancelled', created_at desc, id limit 1""",
            self.people[who],
        )
        return UUID(str(rows[0]["id"])) if rows else uuid4()

    @rule(who=anybody, which=any_tier)
    def subscribe(self, who: int, which: int) -> None:
        self.attempt(self.people[who], "subscribe", self.tiers[which], str(uuid4()), PRICES[which])

    @rule(who=anybody, which=any_tier)
    def change(self, who: int, which: int) -> None:
        self.attempt(self.people[who], "change_subscription", self.latest(who), self.tiers[which])

    @rule(who=anybody, what=st.sampled_from(["pause", "resume", "cancel"]))
    def step(self, who: int, what: str) -> None:
        self.attempt(self.people[who], f"{what}_subscription", self.latest(who))

    @rule(who=anybody, is_asked=st.sampled_from([False] * 3 + [True]))
    def refund(self, who: int, is_asked: bool) -> None:
        if is_asked:
            self.attempt(self.admin, "refund_subscription", self.latest(who))

    @rule(who=anybody, days=st.sampled_from([0.3, 1, 9.7, 30, 33, 400]), is_looked=st.booleans())
    def days_pass(self, who: int, days: float, is_looked: bool) -> None:
        days_pass(self.world, self.latest(who), days)
        if is_looked:
            self.look()

    @rule()
    def look(self) -> None:
        kept = look(self.world)
        self.outcomes.update({"settled": kept.settled, "renewed": kept.renewed, "unpaid": kept.unpaid})

    @rule(who=anybody, amount=st.integers(1, 90))
    def are_granted(self, who: int, amount: int) -> None:
        self.attempt(None, "grant_coins", self.people[who], amount, str(uuid4()))

    @rule(who=anybody)
    def erase(self, who: int) -> None:
        self.world.owner("delete from auth.users where id = %s", self.people[who])
        self.people[who] = self.world.person(coins=400)
        self.subscribe(who, 1)

    @rule(how=st.sampled_from(["stays"] * 5 + ["erased", "gone in all but the row", "demoted"]))
    def lose_the_creator(self, how: str) -> None:
        if how == "stays":
            return
        statements = {
            "erased": "delete from auth.users where id = %s",
            "gone in all but the row": "update auth.users set deleted_at = now() where id = %s",
            "demoted": "update public.profiles set is_creator = false where id = %s",
        }
        self.world.owner(statements[how], self.creator)
        self.another_creator()

    @rule(until=st.sampled_from(["null"] * 3 + ["'infinity'"]))
    def suspend(self, until: str) -> None:
        self.world.owner(f"update auth.users set banned_until = {until} where id = %s", self.creator)

    @invariant()
    def every_transaction_sums_to_nothing_and_no_balance_is_below_it(self) -> None:
        wrong = self.world.owner("select from public.coin_entries group by transaction_id having sum(amount) <> 0")
        assert wrong == []
        assert self.world.faults() == []
        assert self.world.one("select count(*) from public.wallets where kind <> 'issuer' and balance < 0") == 0

    @invariant()
    def escrow_holds_the_months_that_are_neither_paid_out_nor_given_back(self) -> None:
        held = "select coalesce(sum(coin_price), 0) from private.subscription_periods where status = 'paid'"
        assert in_escrow(self.world) == self.world.one(held)

    @invariant()
    def the_door_opens_for_what_was_paid(self) -> None:
        for who in self.people:
            is_in = self.world.one("select private.subscriber_level(%s, %s) is not null", who, self.creator)
            assert is_in == self.world.one(PAID_FOR, who, self.creator)

    @invariant()
    def one_goes_on_at_a_time_and_only_what_goes_on_is_renewed(self) -> None:
        assert self.world.owner(
            """select subscriber_id from public.creator_subscriptions where status <> 'cancelled'
                group by subscriber_id, creator_id having count(*) > 1"""
        ) == []  # fmt: skip

    def teardown(self) -> None:
        """Years later escrow is empty: every month was paid out or given back."""
        self.world.owner("delete from public.creator_subscriptions")
        self.world.owner(
            "update private.subscription_periods set starts_at = starts_at - interval '9 years', ends_at = now()"
            " - interval '1 s' where ends_at > now()"
        )
        look(self.world)
        assert in_escrow(self.world) == 0
        self.every_transaction_sums_to_nothing_and_no_balance_is_below_it()


def test_the_books_and_the_door_agree_whatever_happens(world: World, pytestconfig: pytest.Config) -> None:
    stories = 40 if pytestconfig.getoption("--prove") else 8
    outcomes: Counter[str] = Counter()

    class Told(Story):
        pass

    Told.world, Told.outcomes = world, outcomes
    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=stories, stateful_step_count=STEPS_OF_A_STORY, derandomize=True, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert outcomes.keys() >= {
        "subscribe", "change_subscription", "pause_subscription", "resume_subscription", "cancel_subscription",
        "refund_subscription", "insufficient_coins", "settled", "renewed", "unpaid",
    }, outcomes  # fmt: skip
