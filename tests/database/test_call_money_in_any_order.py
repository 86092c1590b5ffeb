"""Whatever happens in a paid call in whatever order, and whoever goes: the books are whole, and nobody pays for silence.

`--prove` does it in 2 000 steps, every run a tenth of it.
"""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sahne.database.refusals import Refused
from tests.talks import Talk, priced
from tests.world import World

pytestmark = pytest.mark.prove

STEPS_OF_A_STORY = 100

either = st.booleans()


class Story(RuleBasedStateMachine):
    """A caller and a creator, in one call after the other; whoever is erased is replaced by another."""

    world: World
    outcomes: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.ege = self.world.admin()
        self.bo, self.ada = self.world.person(coins=500), self.creator()
        self.talk: Talk | None = None
        self.over: list[Talk] = []
        self.second = 0.0
        self.connected: set[UUID] = set()

    def creator(self) -> UUID:
        ada = self.world.person(creator=True)
        priced(self.world, ada, audio_coin_per_minute=70)
        return ada

    @property
    def running(self) -> Talk | None:
        """The call that goes on; what ended is put aside."""
        if self.talk and self.talk.row["status"] != "accepted":
            self.outcomes[str(self.talk.row["end_reason"])] += 1
            self.over.append(self.talk)
            self.talk = None
        return self.talk

    @rule(both_come=either)
    def call(self, both_come: bool) -> None:
        if self.running is None:
            try:
                self.talk = Talk(self.world, self.bo, self.ada)
            except Refused as refused:
                self.outcomes[refused.code] += 1
            self.second, self.connected = 0.0, set()
            if both_come:
                self.come(True)
                self.come(False)

    @rule(callers=either)
    def comes(self, callers: bool) -> None:
        self.come(callers)

    def come(self, callers: bool) -> None:
        who = self.bo if callers else self.ada
        if self.running and who not in self.connected:
            self.running.come(self.second, who)
            self.connected.add(who)

    @rule(callers=either, ago=st.sampled_from([0, 1, 30]))
    def go(self, callers: bool, ago: int) -> None:
        """Reported at once, or late."""
        who = self.bo if callers else self.ada
        if self.running and who in self.connected:
            self.running.go(self.second - ago, who)
            self.connected.discard(who)

    @rule(seconds=st.sampled_from([0.5, 1, 19, 30, 60, 61]), looks=either)
    def time_passes(self, seconds: float, looks: bool) -> None:
        if self.running:
            self.second += seconds
            if looks:
                self.running.tick(self.second)

    @rule()
    def a_clock_that_is_behind_looks(self) -> None:
        if self.running:
            self.running.tick(self.second - 30)

    @rule()
    def hang_up(self) -> None:
        if self.running:
            self.running.hang_up(self.second)

    @rule(coins=st.integers(1, 200))
    def are_granted(self, coins: int) -> None:
        self.world.verb(None, "grant_coins", self.bo, coins, str(uuid4()))

    @rule(share=st.integers(1, 3), callers=either)
    def spend(self, share: int, callers: bool) -> None:
        """Coins go elsewhere: a caller's that a minute would have needed, a creator's that a refund would."""
        who = self.bo if callers else self.ada
        coins = self.world.balance(who) // share
        if coins:
            wallets = [self.world.one("select private.wallet_of(%s)", each) for each in (who, self.ege)]
            self.world.verb(
                None, "move_coins", "adjustment", str(uuid4()), None, None, wallets[0], [wallets[1]], [coins]
            )

    @rule()
    def is_given_back(self) -> None:
        for talk in self.over[-2:]:
            try:
                self.world.verb(self.ege, "refund_call", talk.id)
            except Refused as refused:
                self.outcomes[refused.code] += 1
            else:
                self.outcomes["refund_call"] += 1

    @rule(callers=either)
    def are_erased(self, callers: bool) -> None:
        self.world.owner("delete from auth.users where id = %s", self.bo if callers else self.ada)
        if callers:
            self.bo = self.world.person(coins=500)
        else:
            self.ada = self.creator()

    @invariant()
    def the_books_are_whole(self) -> None:
        wrong = self.world.owner("select from public.coin_entries group by transaction_id having sum(amount) <> 0")
        assert wrong == []
        assert self.world.faults() == []
        assert self.world.one("select count(*) from public.wallets where kind <> 'issuer' and balance < 0") == 0

    @invariant()
    def escrow_holds_the_minutes_of_calls_that_go_on_and_nothing_else(self) -> None:
        held = """select coalesce(sum(entries.amount), 0) from public.coin_entries entries
                    join public.wallets on wallets.id = entries.wallet_id where wallets.kind = 'escrow'"""
        owed = """select coalesce(sum(bills.minutes_paid * calls.coin_per_minute), 0) from private.call_bills bills
                    join public.calls on calls.id = bills.call_id where bills.status = 'open'"""
        assert self.world.one(held) == self.world.one(owed)
        closed = (
            "select from private.call_bills join public.calls on calls.id = call_id where (call_bills.status = 'open')"
        )
        assert self.world.owner(f"{closed} <> (calls.status = 'accepted')") == []

    @invariant()
    def what_a_call_says_it_cost_is_what_its_caller_paid(self) -> None:
        assert (
            self.world.owner(
                """select from public.calls join private.call_bills bills on bills.call_id = calls.id
                where calls.total_coin_spent <> -(
                  select sum(entries.amount) from public.coin_entries entries
                    join public.coin_transactions transactions on transactions.id = entries.transaction_id
                   where transactions.reference_id = calls.id and entries.wallet_id = bills.payer_wallet_id)"""
            )
            == []
        )

    @invariant()
    def nobody_pays_for_more_than_was_talked(self) -> None:
        assert (
            self.world.owner(
                """select from public.calls join private.call_bills bills on bills.call_id = calls.id
                where bills.status <> 'open'
                  and bills.cost > coin_per_minute * ceil(private.talked_seconds(calls.id, ended_at) / 60)"""
            )
            == []
        )


def test_the_books_are_whole_whatever_happens_in_a_call(world: World, pytestconfig: pytest.Config) -> None:
    """M1, M2, M8 and C3 to C6."""
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
    assert outcomes.keys() >= {"ended", "account_erased", "refund_call"}
