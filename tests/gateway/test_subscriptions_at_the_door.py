"""Tiers and subscriptions as clients ask for them: in JSON, by their codes, and what a client's own statement may not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from sahne.settings import Settings
from tests.stage import Door, new_key
from tests.subscriptions import days_pass, look
from tests.world import World, bearer

NOBODY = "00000000-0000-4000-8000-000000000000"
TIER = {"name": "Kulis", "coin_price": 300, "benefits": ["Provalar"], "order_index": 1}


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person(coins=1_000)


@pytest.fixture
def mine(door: Door, ada: UUID) -> str:
    """Ada's tier."""
    return str(door.done(ada, "creators/tiers", TIER)["tier"]["id"])


def edited(door: Door, who: UUID, subscription: str, **body: Any) -> httpx.Response:
    return door.call(who, "PATCH", f"coins/subscriptions/{subscription}", body)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_subscription_from_its_tier_to_its_end(door: Door, world: World, ada: UUID, bo: UUID, mine: str) -> None:
    assert [each["name"] for each in door.get(bo, f"creators/{ada}/tiers").json()["tiers"]] == ["Kulis"]
    taken = door.done(bo, "coins/subscriptions", {"tier_id": mine, "expected_price": 300}, key=new_key())
    assert taken["wallet"] == {"balance": 700}
    subscription = taken["subscription"]["id"]
    dear = door.done(ada, "creators/tiers", TIER | {"coin_price": 500})["tier"]["id"]
    changed = edited(door, bo, subscription, tier_id=dear, expected_price=500).json()
    assert changed["subscription"]["coin_price"] == 500
    assert changed["wallet"]["balance"] in (499, 500)
    for status in ("paused", "active", "cancelled", "cancelled"):
        assert edited(door, bo, subscription, status=status).json()["subscription"]["status"] == status
    (own,) = door.get(bo, "coins/subscriptions").json()["subscriptions"]
    assert (own["subscription"]["status"], own["tier"]["id"]) == ("cancelled", dear)


def test_earnings_and_statement_name_what_subscriptions_brought(
    door: Door, world: World, ada: UUID, bo: UUID, mine: str
) -> None:
    taken = door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key())["subscription"]
    edited(door, bo, taken["id"], status="cancelled")
    days_pass(world, UUID(taken["id"]), 31)
    look(world)
    by_kind = door.get(ada, "coins/earnings").json()["by_kind"]
    assert by_kind == {"subscription_payout": {"coins": 240, "transactions": 1}}
    kinds = [each["kind"] for each in door.get(bo, "coins/transactions").json()["transactions"]]
    assert kinds == ["subscription", "grant"]


def test_what_spends_is_done_once_per_key(door: Door, world: World, bo: UUID, mine: str) -> None:
    key = new_key()
    assert door.refusal(bo, "coins/subscriptions", {"tier_id": mine}) == (400, "idempotency_key_required")
    first = door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=key)
    assert door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=key) == first
    other = {"tier_id": mine, "expected_price": 300}
    assert door.refusal(bo, "coins/subscriptions", other, key=key) == (422, "idempotency_key_reused")
    assert door.refusal(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key()) == (409, "already_subscribed")
    assert world.balance(bo) == 700


@pytest.mark.parametrize(
    "body",
    [
        {}, {"tier_id": NOBODY, "status": "paused"}, {"status": "expired"}, {"tier_id": "Kulis"},
        {"status": "paused", "coin_price": 1}, {"status": None},
    ],
    ids=str,
)  # fmt: skip
def test_one_thing_is_changed_at_a_time(door: Door, bo: UUID, mine: str, body: dict[str, Any]) -> None:
    taken = door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key())["subscription"]
    assert said(edited(door, bo, taken["id"], **body)) == (422, "unprocessable")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "\u3164"}, {"coin_price": 0}, {"coin_price": 1_000_001}, {"coin_price": "300"},
        {"benefits": ["x"] * 11}, {"benefits": ["two\nlines"]}, {"benefits": "Provalar"}, {"order_index": -1},
        {"creator_id": NOBODY},
    ],
    ids=str,
)  # fmt: skip
def test_a_tier_that_is_none_is_refused(door: Door, ada: UUID, mine: str, wrong: dict[str, Any]) -> None:
    assert door.refusal(ada, "creators/tiers", TIER | wrong) == (422, "unprocessable")
    assert said(door.call(ada, "PATCH", f"creators/tiers/{mine}", wrong)) == (422, "unprocessable")


