"""Secrets at rest: sealed with a key that is made of another secret, mostly the server's own, each for one row."""

from __future__ import annotations

import base64
import hashlib
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "sahne1."  # how it is sealed, should there ever be another way
_NONCE_BYTES = 12


class SealBroken(ValueError):
    """It was sealed by another server, with another secret, or for another row."""


class Sealing:
    """Seals for one `purpose`; what was sealed for another does not open here."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(f"sahne {purpose}\x00{secret}".encode()).digest())

    def seal(self, secret: str, row_id: UUID) -> str:
        """What may lie in this row, and opens in no other."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), row_id.bytes)
        return PREFIX + base64.b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str | None, row_id: UUID) -> str:
        """What was sealed in a row.

        Raises:
            SealBroken
        """
        if sealed is None or not sealed.startswith(PREFIX):
            raise SealBroken()
        try:
            raw = base64.b64decode(sealed.removeprefix(PREFIX))
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row_id.bytes).decode()
        except (ValueError, InvalidTag) as error:
            raise SealBroken() from error
