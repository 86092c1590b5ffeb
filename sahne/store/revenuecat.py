"""RevenueCat's webhooks: is one authentic, and what does it say.

Source: RevenueCat's "Webhooks" and "Event Types and Fields". It sends `{"api_version", "event"}`, once or several
times, in no order, again after anything but 200. New types come without notice: they are kept and change nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from sahne.setting_rules import names_in
from sahne.settings import Settings
from sahne.store.errors import StoreRefused, StoreUnreadable
from sahne.store.events import Effect, StoreEvent, Told, names

SIGNATURE_AGE_SECONDS_MAX = 300
SIGNATURES_MAX = 10
LENT_MAX = timedelta(hours=24)
PERSONAL = ("subscriber_attributes",)  # e-mail, address, advertising id: none of it is needed

EFFECTS: dict[str, Effect] = {
    "INITIAL_PURCHASE": "running",
    "RENEWAL": "running",
    "UNCANCELLATION": "running",
    "SUBSCRIPTION_EXTENDED": "running",
    "REFUND_REVERSED": "running",
    "NON_RENEWING_PURCHASE": "bought",
    "TEMPORARY_ENTITLEMENT_GRANT": "lent",
    "CANCELLATION": "cancelled",
    "BILLING_ISSUE": "failing",
    "EXPIRATION": "expired",
    "TRANSFER": "moved",
    "SUBSCRIBER_ALIAS": "linked",
}


@dataclass(frozen=True, slots=True)
class RevenueCat:
    """What its webhooks are known by: their Authorization, a signature, or both. While a key is changed two hold."""

    authorizations: tuple[str, ...] = field(repr=False)
    signing_secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> RevenueCat | None:
        """As the settings have it; None where they have neither."""
        found = cls(
            names_in(settings.revenuecat_authorization or ""), names_in(settings.revenuecat_signing_secrets or "")
        )
        return found if found.authorizations or found.signing_secrets else None

    def verify(self, body: bytes, authorization: str | None, signature: str | None) -> None:
        """Whatever is set must hold.

        Raises:
            StoreRefused: it is not RevenueCat's, or not of now.
        """
        if self.authorizations and not _is_one_of(authorization or "", self.authorizations):
            raise StoreRefused(details="the Authorization is not ours")
        if self.signing_secrets:
            _verify_signature(body, signature or "", self.signing_secrets)


def _verify_signature(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    parts = [part.strip().partition("=")[::2] for part in signature.split(",", SIGNATURES_MAX + 1)]
    stamp = next((value for name, value in parts if name == "t"), "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise StoreRefused(details="there is no signature with a time")
    if abs(time.time() - int(stamp)) > SIGNATURE_AGE_SECONDS_MAX:
        raise StoreRefused(details="the signature is not of now")
    signed = stamp.encode() + b"." + body
    ours = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(_is_one_of(value, ours) for name, value in parts if name == "v1"):
        raise StoreRefused(details="the signature is not of this body")


def _is_one_of(value: str, ours: Sequence[str]) -> bool:
    return any(hmac.compare_digest(value.encode(), each.encode()) for each in ours)


def read_event(body: bytes) -> StoreEvent:
    """The event of a webhook.

    Raises:
        StoreUnreadable: it is none, or what it tells is of another kind than promised.
    """
    try:
        event = Told(Told(orjson.loads(body)).fields.get("event"))
    except orjson.JSONDecodeError as error:
        raise StoreUnreadable(details="it is no JSON") from error
    effect = _effect_of(event)
    happened_at = event.needed_moment("event_timestamp_ms")
    receivers, givers = _parties(event)
    store = (event.text("store") or "revenuecat").lower()
    return StoreEvent(
        source="revenuecat",
        id=event.needed("id"),
        type=event.needed("type"),
        effect=effect if receivers else "none",
        happened_at=happened_at,
        is_sandbox=(event.text("environment") or "PRODUCTION").upper() != "PRODUCTION",
        customers=names(*receivers, *givers),
        givers=tuple(name for name in givers if name not in receivers),
        body=orjson.dumps({name: value for name, value in event.fields.items() if name not in PERSONAL}).decode(),
        store=store,
        line=_line_of(event, effect, store),
        product_id=event.text("product_id"),
        transaction_id=event.text("transaction_id"),
        entitlements=_entitlements(event),
        ends_at=_end_of(event, effect, happened_at),
        is_forever=effect in ("running", "bought") and event.fields.get("expiration_at_ms", 0) is None,
        is_trial=event.text("period_type") == "TRIAL",
    )


def _effect_of(event: Told) -> Effect:
    effect = EFFECTS.get(event.needed("type"), "none")
    return "refunded" if effect == "cancelled" and event.text("cancel_reason") == "CUSTOMER_SUPPORT" else effect


def _parties(event: Told) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whose it is; and of a transfer, whose it was."""
    if event.text("type") == "TRANSFER":
        return names(*event.texts("transferred_to") or ()), names(*event.texts("transferred_from") or ())
    aliases = event.texts("aliases") or ()
    return names(event.text("app_user_id"), event.text("original_app_user_id"), *aliases), ()


def _line_of(event: Told, effect: Effect, store: str) -> str | None:
    if effect == "lent":
        return f"lent {event.needed('id')}"
    transaction = event.text("original_transaction_id") or event.text("transaction_id")
    return f"{store} {transaction}" if transaction else None


def _entitlements(event: Told) -> tuple[str, ...] | None:
    """`entitlement_id` is of old."""
    several, one = event.texts("entitlement_ids"), event.text("entitlement_id")
    return several if several is not None or one is None else (one,)


def _end_of(event: Told, effect: Effect, happened_at: datetime) -> datetime | None:
    """A billing issue lets it go on for the store's days of grace; what is lent, for a day at most."""
    ends_at, grace = event.moment("expiration_at_ms"), event.moment("grace_period_expiration_at_ms")
    match effect:
        case "failing":
            return max((each for each in (ends_at, grace) if each), default=None)
        case "lent":
            return min(ends_at or happened_at + LENT_MAX, happened_at + LENT_MAX)
        case _:
            return ends_at
