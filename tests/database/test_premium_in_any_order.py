"""Whatever stores tell, in whatever order and however often: the same is true of everybody afterwards.

A history is made up for two people, their anonymous names and their subscriptions: every type of event, transfers, aliases,
trials, refunds, grace, pauses, what never ends, what nobody knows, packs of coins, and looks at how they stand. It is told to one world in its order, to another mixed up
and partly twice; `--prove` makes up a thousand.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sahne.store.events import StoreEvent
from sahne.store.revenuecat import EFFECTS, read_event
from sahne.store.revenuecat_looks import read_subscriber
from tests.store import DAY_MS, NOW_MS, day, keep, read, stands, tell
from tests.world import World

LOOK = "LOOK"
BOUGHT = "NON_RENEWING_PURCHASE"
TYPES = (*EFFECTS, BOUGHT, LOOK, LOOK, "SUBSCRIPTION_PAUSED", "PRODUCT_CHANGE", "INVOICE_ISSUANCE", "OF_NEXT_YEAR")
PRODUCTS = ("premium_month", "premium_month", "premium_year", "coins_500")
NAMES = ("ada", "bo", "$RC:1", "$RC:2", "$RC:3")
pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_800)]  # proving, some minutes

EXAMPLES, EXAMPLES_PROVEN = 40, 1_000

people = st.sampled_from(NAMES)
days = st.integers(-40, 40)
moments = st.one_of(st.none(), days)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """One event; names and transactions are stand-ins, days count from now."""
    type = draw(st.sampled_from(TYPES))
    told: dict[str, Any] = {"type": type, "at": draw(st.integers(-12, 0)), "store": "APP_STORE"}
    if type == "TRANSFER":
        return told | {
            "transferred_from": draw(st.lists(people, min_size=1, max_size=2)),
            "transferred_to": draw(st.lists(people, min_size=1, max_size=2)),
        }
    if type == LOOK:
        dates = ("expires_date", "grace_period_expires_date", "refunded_at", "unsubscribe_detected_at")
        return told | {"of": draw(people), "product": {name: draw(moments) for name in dates}}
    return told | {
        "app_user_id": draw(people),
        "original_app_user_id": draw(people),
        "aliases": draw(st.lists(people, max_size=3)),
        "original_transaction_id": draw(st.sampled_from(("one", "two", "three"))),
        "product_id": draw(st.sampled_from(("coins_500", "premium_month") if type == BOUGHT else PRODUCTS)),
        "entitlement_ids": draw(st.sampled_from((["premium"], ["premium", "pro"], ["stickers"], None))),
        "environment": draw(st.sampled_from(("PRODUCTION", "PRODUCTION", "SANDBOX"))),
        "period_type": draw(st.sampled_from(("NORMAL", "TRIAL", "INTRO"))),
        "cancel_reason": draw(st.sampled_from(("UNSUBSCRIBE", "CUSTOMER_SUPPORT", "BILLING_ERROR"))),
        "ends": draw(moments),
        "grace": draw(moments),
    }


histories = st.lists(events(), min_size=1, max_size=10)


class Stage:
    """Two people nobody else knows, to whom a history is told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.run = uuid4().hex
        self.people: dict[str, UUID] = {"ada": world.person(), "bo": world.person()}

    def told(self, number: int, event: dict[str, Any]) -> list[bytes | StoreEvent]:
        """What becomes of an event, or of a look at how somebody stands."""
        if event["type"] != LOOK:
            return [self.body(number, event)]
        dates = {name: None if at is None else day(at) for name, at in event["product"].items()}
        customer = self.name(event["of"])
        seconds = number / 86_400  # no two looks are of one moment
        return [*read_subscriber(customer, stands(customer, event["at"] + seconds, premium_month=dates))]

    def body(self, number: int, event: dict[str, Any]) -> bytes:
        """As RevenueCat would send it, with names of this stage alone."""
        told = {name: value for name, value in event.items() if name not in ("at", "ends", "grace")}
        told |= {"id": f"{number:03} {self.run}", "event_timestamp_ms": NOW_MS + event["at"] * DAY_MS}
        for field, days in (
            ("expiration_at_ms", event.get("ends")),
            ("grace_period_expiration_at_ms", event.get("grace")),
        ):
            told[field] = None if days is None else NOW_MS + days * DAY_MS + DAY_MS // 2
        for field in ("app_user_id", "original_app_user_id"):
            if field in told:
                told[field] = self.name(told[field])
        for field in ("aliases", "transferred_from", "transferred_to"):
            if field in told:
                told[field] = [self.name(each) for each in told[field]]
        if "original_transaction_id" in told:
            told["original_transaction_id"] += self.run
        return orjson.dumps({"event": told})

    def name(self, name: str) -> str:
        return str(self.people.get(name) or f"{name} {self.run}")

    def state(self) -> dict[str, Any]:
        """What is true of both, without what differs from stage to stage.

        Packs of coins are those of both together: one is whose it was known to be when it was given, and stays there.
        """
        return {name: self._premium_of(user) for name, user in self.people.items()} | {"packs": self._packs()}

    def _premium_of(self, user: UUID) -> Any:
        (row,) = self.world.owner(
            """select is_premium, subscription_status, subscription_expires_at, revenue_cat_user_id is not null as known,
                      private.is_premium(id) as counts,
                      array(select (regexp_replace(replace(line, %s, ''), '[0-9a-f-]{36}', ''), ends_at, is_cancelled, is_failing,
                                    is_trial)::text
                              from private.premium_lines where user_id = profiles.id order by 1) as lines
                 from public.profiles where id = %s""",
            self.run,
            user,
        )
        return row

    def _packs(self) -> Any:
        (row,) = self.world.owner(
            """select coalesce(sum(balance), 0) as coins, coalesce(sum(owed), 0) as owed,
                      array(select (replace(line, %s, ''), coins, refunded_at, taken_back, purchases.owed)::text
                              from private.store_purchases purchases join public.wallets on wallets.id = wallet_id
                             where wallets.user_id = any(%s) order by 1) as packs
                 from public.wallets where user_id = any(%s)""",
            self.run,
            [*self.people.values()],
            [*self.people.values()],
        )
        return row


