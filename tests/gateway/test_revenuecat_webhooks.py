"""`/webhooks/revenuecat`: who is believed, what is taken once, and that it is premium a moment later."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import httpx
import orjson
import pytest

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.store import notices, premium, told
from tests.world import World, bearer

AUTHORIZATION, OLD_AUTHORIZATION = "Bearer of-the-dashboard", "Bearer of-last-year"
SECRET = "signed-with-this-one"
KEPT = "select count(*) from private.store_events where id = %s"


@pytest.fixture(scope="module")
def revenuecat(settings: Settings) -> Iterator[httpx.Client]:
    """RevenueCat, before a server that believes it."""
    made = replace(
        settings,
        revenuecat_authorization=f"{AUTHORIZATION},{OLD_AUTHORIZATION}",
        revenuecat_signing_secrets=SECRET,
    )
    with running_server(made), httpx.Client(base_url=made.api_url, timeout=20) as client:
        yield client


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person()


def signature(body: bytes, secret: str = SECRET, at: int = 0) -> str:
    stamp = int(time.time()) + at
    return f"t={stamp},v1=" + hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def post(client: httpx.Client, body: bytes, **headers: str | None) -> httpx.Response:
    """As RevenueCat does, but for the headers that are given; None leaves one out."""
    usual = {
        "authorization": AUTHORIZATION,
        "content-type": "application/json",
        "x-revenuecat-webhook-signature": signature(body),
    }
    given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in given.items() if value is not None}
    return client.post("/webhooks/revenuecat", content=body, headers=sent)


def event_id(body: bytes) -> str:
    return str(orjson.loads(body)["event"]["id"])


def test_what_was_bought_is_premium_a_moment_later(revenuecat: httpx.Client, world: World, bo: UUID) -> None:
    answer = post(revenuecat, told("INITIAL_PURCHASE", bo, at=-1))
    assert (answer.status_code, answer.json()) == (200, {})
    eventually(lambda: premium(world, bo) == (True, "active", 30))
    own = revenuecat.get("/functions/v1/store/premium", headers=bearer(bo)).json()["premium"]
    assert (own["is_premium"], own["status"], len(own["lines"])) == (True, "active", 1)
    post(revenuecat, told("EXPIRATION", bo, ends=-1), authorization=OLD_AUTHORIZATION)
    eventually(lambda: notices(world, bo) == ["premium_began", "premium_ended"])
    quota = revenuecat.get("/functions/v1/studio/quota", headers=bearer(bo)).json()
    assert quota["is_premium"] is False


def test_an_account_that_comes_after_its_purchase_has_it(revenuecat: httpx.Client, world: World, bo: UUID) -> None:
    body = told("INITIAL_PURCHASE", f"app-{bo}")
    post(revenuecat, body)
    eventually(lambda: world.one("select folded_at from private.store_events where id = %s", event_id(body)))
    world.owner("update public.profiles set revenue_cat_user_id = %s where id = %s", f"app-{bo}", bo)
    eventually(lambda: premium(world, bo) == (True, "active", 30))


def test_twenty_of_the_same_at_once_are_one(revenuecat: httpx.Client, world: World, bo: UUID) -> None:
    body = told("INITIAL_PURCHASE", bo)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(revenuecat, body).status_code, range(20)))
    assert set(answers) == {200}
    eventually(lambda: premium(world, bo)[0])
    assert world.one(KEPT, event_id(body)) == 1
    assert notices(world, bo) == ["premium_began"]


def test_a_new_type_is_kept_and_changes_nothing(revenuecat: httpx.Client, world: World, bo: UUID) -> None:
    body = told("OF_NEXT_YEAR", bo, whatever=[1, {"a": None}])
    assert post(revenuecat, body).status_code == 200
    assert world.one("select folded_at is not null from private.store_events where id = %s", event_id(body))
    assert premium(world, bo) == (False, None, None)


@pytest.mark.parametrize(
    "forged",
    [
        {"authorization": None},
        {"authorization": "Bearer of-somebody-else"},
        {"authorization": SECRET},
        {"x_revenuecat_webhook_signature": None},
        {"x_revenuecat_webhook_signature": "t=1,v1=00"},
        {"x_revenuecat_webhook_signature": signature(b"another body")},
    ],
    ids=["no key", "another key", "the secret as a key", "no signature", "an old one", "another body's"],
)
def test_a_forged_webhook_is_refused_and_leaves_nothing(
    revenuecat: httpx.Client, world: World, bo: UUID, forged: dict[str, str | None]
) -> None:
    body = told("INITIAL_PURCHASE", bo)
    answer = post(revenuecat, body, **forged)
    assert (answer.status_code, answer.json()["code"]) == (401, "store_refused")
    assert world.one(KEPT, event_id(body)) == 0


@pytest.mark.parametrize("at", [-400, 400])
def test_a_signature_that_is_not_of_now_is_a_replay(revenuecat: httpx.Client, world: World, bo: UUID, at: int) -> None:
    body = told("INITIAL_PURCHASE", bo)
    answer = post(revenuecat, body, x_revenuecat_webhook_signature=signature(body, at=at))
    assert (answer.status_code, world.one(KEPT, event_id(body))) == (401, 0)


def test_what_is_too_large_no_json_or_no_event_is_refused_in_words(revenuecat: httpx.Client, bo: UUID) -> None:
    whole = told("RENEWAL", bo)
    refused = [
        (post(revenuecat, told("RENEWAL", bo, padding="x" * 300_000)), 413, "store_too_large"),
        (post(revenuecat, whole, content_type="text/plain"), 415, "store_not_json"),
        (post(revenuecat, whole, content_type=None), 415, "store_not_json"),
        (post(revenuecat, whole[:-3]), 400, "store_unreadable"),
        (post(revenuecat, b"[]"), 400, "store_unreadable"),
        (post(revenuecat, told("RENEWAL", "a\0b")), 400, "store_unreadable"),
        (post(revenuecat, told("RENEWAL", bo, expiration_at_ms="soon")), 400, "store_unreadable"),
    ]
    for answer, status, code in refused:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"]


def test_whoever_is_not_believed_is_not_told_what_is_wrong_with_the_rest(revenuecat: httpx.Client) -> None:
    assert post(revenuecat, b"[]", content_type="text/plain", authorization=None).status_code == 401
    assert revenuecat.get("/webhooks/revenuecat").status_code == 405


def test_without_keys_nobody_is_believed(settings: Settings, world: World, bo: UUID) -> None:
    made = replace(settings, port=free_port(), revenuecat_authorization=None, revenuecat_signing_secrets=None)
    body = told("INITIAL_PURCHASE", bo)
    with running_server(made), httpx.Client(base_url=made.api_url, timeout=20) as client:
        answer = post(client, body)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_not_set")
        assert "SAHNE_REVENUECAT_AUTHORIZATION" in answer.json()["hint"]
    assert world.one(KEPT, event_id(body)) == 0
