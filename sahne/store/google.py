"""Google Play's notifications: is one Google's, and what became of the purchase that it names.

Source: "Real-time developer notifications reference", and Pub/Sub's "Authentication for push subscriptions". Pub/Sub
posts `{"message": {"data", "messageId"}}` with a token of Google's for the account and audience of the subscription.
The notification itself names a purchase and no more: what is so is asked of Google Play (`play_api.py`) before it is
kept.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
import orjson

from sahne.errors import Unavailable
from sahne.providers.exchange import ProviderFault, ask
from sahne.providers.google_account import ServiceAccount
from sahne.setting_rules import names_in
from sahne.settings import Settings
from sahne.store.errors import StoreRefused, StoreUnreadable
from sahne.store.events import Effect, StoreEvent, Told, names
from sahne.store.play_api import PlayApi

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
KEYS_SECONDS_MAX, KEYS_SECONDS_MIN = 6 * 3600.0, 60.0
REVOKED = 12  # of a SubscriptionNotification: its money was given back and it ended at once
ONE_TIME_PURCHASED = 1
PURCHASED = 0  # the state of a ProductPurchase; 2 is still to be paid
TEST_PURCHASE = 0
SUBSCRIPTION, ONE_TIME = 1, 2  # what was voided
REFUNDED_WHOLE = 1

EFFECTS: dict[str, Effect] = {
    "SUBSCRIPTION_STATE_ACTIVE": "running",
    "SUBSCRIPTION_STATE_CANCELED": "cancelled",
    "SUBSCRIPTION_STATE_IN_GRACE_PERIOD": "failing",
    "SUBSCRIPTION_STATE_ON_HOLD": "expired",
    "SUBSCRIPTION_STATE_PAUSED": "expired",
    "SUBSCRIPTION_STATE_EXPIRED": "expired",
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """A notification, as Pub/Sub brought it: its id there, and what it tells."""

    id: str
    told: Told
    package: str
    happened_at: datetime


class Google:
    """The apps that are ours, and whom we believe that Google Play sent them."""

    def __init__(
        self, packages: frozenset[str], audience: str, email: str, certificates_url: str, api: PlayApi
    ) -> None:
        self._packages = packages
        self._audience = audience
        self._email = email
        self._keys = PushKeys(certificates_url)
        self._api = api

    @classmethod
    def of(cls, settings: Settings) -> Google | None:
        """As the settings have it; None unless they name the apps, the service account, and who pushes to whom.

        Raises:
            SettingInvalid: the file of the service account is none.
        """
        packages = frozenset(names_in(settings.google_package_names or ""))
        account, audience, email = (
            settings.google_service_account, settings.google_push_audience, settings.google_push_email,
        )  # fmt: skip
        if not (packages and account and audience and email):
            return None
        api = PlayApi(settings.google_play_url, ServiceAccount.of(account, "SAHNE_GOOGLE_SERVICE_ACCOUNT"))
        return cls(packages, audience, email, settings.google_certificates_url, api)

    async def verify(self, authorization: str | None) -> None:
        """Whether Pub/Sub pushes it for our subscription.

        Raises:
            StoreRefused: it does not. Unavailable: Google's keys cannot be had.
        """
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer":
            raise StoreRefused(details="it brings no token")
        try:
            key = await self._keys.named(str(jwt.get_unverified_header(token).get("kid")))
            claims = jwt.decode(
                token, key, algorithms=["RS256"], audience=self._audience, options={"require": ["exp", "iss", "aud"]}
            )
        except jwt.PyJWTError as error:
            raise StoreRefused(details=type(error).__name__) from error
        if claims["iss"] not in ISSUERS:
            raise StoreRefused(details="the token is not Google's")
        if claims.get("email") != self._email or claims.get("email_verified") is not True:
            raise StoreRefused(details="the token is of another account")

    async def read_events(self, body: bytes) -> list[StoreEvent]:
        """What became of the purchase that a notification names: an event for each thing in it.

        Raises:
            StoreRefused: it is of an app that is not ours. StoreUnreadable: it is none at all.
            Unavailable: Google Play cannot be asked now.
        """
        pushed = _pushed(body)
        if pushed.package not in self._packages:
            raise StoreRefused(details="it is of an app that is not ours")
        fields = pushed.told.fields
        if "subscriptionNotification" in fields:
            told = Told(fields["subscriptionNotification"])
            return await self._of_subscription(
                pushed, told.needed("purchaseToken"), told.fields.get("notificationType")
            )
        if "oneTimeProductNotification" in fields:
            return await self._of_product(pushed, Told(fields["oneTimeProductNotification"]))
        if "voidedPurchaseNotification" in fields:
            return await self._of_voided(pushed, Told(fields["voidedPurchaseNotification"]))
        return [_nothing(pushed)]

    async def _of_subscription(self, pushed: Pushed, token: str, type: object) -> list[StoreEvent]:
        """With the one that it replaced, which nobody may tell the end of."""
        purchase = await self._api.subscription(pushed.package, token)
        if purchase is None:
            return [_nothing(pushed)]
        events = _events_of(pushed, Told(purchase), is_revoked=type == REVOKED)
        if replaced := Told(purchase).text("linkedPurchaseToken"):
            before = await self._api.subscription(pushed.package, replaced)
            events += _events_of(pushed, Told(before or {}), suffix=" replaced")
        return events

    async def _of_product(self, pushed: Pushed, told: Told) -> list[StoreEvent]:
        product_id, token = told.needed("sku"), told.needed("purchaseToken")
        if told.fields.get("notificationType") != ONE_TIME_PURCHASED:
            return [_nothing(pushed)]
        purchase = Told(await self._api.product(pushed.package, product_id, token) or {})
        order = purchase.text("orderId")
        if purchase.fields.get("purchaseState") != PURCHASED or not order:
            return [_nothing(pushed)]
        return [
            _event(
                pushed, "ONE_TIME_PRODUCT_PURCHASED", "bought", order, purchase,
                product_id=product_id,
                is_forever=True,
                is_sandbox=purchase.fields.get("purchaseType") == TEST_PURCHASE,
                customer=purchase.text("obfuscatedExternalAccountId"),
            )
        ]  # fmt: skip

    async def _of_voided(self, pushed: Pushed, told: Told) -> list[StoreEvent]:
        """What is bought once is taken back; a subscription may go on after one of its months was refunded."""
        if told.fields.get("productType") == SUBSCRIPTION:
            return await self._of_subscription(pushed, told.needed("purchaseToken"), None)
        if (
            told.fields.get("productType") != ONE_TIME
            or told.fields.get("refundType", REFUNDED_WHOLE) != REFUNDED_WHOLE
        ):
            return [_nothing(pushed)]
        return [_event(pushed, "VOIDED_PURCHASE", "refunded", told.needed("orderId"), told)]


class PushKeys:
    """The keys Google signs with: fetched when they are old, and when one is named that is not among them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")

    async def named(self, kid: str) -> jwt.PyJWK:
        """Raises StoreRefused: it is none of Google's. Unavailable: they cannot be had."""
        age = time.monotonic() - self._fetched_at
        if age > KEYS_SECONDS_MAX or (kid not in self._keys and age > KEYS_SECONDS_MIN):
            await self._fetch()
        if kid not in self._keys:
            raise StoreRefused(details="the token is signed with another key")
        return self._keys[kid]

    async def _fetch(self) -> None:
        try:
            answer = await ask("GET", self._url)
            found = jwt.PyJWKSet.from_dict(answer.json())
        except (ProviderFault, jwt.PyJWTError) as error:
            raise Unavailable(details="Google's keys cannot be had") from error
        self._keys = {each.key_id: each for each in found.keys if each.key_id and each.key_type == "RSA"}
        self._fetched_at = time.monotonic()


