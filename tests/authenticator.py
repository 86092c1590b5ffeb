"""An authenticator in software: it makes keys and signs with them as WebAuthn has it, and lies where it is told to.

Source: Web Authentication (W3C), sections 5.8.1, 6.1, 6.5; RFC 8949 (CBOR) and RFC 9053 (COSE) for what it writes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ES256, RS256, EDDSA, ES384 = -7, -257, -8, -35
NONE: Mapping[str, Any] = {}
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64


def text_of(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cbor(value: Any) -> bytes:
    match value:
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case dict():
            return head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
    raise TypeError(type(value))


def head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes([kind << 5 | size])
    width, mark = next((width, mark) for width, mark in ((1, 24), (2, 25), (4, 26)) if size < 256**width)
    return bytes([kind << 5 | mark]) + size.to_bytes(width, "big")


@dataclass
class Authenticator:
    """One key on one device, and the browser in front of it."""

    origin: str
    rp_id: str
    algorithm: int = ES256
    flags: int = PRESENT | VERIFIED
    count: int = 0
    step: int = 1
    aaguid: bytes = bytes(16)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None

    def __post_init__(self) -> None:
        match self.algorithm:
            case -257:
                self.key: Any = rsa.generate_private_key(65537, 2048)
            case -8:
                self.key = ed25519.Ed25519PrivateKey.generate()
            case _:
                self.key = ec.generate_private_key(ec.SECP256R1() if self.algorithm == ES256 else ec.SECP384R1())

    def create(
        self,
        options: dict[str, Any],
        *,
        lies: Mapping[str, Any] = NONE,
        format: str = "none",
        statement: dict | None = None,
    ) -> dict:
        """What `navigator.credentials.create` gives, as JSON."""
        self.user_handle = bytes_of(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options, lies)
        named = self.aaguid + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self.data(ATTESTED) + named + cbor(self.public_key())
        if format == "packed":
            statement = {"alg": self.algorithm, "sig": self._signed(data, client_data)}
        attestation = {"fmt": format, "attStmt": statement or {}, "authData": data}
        return self._answer({"attestationObject": text_of(cbor(attestation)), "transports": ["internal"]}, client_data)

    def get(self, options: dict[str, Any], lies: Mapping[str, Any] = NONE) -> dict:
        """What `navigator.credentials.get` gives, as JSON."""
        client_data = self._client_data("webauthn.get", options, lies)
        self.count += self.step
        data = self.data(0)
        response = {"authenticatorData": text_of(data), "signature": text_of(self._signed(data, client_data))}
        if self.user_handle is not None:
            response["userHandle"] = text_of(self.user_handle)
        return self._answer(response, client_data)

    def _client_data(self, type: str, options: dict[str, Any], lies: Mapping[str, Any]) -> bytes:
        told = {"type": type, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | dict(lies)).encode()

    def data(self, flags: int) -> bytes:
        return (
            hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4, "big")
        )

    def _answer(self, response: dict[str, Any], client_data: bytes) -> dict:
        return {
            "id": text_of(self.credential_id),
            "rawId": text_of(self.credential_id),
            "type": "public-key",
            "response": response | {"clientDataJSON": text_of(client_data)},
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }

    def _signed(self, data: bytes, client_data: bytes) -> bytes:
        signed = data + hashlib.sha256(client_data).digest()
        match self.algorithm:
            case -257:
                return self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
            case -8:
                return self.key.sign(signed)
        return self.key.sign(signed, ec.ECDSA(hashes.SHA256() if self.algorithm == ES256 else hashes.SHA384()))

    def public_key(self) -> dict[int, Any]:
        public = self.key.public_key()
        match self.algorithm:
            case -257:
                numbers = public.public_numbers()
                return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}
            case -8:
                return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes_raw()}
        numbers, size = public.public_numbers(), public.key_size // 8
        curve = 1 if self.algorithm == ES256 else 2
        return {
            1: 2,
            3: self.algorithm,
            -1: curve,
            -2: numbers.x.to_bytes(size, "big"),
            -3: numbers.y.to_bytes(size, "big"),
        }
