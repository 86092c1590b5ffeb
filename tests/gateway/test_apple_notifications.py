"""`/webhooks/apple`: what Apple signs is premium or coins a moment later, together with what RevenueCat tells of the same purchase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from sahne.settings import Settings
from tests.apple import BUNDLE, OTHERS, notification, root_certificate
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.store import premium, tell, told
from tests.world import World


@pytest.fixture(scope="module")
def apple(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Apple, before a server that believes it."""
    root: Path = tmp_path_factory.mktemp("apple") / "root.pem"
    root.write_bytes(root_certificate())
    made = replace(settings, apple_bundle_ids=BUNDLE, apple_root_certificates=root)
    with running_server(made), httpx.Client(base_url=made.api_url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def sold(world: World) -> None:
    """What the app sells."""
    world.owner(
        """insert into private.store_products (product_id, kind, coins)
           values ('premium_month', 'premium', null), ('coins_500', 'coins', 500)"""
    )


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person()


def post(client: httpx.Client, body: bytes, kind: str = "application/json") -> tuple[int, str | None]:
    answer = client.post("/webhooks/apple", content=body, headers={"content-type": kind})
    return answer.status_code, answer.json().get("code")


def test_a_subscription_is_premium_a_moment_later_and_over_when_it_is_revoked(
    apple: httpx.Client, world: World, bo: UUID
) -> None:
    line: dict[str, Any] = {"originalTransactionId": str(bo), "transactionId": str(bo)}
    assert post(apple, notification("SUBSCRIBED", bo, **line)) == (200, None)
    eventually(lambda: premium(world, bo) == (True, "active", 30))
    post(apple, notification("DID_CHANGE_RENEWAL_STATUS", bo, subtype="AUTO_RENEW_DISABLED", at=1, **line))
    eventually(lambda: premium(world, bo) == (True, "canceled", 30))
    post(apple, notification("REVOKE", bo, at=2, revocationDate=1, **line))
    eventually(lambda: premium(world, bo)[:2] == (False, "expired"))


def test_a_pack_that_apple_and_revenuecat_both_tell_of_is_given_once(
    apple: httpx.Client, world: World, bo: UUID
) -> None:
    line: dict[str, Any] = {"originalTransactionId": f"9{bo}", "transactionId": f"9{bo}"}
    pack: dict[str, Any] = {"productId": "coins_500", "type": "Consumable", "expiresDate": None}
    body = notification("ONE_TIME_CHARGE", bo, **line, **pack)
    assert [post(apple, body) for _ in range(3)] == [(200, None)] * 3
    eventually(lambda: world.balance(bo) == 500)
    same: dict[str, Any] = {"original_transaction_id": f"9{bo}", "transaction_id": f"9{bo}", "product_id": "coins_500"}
    tell(world, told("NON_RENEWING_PURCHASE", bo, ends=None, entitlement_ids=None, **same))
    assert world.balance(bo) == 500


def test_a_sandbox_grants_nothing(apple: httpx.Client, world: World, bo: UUID) -> None:
    data = {"environment": "Sandbox"}
    assert post(apple, notification("SUBSCRIBED", bo, data=data, originalTransactionId=str(bo))) == (200, None)
    eventually(
        lambda: world.one("select count(*) from private.store_events where customers @> array[%s]", str(bo)) == 1
    )
    assert premium(world, bo)[0] is False


def test_what_is_forged_too_large_no_json_or_none_is_refused_in_words(apple: httpx.Client, bo: UUID) -> None:
    assert post(apple, notification("SUBSCRIBED", bo, chain=OTHERS)) == (401, "store_refused")
    assert post(apple, notification("SUBSCRIBED", bo), kind="text/plain") == (415, "store_not_json")
    assert post(apple, b"{}") == (400, "store_unreadable")
    assert post(apple, b" " * 300_000) == (413, "store_too_large")


def test_without_a_root_nobody_is_believed(settings: Settings, bo: UUID) -> None:
    made = replace(settings, port=free_port())
    with running_server(made), httpx.Client(base_url=made.api_url, timeout=20) as client:
        assert post(client, notification("SUBSCRIBED", bo)) == (503, "store_not_set")