def _pushed(body: bytes) -> Pushed:
    try:
        message = Told(Told(orjson.loads(body)).fields.get("message"))
        data = message.fields.get("data")
        told = Told(orjson.loads(base64.b64decode(data if isinstance(data, str) else "", validate=True)))
    except (orjson.JSONDecodeError, binascii.Error) as error:
        raise StoreUnreadable(details="it is no notification of Google Play") from error
    moment = told.fields.get("eventTimeMillis")
    if isinstance(moment, str) and moment.isascii() and moment.isdigit():
        told.fields["eventTimeMillis"] = int(moment)
    return Pushed(message.needed("messageId"), told, told.needed("packageName"), told.needed_moment("eventTimeMillis"))


def _events_of(pushed: Pushed, purchase: Told, *, is_revoked: bool = False, suffix: str = "") -> list[StoreEvent]:
    """One for each thing that is subscribed to together; each is known by the first order it came with."""
    state = purchase.text("subscriptionState") or ""
    effect: Effect = "refunded" if is_revoked else EFFECTS.get(state, "none")
    items = [Told(item) for item in purchase.fields.get("lineItems") or ()]
    accounts = Told(purchase.fields.get("externalAccountIdentifiers") or {})
    events = []
    for number, item in enumerate(items):
        order = item.text("latestSuccessfulOrderId") or purchase.text("latestOrderId")
        if effect == "none" or not order:
            continue
        events.append(
            _event(
                pushed, state, effect, order, purchase,
                id=f"{pushed.id}{suffix}{f' {number}' if number else ''}",
                product_id=item.needed("productId"),
                is_one_of_several=len(items) > 1,
                ends_at=None if is_revoked else item.date("expiryTime"),
                is_sandbox="testPurchase" in purchase.fields,
                is_trial="freeTrial" in Told(item.fields.get("offerPhase") or {}).fields,
                customer=accounts.text("obfuscatedExternalAccountId"),
            )
        )  # fmt: skip
    return events or ([] if suffix else [_nothing(pushed)])


def _event(
    pushed: Pushed, type: str, effect: Effect, order: str, purchase: Told, *, id: str | None = None,
    product_id: str | None = None, is_one_of_several: bool = False, ends_at: datetime | None = None,
    is_forever: bool = False, is_sandbox: bool = False, is_trial: bool = False, customer: str | None = None,
) -> StoreEvent:  # fmt: skip
    """`order` is `GPA.…`, with `..1` and so on at each renewal, which is left off: RevenueCat names it so too."""
    line = f"play_store {order.partition('..')[0]}"
    kept: dict[str, Mapping[str, Any]] = {"notification": pushed.told.fields, "purchase": purchase.fields}
    return StoreEvent(
        source="google",
        id=id or pushed.id,
        type=type,
        effect=effect,
        happened_at=pushed.happened_at,
        is_sandbox=is_sandbox,
        customers=names(customer, line),
        givers=(),
        body=orjson.dumps(kept).decode(),
        store="play_store",
        line=f"{line} {product_id}" if is_one_of_several else line,
        product_id=product_id,
        transaction_id=order,
        ends_at=ends_at,
        is_forever=is_forever,
        is_trial=is_trial,
    )


def _nothing(pushed: Pushed) -> StoreEvent:
    """It is kept, and changes nothing."""
    return StoreEvent(
        source="google", id=pushed.id, type=_type_of(pushed), effect="none", happened_at=pushed.happened_at,
        is_sandbox=False, customers=(), givers=(), body=orjson.dumps({"notification": pushed.told.fields}).decode(),
    )  # fmt: skip


def _type_of(pushed: Pushed) -> str:
    return next((name for name in pushed.told.fields if name.endswith("Notification")), "unknown")[:100]
