"""App Store Server Notifications, version 2: is one Apple's, and what does it say.

Source: Apple's "App Store Server Notifications V2" and "JWSTransaction". A notification is signed with a certificate
that comes along; it is Apple's if that leads to Apple's root and both certificates below the root are marked for this
use. What it tells of a purchase is signed in the same way, once more.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from sahne.errors import SettingInvalid
from sahne.setting_rules import names_in
from sahne.settings import Settings
from sahne.store.errors import StoreRefused, StoreUnreadable
from sahne.store.events import Effect, StoreEvent, Told, names

CHAIN_CERTIFICATES = 3
SIGNS_RECEIPTS = x509.ObjectIdentifier("1.2.840.113635.100.6.11.1")
SIGNS_FOR_DEVELOPERS = x509.ObjectIdentifier("1.2.840.113635.100.6.2.1")
FOR_EVER = ("Non-Consumable",)
INTRODUCTORY_OFFER = 1

EFFECTS: dict[str, Effect] = {
    "SUBSCRIBED": "running",
    "DID_RENEW": "running",
    "OFFER_REDEEMED": "running",
    "RENEWAL_EXTENDED": "running",
    "REFUND_REVERSED": "running",
    "ONE_TIME_CHARGE": "bought",
    "DID_FAIL_TO_RENEW": "failing",
    "EXPIRED": "expired",
    "GRACE_PERIOD_EXPIRED": "expired",
    "REFUND": "refunded",
    "REVOKE": "refunded",
}
OF_RENEWING: dict[str | None, Effect] = {"AUTO_RENEW_DISABLED": "cancelled", "AUTO_RENEW_ENABLED": "running"}


@dataclass(frozen=True, slots=True)
class Apple:
    """The roots that we believe, and the apps that are ours."""

    roots: frozenset[x509.Certificate] = field(repr=False)
    bundle_ids: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Apple | None:
        """As the settings have it; None where they name no app, or no root.

        Raises:
            SettingInvalid: the file holds no certificate.
        """
        bundle_ids = frozenset(names_in(settings.apple_bundle_ids or ""))
        if not (bundle_ids and settings.apple_root_certificates):
            return None
        return cls(frozenset(_certificates_in(settings.apple_root_certificates)), bundle_ids)

    def read_event(self, body: bytes) -> StoreEvent:
        """The event of a notification that is Apple's, of one of our apps.

        Raises:
            StoreRefused: it is not. StoreUnreadable: it is none at all.
        """
        try:
            sent = Told(orjson.loads(body))
        except orjson.JSONDecodeError as error:
            raise StoreUnreadable(details="it is no JSON") from error
        told = Told(self._signed(sent.fields.get("signedPayload")))
        data = Told(told.fields.get("data") or {})
        bought, renewal = (self._signed_in(data, name) for name in ("signedTransactionInfo", "signedRenewalInfo"))
        for each in (data, bought):
            if each.text("bundleId") not in {None, *self.bundle_ids}:
                raise StoreRefused(details="it is of an app that is not ours")
        return _event(told, data, bought, renewal)

    def _signed_in(self, data: Told, name: str) -> Told:
        """What is signed once more within, where it is told."""
        token = data.fields.get(name)
        return Told({} if token is None else self._signed(token))

    def _signed(self, token: object) -> Mapping[str, Any]:
        """What a JWS says that Apple signed."""
        if not isinstance(token, str):
            raise StoreUnreadable(details="there is nothing signed")
        try:
            chain = [x509.load_der_x509_certificate(each) for each in _chain_of(token)]
            self._verify(chain, datetime.now(UTC))
            key = chain[0].public_key()
            if not isinstance(key, EllipticCurvePublicKey):
                raise StoreRefused(details="it is signed with another kind of key")
            claims: Mapping[str, Any] = jwt.decode(token, key, algorithms=["ES256"], options={"verify_aud": False})
        except (jwt.PyJWTError, InvalidSignature, x509.ExtensionNotFound, ValueError, TypeError) as error:
            raise StoreRefused(details=type(error).__name__) from error
        return claims

    def _verify(self, chain: list[x509.Certificate], now: datetime) -> None:
        leaf, intermediate, root = chain
        if root not in self.roots:
            raise StoreRefused(details="the chain leads to another root")
        if any(not each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
            raise StoreRefused(details="a certificate is not valid now")
        leaf.verify_directly_issued_by(intermediate)
        intermediate.verify_directly_issued_by(root)
        if not intermediate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise StoreRefused(details="the chain goes over a certificate that may not issue any")
        leaf.extensions.get_extension_for_oid(SIGNS_RECEIPTS)
        intermediate.extensions.get_extension_for_oid(SIGNS_FOR_DEVELOPERS)


def _chain_of(token: str) -> list[bytes]:
    chain = jwt.get_unverified_header(token).get("x5c")
    if not isinstance(chain, list) or len(chain) != CHAIN_CERTIFICATES:
        raise StoreRefused(details="it brings no chain of three certificates")
    return [base64.b64decode(each, validate=True) for each in chain]


def _certificates_in(path: Path) -> list[x509.Certificate]:
    try:
        held = path.read_bytes()
        if b"-----BEGIN" in held:
            return x509.load_pem_x509_certificates(held)
        return [x509.load_der_x509_certificate(held)]
    except (OSError, ValueError) as error:
        raise SettingInvalid(
            details="SAHNE_APPLE_ROOT_CERTIFICATES: must be a file with certificates, PEM or DER",
            hint="Get AppleRootCA-G3.cer from https://www.apple.com/certificateauthority.",
        ) from error


def _event(told: Told, data: Told, bought: Told, renewal: Told) -> StoreEvent:
    effect, happened_at = _effect_of(told, bought), told.needed_moment("signedDate")
    line = bought.text("originalTransactionId")
    customers = names(bought.text("appAccountToken"), f"app_store {line}" if line else None)
    kept = {"notification": told.fields | {"data": None}, "transaction": bought.fields, "renewal": renewal.fields}
    return StoreEvent(
        source="apple",
        id=told.needed("notificationUUID"),
        type=told.needed("notificationType"),
        effect=effect if customers else "none",
        happened_at=happened_at,
        is_sandbox=(data.text("environment") or "Production") != "Production",
        customers=customers,
        givers=(),
        body=orjson.dumps(kept).decode(),
        store="app_store",
        line=f"app_store {line}" if line else None,
        product_id=bought.text("productId"),
        transaction_id=bought.text("transactionId"),
        ends_at=_end_of(effect, bought, renewal),
        is_forever=effect in ("running", "bought") and bought.text("type") in FOR_EVER,
        is_trial=bought.fields.get("offerType") == INTRODUCTORY_OFFER,
    )


def _effect_of(told: Told, bought: Told) -> Effect:
    type = told.needed("notificationType")
    if type == "DID_CHANGE_RENEWAL_STATUS":
        return OF_RENEWING.get(told.text("subtype"), "none")
    effect = EFFECTS.get(type, "none")
    consumed = bought.text("type") == "Consumable"
    return "none" if consumed and effect in ("expired", "failing") else effect


def _end_of(effect: Effect, bought: Told, renewal: Told) -> datetime | None:
    """A refund ends it when it was revoked; a payment that fails lets it go on for the days of grace."""
    ends_at = bought.moment("expiresDate")
    match effect:
        case "refunded":
            return bought.moment("revocationDate")
        case "failing":
            grace = renewal.moment("gracePeriodExpiresDate")
            return max((each for each in (ends_at, grace) if each), default=None)
        case _:
            return ends_at
