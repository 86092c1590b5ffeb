"""RevenueCat is asked how people stand: what a lost webhook would have told is found, and what was told stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.image_providers import served
from tests.store import NOW_MS, day, premium, stands, tell, told
from tests.world import World

KEY = "sk_of_the_tests"


@dataclass
class FakeRevenueCat:
    """Its REST API, version 1: what it knows of each subscriber, and who was asked for."""

    url: str = ""
    subscribers: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    async def subscriber(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"code": 7225, "message": "Invalid API Key."}, 401)
        customer = request.path_params["id"]
        self.asked[customer] += 1
        known = self.subscribers.get(customer)
        return Response(known or stands(customer, 0), 200 if known else 201, media_type="application/json")


@contextmanager
def fake_revenuecat() -> Iterator[FakeRevenueCat]:
    fake = FakeRevenueCat()
    with served(Starlette(routes=[Route("/v1/subscribers/{id}", fake.subscriber)])) as fake.url:
        yield fake


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody whose webhooks went in another way."""

    renewed: UUID
    refunded: UUID
    as_told: UUID
    bought_more: UUID
    unreadable: UUID
    never_told: UUID


@pytest.fixture(scope="module")
def people(world: World) -> People:
    return People(**{name: world.person() for name in People.__slots__})


@pytest.fixture(scope="module")
def looked(world: World, settings: Settings, people: People) -> Iterator[FakeRevenueCat]:
    """A server with a key has asked once for everybody of whom something was told."""
    world.owner(
        """insert into private.store_products (product_id, kind, coins)
           values ('premium_month', 'premium', null), ('coins_500', 'coins', 500)"""
    )
    tell(world, told("INITIAL_PURCHASE", people.renewed, at=-31, expiration_at_ms=NOW_MS - 3_600_000))
    for who in (people.refunded, people.as_told, people.unreadable):
        tell(world, told("RENEWAL", who, at=-10, ends=20))
    tell(world, told("RENEWAL", people.bought_more, at=-10, ends=20, product_id="another"))
    with fake_revenuecat() as fake:
        fake.subscribers = {
            str(who): answer
            for who, answer in (
                (people.renewed, stands(people.renewed, 0, premium_month={"expires_date": day(29)})),
                (
                    people.refunded,
                    stands(people.refunded, 0, premium_month={"expires_date": day(20), "refunded_at": day(-2)}),
                ),
                (people.as_told, stands(people.as_told, 0, premium_month={"expires_date": day(20)})),
                (people.bought_more, with_a_pack(people.bought_more, premium_month={"expires_date": day(25)})),
                (people.unreadable, b'{"request_date_ms": "now"}'),
            )
        }
        world.owner("update private.store_looks set due_at = now()")
        made = replace(settings, port=free_port(), revenuecat_url=fake.url, revenuecat_api_key=KEY)
        with running_server(made):
            eventually(lambda: len(fake.asked) == 5 and unread(world) == 0)
            yield fake


def with_a_pack(customer: UUID, **products: dict[str, Any]) -> bytes:
    answer = orjson.loads(stands(customer, 0, **products))
    pack = {"id": "cadba0c81b", "store": "app_store", "purchase_date": day(-3), "is_sandbox": False}
    answer["subscriber"]["non_subscriptions"] = {"coins_500": [pack | {"store_transaction_id": f"7{customer}"}]}
    return orjson.dumps(answer)


def unread(world: World) -> int:
    return int(world.one("select count(*) from private.store_events where folded_at is null"))


def test_a_renewal_that_nobody_told_of_is_found(looked: FakeRevenueCat, world: World, people: People) -> None:
    assert premium(world, people.renewed) == (True, "active", 29)


def test_a_refund_that_nobody_told_of_is_found(looked: FakeRevenueCat, world: World, people: People) -> None:
    assert premium(world, people.refunded)[:2] == (False, "expired")


def test_where_nothing_was_lost_nothing_changes(looked: FakeRevenueCat, world: World, people: People) -> None:
    assert premium(world, people.as_told) == (True, "active", 20)
    assert premium(world, people.unreadable) == (True, "active", 20), "and what cannot be read changes nothing"


def test_who_was_never_told_of_is_not_asked_for_and_all_others_once(
    looked: FakeRevenueCat, world: World, people: People
) -> None:
    assert str(people.never_told) not in looked.asked
    assert set(looked.asked.values()) == {1}
    due = "select count(*) from private.store_looks where due_at <= now()"
    assert world.one(due) == 0


def test_a_subscription_and_a_pack_that_nobody_told_of_are_found_and_the_late_webhooks_change_nothing(
    looked: FakeRevenueCat, world: World, people: People
) -> None:
    """And what is told of the subscription afterwards is told of the same one."""
    who = people.bought_more
    assert (premium(world, who), world.balance(who)) == ((True, "active", 25), 500)
    line = {"original_transaction_id": f"8{who}", "transaction_id": f"8{who}"}
    tell(world, told("INITIAL_PURCHASE", who, at=-5, ends=25, **line))
    pack = {"original_transaction_id": f"7{who}", "transaction_id": f"7{who}", "product_id": "coins_500"}
    tell(world, told("NON_RENEWING_PURCHASE", who, at=-3, ends=None, entitlement_ids=None, **pack))
    assert (premium(world, who), world.balance(who)) == ((True, "active", 25), 500)
    tell(world, told("CANCELLATION", who, at=1, ends=1, cancel_reason="CUSTOMER_SUPPORT", **line))
    ends = world.one(
        "select max(ends_at) - now() < interval '21 days' from private.premium_lines where user_id = %s", who
    )
    assert ends, "the one that was refunded is over, the other goes on"
