"""Apple's notifications: who is believed, and what one says. The chain is made on the spot, its root believed by setting."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sahne.errors import SettingInvalid
from sahne.settings.reading import read_settings
from sahne.store.apple import SIGNS_FOR_DEVELOPERS, SIGNS_RECEIPTS, Apple
from sahne.store.errors import StoreRefused, StoreUnreadable
from tests.apple import (
    BUNDLE,
    DAY_MS,
    INTERMEDIATE,
    LEAF,
    NOW_MS,
    OTHER_ROOT,
    OTHERS,
    ROOT,
    issue,
    notification,
    root_certificate,
    sign,
)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("apple") / "root.pem"
    path.write_bytes(root_certificate())
    return path


@pytest.fixture(scope="module")
def apple(roots: Path) -> Apple:
    made = Apple.of(
        read_settings(env_file=None, apple_bundle_ids=f"{BUNDLE}, other", apple_root_certificates=str(roots))
    )
    assert made
    return made


def test_without_an_app_or_a_root_there_is_nobody_to_believe(roots: Path, tmp_path: Path) -> None:
    assert Apple.of(read_settings(env_file=None, apple_bundle_ids=BUNDLE)) is None
    assert Apple.of(read_settings(env_file=None, apple_root_certificates=str(roots))) is None
    der = tmp_path / "root.cer"
    der.write_bytes(ROOT.certificate.public_bytes(Encoding.DER))
    assert Apple.of(read_settings(env_file=None, apple_bundle_ids=BUNDLE, apple_root_certificates=str(der)))
    der.write_bytes(b"no certificate")
    with pytest.raises(SettingInvalid):
        Apple.of(read_settings(env_file=None, apple_bundle_ids=BUNDLE, apple_root_certificates=str(der)))


def test_a_subscription_says_whose_it_is_and_until_when(apple: Apple) -> None:
    user = uuid4()
    event = apple.read_event(notification("SUBSCRIBED", user, subtype="INITIAL_BUY", offerType=1))
    assert (event.effect, event.customers) == ("running", (str(user), "app_store 1"))
    assert (event.line, event.product_id, event.is_sandbox, event.is_trial) == (
        "app_store 1",
        "premium_month",
        False,
        True,
    )
    assert event.ends_at == datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(days=30)


@pytest.mark.parametrize(
    ("type", "subtype", "effect"),
    [
        ("DID_RENEW", None, "running"),
        ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_DISABLED", "cancelled"),
        ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_ENABLED", "running"),
        ("DID_FAIL_TO_RENEW", "GRACE_PERIOD", "failing"),
        ("GRACE_PERIOD_EXPIRED", None, "expired"),
        ("EXPIRED", "VOLUNTARY", "expired"),
        ("REFUND", None, "refunded"),
        ("REVOKE", None, "refunded"),
        ("DID_CHANGE_RENEWAL_PREF", "UPGRADE", "none"),
        ("PRICE_INCREASE", "PENDING", "none"),
        ("OF_NEXT_YEAR", None, "none"),
    ],
)
def test_each_type_has_its_effect_and_a_new_one_has_none(
    apple: Apple, type: str, subtype: str | None, effect: str
) -> None:
    assert apple.read_event(notification(type, uuid4(), subtype=subtype)).effect == effect


def test_a_pack_of_coins_a_lifetime_and_the_days_of_grace_are_told_apart(apple: Apple) -> None:
    pack = apple.read_event(notification("ONE_TIME_CHARGE", uuid4(), type="Consumable", expiresDate=None))
    assert (pack.effect, pack.ends_at, pack.is_forever) == ("bought", None, False)
    assert apple.read_event(
        notification("ONE_TIME_CHARGE", uuid4(), type="Non-Consumable", expiresDate=None)
    ).is_forever
    grace = {"gracePeriodExpiresDate": NOW_MS + 40 * DAY_MS}
    failing = apple.read_event(notification("DID_FAIL_TO_RENEW", uuid4(), renewal=grace))
    assert failing.ends_at == datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(days=40)


def test_a_test_names_no_purchase_and_a_sandbox_says_that_it_is_one(apple: Apple) -> None:
    test = apple.read_event(notification("TEST", data={"signedTransactionInfo": None, "environment": "Sandbox"}))
    assert (test.effect, test.customers, test.is_sandbox) == ("none", (), True)


OLD = issue("leaf", INTERMEDIATE, SIGNS_RECEIPTS, issues=False, days=(-9, -1))
POWERLESS = issue("intermediate", ROOT, SIGNS_FOR_DEVELOPERS, issues=False)
FORGED: dict[str, Callable[[], bytes]] = {
    "another root": lambda: notification("DID_RENEW", chain=OTHERS),
    "our root at the end of another chain": lambda: notification("DID_RENEW", chain=(*OTHERS[:2], ROOT)),
    "a leaf of nobody": lambda: notification(
        "DID_RENEW", chain=(issue("leaf", None, SIGNS_RECEIPTS), INTERMEDIATE, ROOT)
    ),
    "an old leaf": lambda: notification("DID_RENEW", chain=(OLD, INTERMEDIATE, ROOT)),
    "an unmarked leaf": lambda: notification("DID_RENEW", chain=(issue("leaf", INTERMEDIATE), INTERMEDIATE, ROOT)),
    "an unmarked intermediate": lambda: notification(
        "DID_RENEW", chain=(issue("leaf", (by := issue("any", ROOT)), SIGNS_RECEIPTS), by, ROOT)
    ),
    "issued by who may not": lambda: notification(
        "DID_RENEW", chain=(issue("leaf", POWERLESS, SIGNS_RECEIPTS), POWERLESS, ROOT)
    ),
    "a chain of two": lambda: notification("DID_RENEW", chain=(LEAF, ROOT)),
    "signed with another key": lambda: orjson.dumps({"signedPayload": sign({}, key=OTHER_ROOT.key)}),
    "signed with a word": lambda: orjson.dumps({"signedPayload": sign({}, key="k" * 32, algorithm="HS256")}),
    "not signed": lambda: orjson.dumps({"signedPayload": sign({}, algorithm="none")}),
    "a purchase of another chain": lambda: notification("DID_RENEW", data={"signedTransactionInfo": sign({}, OTHERS)}),
    "another app": lambda: notification("DID_RENEW", data={"bundleId": "com.example.stranger"}),
    "a purchase of another app": lambda: notification("DID_RENEW", bundleId="com.example.stranger"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_notification_is_refused(apple: Apple, how: str) -> None:
    with pytest.raises(StoreRefused):
        apple.read_event(FORGED[how]())


def test_what_was_changed_on_the_way_is_refused(apple: Apple) -> None:
    head, payload, signature = orjson.loads(notification("DID_RENEW", uuid4()))["signedPayload"].split(".")
    other = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(payload + "==").replace(b"DID_RENEW", b"EXPIRED!!")
    ).decode()
    with pytest.raises(StoreRefused):
        apple.read_event(orjson.dumps({"signedPayload": f"{head}.{other.rstrip('=')}.{signature}"}))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"signedPayload": 3}', b'{"signedPayload": null}'])
def test_what_is_no_notification_is_refused_in_words(apple: Apple, body: bytes) -> None:
    with pytest.raises(StoreUnreadable):
        apple.read_event(body)


def test_what_is_signed_and_makes_no_sense_is_refused_in_words(apple: Apple) -> None:
    for fields in ({"expiresDate": "soon"}, {"originalTransactionId": 3}, {"appAccountToken": []}):
        with pytest.raises(StoreUnreadable):
            apple.read_event(notification("DID_RENEW", uuid4(), **fields))
