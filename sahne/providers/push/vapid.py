"""The key by which a browser's push service knows who sends (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import time
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TOKEN_SECONDS = 12 * 3600  # 24 h at most
RENEW_SECONDS = TOKEN_SECONDS / 2
SERVICES_MAX = 256  # of which a token is kept


class Vapid:
    """One key pair; `subject` is how a push service reaches whoever runs this, `mailto:` or `https:`."""

    def __init__(self, private_key: str, subject: str) -> None:
        """`private_key` is base64url of the 32 bytes, as `sahne push keys` prints it, and others do."""
        number = int.from_bytes(from_base64url(private_key), "big")
        self._key = ec.derive_private_key(number, ec.SECP256R1())
        self._subject = subject
        self._kept: dict[str, tuple[float, str]] = {}
        self.public_key = public_key_of(self._key)

    def authorization(self, endpoint: str) -> str:
        """The header for a push to this address: signed for the service it is of, and kept for half of its time."""
        parts = urlsplit(endpoint)
        service = f"{parts.scheme}://{parts.netloc}"
        made_at, header = self._kept.get(service, (float("-inf"), ""))
        if time.monotonic() - made_at > RENEW_SECONDS:
            claims = {"aud": service, "exp": int(time.time()) + TOKEN_SECONDS, "sub": self._subject}
            header = f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public_key}"
            if len(self._kept) >= SERVICES_MAX:
                self._kept.pop(next(iter(self._kept)))
            self._kept[service] = (time.monotonic(), header)
        return header


def new_keys() -> tuple[str, str]:
    """A new pair: the private one for `SAHNE_VAPID_PRIVATE_KEY`, and the public one that follows from it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return to_base64url(key.private_numbers().private_value.to_bytes(32, "big")), public_key_of(key)


def public_key_of(key: ec.EllipticCurvePrivateKey) -> str:
    """As `pushManager.subscribe` takes it for `applicationServerKey`."""
    return to_base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def to_base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """With padding or without.

    Raises:
        ValueError: it is none.
    """
    plain = text.rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