def test_who_may_not_is_told_so(door: Door, world: World, ada: UUID, bo: UUID, mine: str) -> None:
    nobody = world.person(anonymous=True)
    assert door.refusal(bo, "creators/tiers", TIER) == (403, "creator_required")
    assert door.refusal(nobody, "coins/subscriptions", {"tier_id": mine}, key=new_key()) == (
        403, "anonymous_not_allowed",
    )  # fmt: skip
    assert said(door.call(bo, "PATCH", f"creators/tiers/{mine}", {"coin_price": 1})) == (404, "not_found")
    taken = door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key())["subscription"]["id"]
    assert said(edited(door, ada, taken, status="cancelled")) == (404, "not_found")
    assert door.refusal(bo, f"coins/subscriptions/{taken}/refund") == (403, "forbidden")
    assert door.done(world.admin(), f"coins/subscriptions/{taken}/refund")["refund"]["coin_amount"] == 300


def test_the_data_api_reads_subscriptions_and_writes_none(
    door: Door, settings: Settings, ada: UUID, bo: UUID, mine: str
) -> None:
    taken = door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key())["subscription"]
    with httpx.Client(base_url=f"{settings.api_url}/rest/v1", headers=bearer(bo)) as client:
        (row,) = client.get("/creator_subscriptions?select=*,tier:subscription_tiers!tier_id(name,benefits)").json()
        assert row.pop("tier") == {"name": "Kulis", "benefits": ["Provalar"]}
        assert row == taken
        mine_too = {"subscriber_id": str(bo), "creator_id": str(ada)}
        for answer in (
            client.post("/creator_subscriptions", json=mine_too),
            client.patch(f"/creator_subscriptions?id=eq.{taken['id']}", json={"expires_at": "2999-01-01T00:00:00Z"}),
            client.delete(f"/creator_subscriptions?id=eq.{taken['id']}"),
            client.patch(f"/subscription_tiers?id=eq.{mine}", json={"coin_price": 1}),
            client.get("/creator_subscriptions?select=renewal_tries"),
        ):
            assert said(answer) == (403, "42501")


def test_a_session_names_its_least_tier_and_its_door_does(
    door: Door, settings: Settings, ada: UUID, bo: UUID, mine: str
) -> None:
    body = {"session_type": "video_live", "access_type": "subscribers_only", "min_tier_id": mine}
    session = door.done(ada, "live/sessions", body)["session"]
    door.done(ada, f"live/sessions/{session['id']}/start")
    refused = door.post(bo, f"live/sessions/{session['id']}/join")
    assert said(refused) == (403, "subscription_required")
    assert refused.json()["details"]["min_tier"] == {"id": mine, "name": "Kulis", "coin_price": 300}
    door.done(bo, "coins/subscriptions", {"tier_id": mine}, key=new_key())
    assert door.done(bo, f"live/sessions/{session['id']}/join")["participant"]["is_active"] is True
    with httpx.Client(base_url=f"{settings.api_url}/rest/v1", headers=bearer(bo)) as client:
        (row,) = client.get(f"/live_sessions?id=eq.{session['id']}&select=min_tier:subscription_tiers(name)").json()
    assert row == {"min_tier": {"name": "Kulis"}}


def test_who_names_a_tier_of_somebody_else_reads_the_rule(door: Door, world: World, ada: UUID) -> None:
    other = door.done(world.person(creator=True), "creators/tiers", TIER)["tier"]["id"]
    body = {"session_type": "video_live", "access_type": "subscribers_only", "min_tier_id": other}
    answer = door.post(ada, "live/sessions", body)
    assert said(answer) == (422, "unprocessable")
    assert answer.json()["message"] == "A session's least tier is one of its creator's own."
