"""Whatever is done with coins in whatever order, and whoever goes: the books are whole after each step, and escrow empties.

`--prove` does it in 2 000 steps, every run a tenth of it.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sahne.database.refusals import Refused
from sahne.database.sql import load_queries
from sahne.live.clock import HOST_GRACE_SECONDS, SESSION_HOURS_MAX
from tests.subscriptions import look
from tests.world import World

pytestmark = pytest.mark.prove

STEPS_OF_A_STORY = 100
GIFT_PRICE, TICKET_PRICE, TIER_PRICE = 7, 20, 30
PEOPLE, CONCERTS = 5, 4

CLOCK = load_queries("sahne.live", "clock.sql")

anybody = st.integers(0, PEOPLE - 1)
any_concert = st.integers(0, CONCERTS - 1)


class Story(RuleBasedStateMachine):
    """A host with an audience, and concerts of others, each replaced by another when it is over."""

    world: World
    outcomes: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.host = self.world.person(creator=True)
        self.stage = self.world.session(self.host)
        self.rose = self.world.gift(GIFT_PRICE)
        self.tier = self.world.put("subscription_tiers", creator_id=self.host, name="Dost", coin_price=TIER_PRICE)
        self.people = [self.world.watching(self.stage, coins=100) for _ in range(PEOPLE)]
        self.concerts = [self.concert() for _ in range(CONCERTS)]
        self.last_entry, self.digest = 0, self.digest_until(0)

    def concert(self) -> UUID:
        return self.world.session(
            self.world.person(creator=True), live=False, access_type="pay_per_view", ppv_coin_price=TICKET_PRICE
        )

    def attempt(self, user: UUID | None, name: str, *values: Any) -> None:
        """A verb, which may say no."""
        try:
            self.world.verb(user, name, *values)
        except Refused as refused:
            self.outcomes[refused.code] += 1
        else:
            self.outcomes[name] += 1

    def host_of(self, which: int) -> UUID:
        return UUID(str(self.world.row(self.concerts[which])["creator_id"]))

    @rule(who=anybody, amount=st.integers(1, 60))
    def are_granted(self, who: int, amount: int) -> None:
        self.attempt(None, "grant_coins", self.people[who], amount, str(uuid4()))

    @rule(who=anybody, quantity=st.integers(1, 4), shown=st.sampled_from([None, GIFT_PRICE, GIFT_PRICE + 1]))
    def give(self, who: int, quantity: int, shown: int | None) -> None:
        key = str(uuid4())
        for _ in range(2):
            self.attempt(self.people[who], "send_gift", self.stage, self.rose, quantity, None, key, shown)

    @rule(who=anybody)
    def subscribe(self, who: int) -> None:
        self.attempt(self.people[who], "subscribe", self.tier, str(uuid4()), TIER_PRICE)

    @rule(who=anybody, which=any_concert)
    def buy_a_ticket(self, who: int, which: int) -> None:
        self.attempt(self.people[who], "buy_ticket", self.concerts[which], str(uuid4()))

    @rule(who=anybody, which=any_concert)
    def come(self, who: int, which: int) -> None:
        self.attempt(self.people[who], "join_session", self.concerts[which])

    @rule(who=anybody, which=any_concert)
    def are_banned(self, who: int, which: int) -> None:
        self.attempt(self.host_of(which), "ban_from_all", self.people[who])

    @rule(which=any_concert)
    def begin(self, which: int) -> None:
        self.attempt(self.host_of(which), "start_session", self.concerts[which])

    @rule(which=any_concert, days=st.integers(1, 360) | st.none())
    def put_off(self, which: int, days: int | None) -> None:
        moment = None if days is None else str(datetime.now(UTC) + timedelta(days=days))
        self.attempt(self.host_of(which), "edit_session", self.concerts[which], json.dumps({"scheduled_at": moment}))

    @rule(which=any_concert, minutes=st.sampled_from([1, 90]))
    def end(self, which: int, minutes: int) -> None:
        self.world.owner(
            "update public.live_sessions set started_at = started_at - %s * interval '1 minute' where id = %s",
            minutes, self.concerts[which],
        )  # fmt: skip
        self.attempt(self.host_of(which), "end_session", self.concerts[which])
        self.another_concert_after("ended", which)

    @rule(which=any_concert)
    def cancel(self, which: int) -> None:
        self.attempt(self.host_of(which), "cancel_session", self.concerts[which])
        self.another_concert_after("cancelled", which)

    @rule(which=any_concert)
    def walk_off(self, which: int) -> None:
        self.attempt(self.host_of(which), "leave_session", self.concerts[which])

    @rule(which=any_concert, how=st.sampled_from(["banned_until = 'infinity'", "deleted_at = now()"]))
    def lose_the_host(self, which: int, how: str) -> None:
        self.world.owner(f"update auth.users set {how} where id = %s", self.host_of(which))
        self.concerts[which] = self.concert()

    @rule(which=any_concert)
    def erase_the_host(self, which: int) -> None:
        self.world.owner("delete from auth.users where id = %s", self.host_of(which))
        self.concerts[which] = self.concert()

    @rule(who=anybody)
    def erase(self, who: int) -> None:
        self.world.owner("delete from auth.users where id = %s", self.people[who])
        self.people[who] = self.world.watching(self.stage, coins=100)

    @rule()
    def fold(self) -> None:
        self.world.one("select private.fold_coins()")

    def another_concert_after(self, status: str, which: int) -> None:
        if self.world.row(self.concerts[which])["status"] == status:
            self.concerts[which] = self.concert()

    @invariant()
    def every_transaction_sums_to_nothing(self) -> None:
        wrong = self.world.owner("select from public.coin_entries group by transaction_id having sum(amount) <> 0")
        assert wrong == []
        assert self.world.one("select coalesce(sum(amount), 0) from public.coin_entries") == 0

    @invariant()
    def every_balance_is_the_fold_of_its_entries_and_none_is_below_nothing(self) -> None:
        assert self.world.faults() == []
        assert self.world.one("select count(*) from public.wallets where kind <> 'issuer' and balance < 0") == 0

    @invariant()
    def escrow_holds_the_tickets_and_months_that_are_neither_paid_out_nor_given_back(self) -> None:
        assert self.in_escrow() == self.world.one(
            """select coalesce((select sum(price) from private.tickets where status = 'paid'), 0)
                    + coalesce((select sum(coin_price) from private.subscription_periods where status = 'paid'), 0)"""
        )

    @invariant()
    def what_was_written_stays(self) -> None:
        """Whoever is erased takes no entry along."""
        assert self.digest_until(self.last_entry) == self.digest
        self.last_entry = self.world.one("select coalesce(max(id), 0) from public.coin_entries")
        self.digest = self.digest_until(self.last_entry)

    def digest_until(self, entry: int) -> str:
        return str(
            self.world.one(
                """select md5(coalesce(string_agg(format('%%s %%s %%s', id, wallet_id, amount), ',' order by id), ''))
                     from public.coin_entries where id <= %s""",
                entry,
            )
        )

    def in_escrow(self) -> int:
        return int(
            self.world.one(
                """select coalesce(sum(entries.amount), 0) from public.coin_entries entries
                     join public.wallets on wallets.id = entries.wallet_id where wallets.kind = 'escrow'"""
            )
        )

    def teardown(self) -> None:
        """Two years later, when every sweep has been: no ticket or month waits any more, whatever became of its session."""
        self.world.owner("update private.tickets set created_at = created_at - interval '2 years'")
        self.world.owner("update public.live_sessions set scheduled_at = scheduled_at - interval '2 years'")
        self.world.owner(
            """update public.live_sessions set started_at = started_at - interval '2 years',
                      interrupted_at = interrupted_at - interval '2 years'"""
        )
        self.world.owner(
            """update private.subscription_periods
                  set starts_at = starts_at - interval '2 years', ends_at = ends_at - interval '2 years'"""
        )
        look(self.world)
        while self.world.one("select private.cancel_no_shows()"):
            pass
        bounds = {"seconds": HOST_GRACE_SECONDS, "hours": SESSION_HOURS_MAX, "sessions_max": 100}
        with self.world.serving() as conn:
            while over := conn.execute(CLOCK["sessions_to_end"], bounds).fetchall():
                for row in over:
                    conn.execute(CLOCK["close_session"], {"session_id": row["id"]})
        assert self.world.one("select count(*) from private.tickets where status = 'paid'") == 0
        assert self.in_escrow() == 0
        self.every_transaction_sums_to_nothing()
        self.every_balance_is_the_fold_of_its_entries_and_none_is_below_nothing()


def test_the_books_are_whole_whatever_happens_and_no_ticket_waits_for_ever(
    world: World, pytestconfig: pytest.Config
) -> None:
    """M1, M4, M9, and the end of everything in escrow."""
    stories = 20 if pytestconfig.getoption("--prove") else 2
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
    assert outcomes.keys() >= {"send_gift", "price_changed", "buy_ticket", "end_session", "cancel_session", "subscribe"}