@pytest.fixture(scope="module")
def examples(pytestconfig: pytest.Config) -> int:
    return EXAMPLES_PROVEN if pytestconfig.getoption("--prove") else EXAMPLES


def test_any_order_and_any_repetition_make_the_same_premium(world: World, examples: int) -> None:
    world.owner("insert into private.store_products (product_id, kind, coins) values ('coins_500', 'coins', 500)")

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(history=histories, mixed=st.randoms(use_true_random=False))
    def same(history: list[dict[str, Any]], mixed: random.Random) -> None:
        in_order, mixed_up = Stage(world), Stage(world)
        tell(world, *chain.from_iterable(in_order.told(*each) for each in enumerate(history)))
        told = [*chain.from_iterable(mixed_up.told(*each) for each in enumerate(history))]
        told += mixed.sample(told, mixed.randint(0, len(told)))
        mixed.shuffle(told)
        for each in told:
            keep(world, each)
            if mixed.random() < 0.7:  # some wait until another one is read
                read(world, each)
        for each in told:
            read(world, each)
        assert mixed_up.state() == in_order.state()

    same()


def test_what_is_told_of_a_line_is_read_as_it_was_told(world: World) -> None:
    """The same history, by hand: the neighbour of the property, so that not everything is nothing."""
    stage = Stage(world)
    event = {
        "type": "RENEWAL", "at": -1, "store": "APP_STORE", "app_user_id": "$RC:1", "aliases": ["bo"],
        "original_transaction_id": "one", "entitlement_ids": ["premium"], "ends": 3, "grace": None,
    }  # fmt: skip
    body = stage.body(0, event)
    assert replace(read_event(body), body="").customers == (stage.name("$RC:1"), stage.name("bo"))
    keep(world, body)
    read(world, body)
    state = stage.state()
    assert (state["bo"]["counts"], state["ada"]["counts"]) == (True, False)
    assert len(state["bo"]["lines"]) == 1
