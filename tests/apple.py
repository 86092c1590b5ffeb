"""Apple, made up: a chain of certificates made on the spot, and notifications signed with it."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sahne.store.apple import SIGNS_FOR_DEVELOPERS, SIGNS_RECEIPTS

NOW_MS = int(time.time()) * 1000
DAY_MS = 86_400_000
BUNDLE = "com.example.app"


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def issue(
    name: str,
    by: Signer | None = None,
    *marks: x509.ObjectIdentifier,
    issues: bool = True,
    days: tuple[int, int] = (-1, 9),
) -> Signer:
    """A new certificate; by nobody, its own root."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=issues, path_length=None), critical=True)
    )
    for mark in marks:
        made = made.add_extension(x509.UnrecognizedExtension(mark, b"\x05\x00"), critical=False)
    return Signer(made.sign(by.key if by else key, SHA256()), key)


ROOT = issue("root")
INTERMEDIATE = issue("intermediate", ROOT, SIGNS_FOR_DEVELOPERS)
LEAF = issue("leaf", INTERMEDIATE, SIGNS_RECEIPTS, issues=False)
CHAIN = (LEAF, INTERMEDIATE, ROOT)
OTHER_ROOT = issue("root")
OTHERS = (
    issue("leaf", OTHER_ROOT, SIGNS_RECEIPTS),
    issue("intermediate", OTHER_ROOT, SIGNS_FOR_DEVELOPERS),
    OTHER_ROOT,
)


def sign(payload: dict[str, Any], chain: tuple[Signer, ...] = CHAIN, key: Any = None, algorithm: str = "ES256") -> str:
    held = [base64.b64encode(each.certificate.public_bytes(Encoding.DER)).decode() for each in chain]
    return jwt.encode(payload, "" if algorithm == "none" else key or chain[0].key, algorithm, headers={"x5c": held})


def notification(
    type: str, user: UUID | None = None, /, *, subtype: str | None = None, chain: tuple[Signer, ...] = CHAIN,
    renewal: dict[str, Any] | None = None, data: dict[str, Any] | None = None, at: int = 0, **bought: Any,
) -> bytes:  # fmt: skip
    """As Apple posts it."""
    transaction = {
        "transactionId": "2", "originalTransactionId": "1", "bundleId": BUNDLE, "productId": "premium_month",
        "type": "Auto-Renewable Subscription", "expiresDate": NOW_MS + 30 * DAY_MS, "environment": "Production",
    } | ({"appAccountToken": str(user)} if user else {}) | bought  # fmt: skip
    inner = {"bundleId": BUNDLE, "environment": "Production", "signedTransactionInfo": sign(transaction)} | (data or {})
    if renewal:
        inner["signedRenewalInfo"] = sign(renewal)
    told = {
        "notificationType": type, "subtype": subtype, "notificationUUID": str(uuid4()), "version": "2.0",
        "signedDate": NOW_MS + at * 1000, "data": inner,
    }  # fmt: skip
    return orjson.dumps({"signedPayload": sign(told, chain)})


def root_certificate() -> bytes:
    """Of the chain that is believed, as PEM."""
    return ROOT.certificate.public_bytes(Encoding.PEM)
