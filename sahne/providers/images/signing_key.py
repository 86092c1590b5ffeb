"""The key an installation signs its pictures with, and the certificates that go along: one PEM file.

It is made once, in the data folder, when none is given: an ES256 key, a certificate for it and the one that vouches for
that, whose own key is thrown away, so that nothing else can ever be vouched for. What a certificate must say is in the
C2PA specification, 14.5.1; none of it is about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sahne.errors import SettingInvalid
from sahne.files import write_once

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")  # c2pa-kp-claimSigning
DAYS_GOOD = 20 * 365  # no time stamp says when a picture was signed: it can be told true for as long as this
CLOCK_SKEW = timedelta(hours=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its certificates, the key's own first; both PEM."""

    key: bytes
    certificates: bytes


def read_signing_key(path: Path, *, is_made: bool) -> SigningKey:
    """The key in a file; with `is_made` it is written there first where there is none.

    Raises:
        SettingInvalid: the file cannot be read, or is no such key with its certificates.
    """
    if is_made and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_once(path, make_signing_key())
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        chain = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError, TypeError) as error:
        raise _unfit(path, "holds no private key in PEM, with its certificates behind it") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unfit(path, "must hold a key of the curve P-256")
    if chain[0].public_key() != key.public_key():
        raise _unfit(path, "must have the key's own certificate first")
    return SigningKey(_pem_of(key), b"".join(each.public_bytes(PEM) for each in chain))


def make_signing_key() -> bytes:
    """A new key with its certificates, as the file has them."""
    voucher, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    names = [_name(f"Sahne installation {mark}"), _name(f"Sahne pictures {mark}")]
    root = _certificate(names[0], names[0], voucher.public_key(), voucher, is_voucher=True)
    own = _certificate(names[1], names[0], key.public_key(), voucher, is_voucher=False)
    return _pem_of(key) + own.public_bytes(PEM) + root.public_bytes(PEM)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    voucher: ec.EllipticCurvePrivateKey,
    *,
    is_voucher: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not is_voucher,
        key_cert_sign=is_voucher,
        crl_sign=is_voucher,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=DAYS_GOOD))
        .add_extension(x509.BasicConstraints(ca=is_voucher, path_length=0 if is_voucher else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(voucher.public_key()), critical=False)
    )
    if not is_voucher:
        uses = x509.ExtendedKeyUsage([CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        certificate = certificate.add_extension(uses, critical=False)
    return certificate.sign(voucher, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sahne"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _unfit(path: Path, what: str) -> SettingInvalid:
    return SettingInvalid(
        details=f"SAHNE_PROVENANCE_KEY: {path} {what}",
        hint="docs/guides/provenance.md says what it must be; without it a key is made in the data folder.",
    )
