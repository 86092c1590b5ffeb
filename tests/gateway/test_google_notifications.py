"""`/webhooks/google`: what Pub/Sub pushes is asked of Google Play, and is premium or coins a moment later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.errors import SettingInvalid
from sahne.settings import Settings
from sahne.store.google import Google
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.google_play import (
    AUDIENCE,
    OTHER,
    PACKAGE,
    PUSHER,
    FakeGoogle,
    account_file,
    fake_google,
    purchase,
    pushed,
    pushes,
    subscribed,
)
from tests.store import premium, tell, told
from tests.world import World


@pytest.fixture(scope="module")
def google() -> Iterator[FakeGoogle]:
    with fake_google() as fake:
        yield fake


@pytest.fixture(scope="module")
def believing(settings: Settings, google: FakeGoogle, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(
        settings,
        google_package_names=PACKAGE,
        google_service_account=account_file(tmp_path_factory.mktemp("google"), google),
        google_push_audience=AUDIENCE,
        google_push_email=PUSHER,
        google_play_url=google.url,
        google_certificates_url=f"{google.url}/certs",
    )


@pytest.fixture(scope="module")
def pubsub(believing: Settings) -> Iterator[httpx.Client]:
    """Pub/Sub, before a server that believes it."""
    with running_server(believing), httpx.Client(base_url=believing.api_url, timeout=20) as client:
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


@pytest.fixture
def token(bo: UUID) -> str:
    return f"token of {bo}/with?signs"


def post(client: httpx.Client, body: bytes, authorization: str | None = None) -> tuple[int, str | None]:
    headers = {"content-type": "application/json", "authorization": authorization or pushes()}
    answer = client.post("/webhooks/google", content=body, headers=headers)
    return answer.status_code, answer.json().get("code")


def test_a_subscription_is_premium_as_google_play_knows_it(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str
) -> None:
    google.subscriptions[token] = purchase(bo, order=f"GPA.{bo}")
    assert post(pubsub, subscribed(4, token)) == (200, None)
    eventually(lambda: premium(world, bo) == (True, "active", 30))
    google.subscriptions[token] = purchase(bo, days=60, order=f"GPA.{bo}..0")
    post(pubsub, subscribed(2, token, 0.1))
    eventually(lambda: premium(world, bo) == (True, "active", 60))
    google.subscriptions[token] = purchase(bo, "CANCELED", days=60, order=f"GPA.{bo}..0")
    post(pubsub, subscribed(3, token, 0.2))
    eventually(lambda: premium(world, bo) == (True, "canceled", 60))
    assert world.one("select count(distinct line) from private.store_events where customers @> array[%s]", str(bo)) == 1


def test_a_revoked_one_is_over_at_once_and_one_on_hold_opens_nothing(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str
) -> None:
    google.subscriptions[token] = purchase(bo, order=f"GPA.{bo}")
    post(pubsub, subscribed(4, token, -1))
    eventually(lambda: premium(world, bo)[0])
    google.subscriptions[token] = purchase(bo, "ON_HOLD", days=-0.5, order=f"GPA.{bo}")
    post(pubsub, subscribed(5, token, -0.4))
    eventually(lambda: premium(world, bo)[:2] == (False, "expired"))
    google.subscriptions[token] = purchase(bo, order=f"GPA.{bo}..1")
    post(pubsub, subscribed(1, token, -0.3))
    eventually(lambda: premium(world, bo)[0])
    google.subscriptions[token] = purchase(bo, "EXPIRED", days=29, order=f"GPA.{bo}..1")
    post(pubsub, subscribed(12, token, -0.2))
    eventually(lambda: premium(world, bo)[:2] == (False, "expired"))


def test_a_subscription_that_replaces_another_ends_it(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str
) -> None:
    google.subscriptions[token] = purchase(bo, days=300, order=f"GPA.{bo}")
    post(pubsub, subscribed(4, token, -1))
    eventually(lambda: premium(world, bo) == (True, "active", 300))
    google.subscriptions[token] = purchase(bo, "EXPIRED", days=-0.1, order=f"GPA.{bo}")
    google.subscriptions["new"] = purchase(bo, order=f"GPA.2{bo}", linkedPurchaseToken=token)
    post(pubsub, subscribed(4, "new"))
    eventually(lambda: premium(world, bo) == (True, "active", 30))


def test_a_pack_is_given_once_whoever_tells_of_it_and_taken_back_when_it_is_voided(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str
) -> None:
    order = f"GPA.3{bo}"
    google.products["coins_500", token] = {
        "purchaseState": 0, "orderId": order, "obfuscatedExternalAccountId": str(bo),
    }  # fmt: skip
    bought = {"version": "1.0", "notificationType": 1, "purchaseToken": token, "sku": "coins_500"}
    body = pushed(-1, oneTimeProductNotification=bought)
    assert [post(pubsub, body) for _ in range(3)] == [(200, None)] * 3
    eventually(lambda: world.balance(bo) == 500)
    same = {"original_transaction_id": order, "transaction_id": order, "product_id": "coins_500", "store": "PLAY_STORE"}
    tell(world, told("NON_RENEWING_PURCHASE", bo, at=-1, ends=None, entitlement_ids=None, **same))
    assert world.balance(bo) == 500
    voided = {"purchaseToken": token, "orderId": order, "productType": 2, "refundType": 1}
    assert post(pubsub, pushed(voidedPurchaseNotification=voided)) == (200, None)
    eventually(lambda: world.balance(bo) == 0)


@pytest.mark.parametrize(
    "known",
    [
        {"purchaseState": 2, "orderId": "GPA.4"},
        {"purchaseState": 0, "purchaseType": 0, "orderId": "GPA.5"},
        None,
    ],
)
def test_what_is_not_paid_yet_a_test_or_unknown_gives_nothing(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str, known: dict[str, Any] | None
) -> None:
    if known:
        google.products["coins_500", token] = known | {"obfuscatedExternalAccountId": str(bo)}
    bought = {"version": "1.0", "notificationType": 1, "purchaseToken": token, "sku": "coins_500"}
    id = str(uuid4())
    assert post(pubsub, pushed(message_id=id, oneTimeProductNotification=bought)) == (200, None)
    eventually(lambda: world.owner("select from private.store_events where id = %s and folded_at is not null", id))
    assert world.balance(bo) == 0


def test_while_google_play_cannot_be_asked_it_is_to_be_sent_again(
    pubsub: httpx.Client, google: FakeGoogle, world: World, bo: UUID, token: str
) -> None:
    google.subscriptions[token] = purchase(bo, order=f"GPA.6{bo}")
    body = subscribed(4, token)
    google.refusals = [503, 429]
    assert [post(pubsub, body)[0] for _ in range(2)] == [503, 503]
    asked = len(google.access_tokens)
    google.refusals = [401]
    assert [post(pubsub, body)[0] for _ in range(2)] == [503, 200]
    assert len(google.access_tokens) == asked + 1, "a token that is not taken any more is asked for anew"
    eventually(lambda: premium(world, bo) == (True, "active", 30))


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic eDp5",
        "Bearer none",
        pushes(OTHER),
        pushes(OTHER, kid="another"),
        pushes(aud="https://another.example.com"),
        pushes(email="stranger@project.iam.gserviceaccount.com"),
        pushes(email_verified=False),
        pushes(iss="https://accounts.example.com"),
        pushes(exp=1),
    ],
)
def test_who_is_not_our_subscription_is_refused_before_anything_is_asked(
    pubsub: httpx.Client, google: FakeGoogle, bo: UUID, token: str, authorization: str
) -> None:
    google.subscriptions[token] = purchase(bo)
    assert post(pubsub, subscribed(4, token), authorization) == (401, "store_refused")


def test_what_is_of_another_app_or_no_notification_is_refused_and_a_test_is_taken(
    pubsub: httpx.Client, token: str
) -> None:
    assert post(pubsub, subscribed(4, token, package="com.example.other")) == (401, "store_refused")
    for body in (
        b"{}",
        b'{"message": {"data": "e30", "messageId": "1"}}',
        b'{"message": {"data": "e30=", "messageId": "1"}}',
    ):
        assert post(pubsub, body) == (400, "store_unreadable")
    assert post(pubsub, pushed(testNotification={"version": "1.0"})) == (200, None)
    assert post(pubsub, pushed(aNewNotification={"version": "1.0"})) == (200, None)


def test_without_settings_nobody_is_believed_and_a_wrong_key_file_is_told(
    settings: Settings, believing: Settings
) -> None:
    made = replace(settings, port=free_port())
    with running_server(made), httpx.Client(base_url=made.api_url, timeout=20) as client:
        assert post(client, subscribed(4, "token")) == (503, "store_not_set")
    with pytest.raises(SettingInvalid) as refused:
        Google.of(replace(believing, google_service_account=Path(__file__)))
    assert "no key of a service account" in str(refused.value.details)
