"""RevenueCat's dialect: who is believed, and what an event says."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from sahne.settings.reading import read_settings
from sahne.store.errors import StoreRefused, StoreUnreadable
from sahne.store.revenuecat import RevenueCat, read_event
from tests.store import DAY_MS, NOW_MS, moved, told

BODY = b'{"event": {}}'
OLD, NEW = "old-secret-of-sixteen", "new-secret-of-sixteen"
HEADER = "Bearer a-long-static-value"


def signed(body: bytes, *secrets: str, at: float = 0) -> str:
    """The header, one `v1` a secret."""
    stamp = int(time.time() + at)
    made = [hmac.new(each.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={stamp}", *(f"v1={each}" for each in made)])


def store(**given: str) -> RevenueCat | None:
    return RevenueCat.of(read_settings(env_file=None, **{f"revenuecat_{name}": value for name, value in given.items()}))


def believed(cat: RevenueCat | None, authorization: str | None, signature: str | None) -> bool:
    assert cat
    try:
        cat.verify(BODY, authorization, signature)
    except StoreRefused:
        return False
    return True


def test_without_keys_there_is_nobody_to_believe() -> None:
    assert store() is None
    assert store(authorization=" ,  ,           , ") is None


def test_either_key_of_a_change_is_believed_and_a_third_is_not() -> None:
    cat = store(authorization=f"{HEADER}, another-static-value")
    assert believed(cat, HEADER, None)
    assert believed(cat, "another-static-value", None)
    for wrong in (None, "", HEADER.lower(), HEADER[:-1], f"{HEADER} ", f"{HEADER}, another-static-value", "é" * 20):
        assert not believed(cat, wrong, signed(BODY, NEW))


def test_a_signature_holds_for_its_body_its_secret_and_five_minutes() -> None:
    cat = store(signing_secrets=f"{OLD},{NEW}")
    for good in (signed(BODY, OLD), signed(BODY, NEW), signed(BODY, "other", NEW), signed(BODY, NEW, at=-290)):
        assert believed(cat, None, good)
    stale, early = signed(BODY, NEW, at=-310), signed(BODY, NEW, at=310)
    other_body, bare = signed(BODY + b" ", NEW), signed(BODY, NEW).partition(",")[2]
    for wrong in (
        stale,
        early,
        other_body,
        bare,
        signed(BODY, "other"),
        signed(BODY),
        "t=,v1=",
        "t=²,v1=x",
        "t=" + "9" * 40,
        "",
    ):
        assert not believed(cat, HEADER, wrong)


def test_where_both_are_set_both_must_hold() -> None:
    cat = store(authorization=HEADER, signing_secrets=NEW)
    assert believed(cat, HEADER, signed(BODY, NEW))
    assert not believed(cat, HEADER, None)
    assert not believed(cat, None, signed(BODY, NEW))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"event": 3}', b'{"event": {}}', b'{"event": {"id": "a", "type": "TEST"}}']
    + [told("RENEWAL", "x", at=0, ends=30, **{field: value}) for field, value in [
        ("id", ""), ("id", 3), ("id", "x" * 300), ("type", None), ("event_timestamp_ms", "1"), ("event_timestamp_ms", -1),
        ("event_timestamp_ms", 10**18), ("event_timestamp_ms", True), ("event_timestamp_ms", 1.5), ("aliases", "x"),
        ("aliases", [3]), ("aliases", [str(each) for each in range(1000, 1200)]), ("expiration_at_ms", "soon"),
        ("app_user_id", {}), ("entitlement_ids", "premium"), ("store", 3), ("environment", 1),
    ]],
)  # fmt: skip
def test_what_is_no_event_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(StoreUnreadable) as refused:
        read_event(body)
    assert refused.value.details


@pytest.mark.parametrize(
    ("type", "fields", "effect"),
    [
        ("INITIAL_PURCHASE", {}, "running"),
        ("NON_RENEWING_PURCHASE", {}, "bought"),
        ("CANCELLATION", {"cancel_reason": "UNSUBSCRIBE"}, "cancelled"),
        ("CANCELLATION", {"cancel_reason": "CUSTOMER_SUPPORT"}, "refunded"),
        ("SUBSCRIPTION_PAUSED", {}, "none"),
        ("OF_NEXT_YEAR", {"anything": [{}]}, "none"),
    ],
)
def test_each_type_has_its_effect_and_a_new_one_has_none(type: str, fields: dict[str, Any], effect: str) -> None:
    assert read_event(told(type, "x", **fields)).effect == effect


def test_an_event_of_nobody_is_kept_and_has_no_effect() -> None:
    event = read_event(told("RENEWAL", "null", original_app_user_id=None, aliases=[]))
    assert (event.effect, event.customers) == ("none", ())


def test_names_come_by_the_trust_in_them_and_each_once() -> None:
    event = read_event(told("RENEWAL", "a", original_app_user_id="b", aliases=["c", "a", "b", "null"]))
    assert event.customers == ("a", "b", "c")
    transfer = read_event(moved(["a", "b"], ["c", "b"]))
    assert (transfer.customers, transfer.givers) == (("c", "b", "a"), ("a",))


def test_for_ever_is_a_null_and_what_is_left_out_is_not() -> None:
    assert read_event(told("INITIAL_PURCHASE", "x", ends=None)).is_forever
    left_out = orjson.loads(told("INITIAL_PURCHASE", "x"))
    del left_out["event"]["expiration_at_ms"]
    event = read_event(orjson.dumps(left_out))
    assert (event.is_forever, event.ends_at) == (False, None)
    assert not read_event(told("CANCELLATION", "x", ends=None)).is_forever


def test_grace_is_the_later_of_both_ends_and_a_loan_a_day() -> None:
    failing = read_event(told("BILLING_ISSUE", "x", ends=1, grace_period_expiration_at_ms=NOW_MS + 5 * DAY_MS))
    now = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert failing.ends_at == now + timedelta(days=5)
    assert read_event(told("TEMPORARY_ENTITLEMENT_GRANT", "x", ends=9)).ends_at == now + timedelta(days=1)


def test_what_is_personal_is_not_kept() -> None:
    event = read_event(told("RENEWAL", "x", subscriber_attributes={"$email": {"value": "bo@example.com"}}))
    assert "bo@example.com" not in event.body
    assert "premium_month" in event.body
