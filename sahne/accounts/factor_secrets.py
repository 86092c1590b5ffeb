"""Secrets of second factors at rest: sealed with a key of this server's own, each to its factor."""

from __future__ import annotations

import base64
import hashlib
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sahne.accounts.factor_errors import FactorUnreadable

PREFIX = "sahne1."  # how it is sealed, should there ever be another way
_NONCE_BYTES = 12


class FactorSecrets:
    """Seals with a key that is made of the server's own secret (`gateway/own_secret.py`)."""

    def __init__(self, own_secret: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"sahne second factor\x00" + own_secret.encode()).digest())

    def seal(self, secret: str, factor_id: UUID) -> str:
        """What may lie in the row of this factor, and opens in no other."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), factor_id.bytes)
        return PREFIX + base64.b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str | None, factor_id: UUID) -> str:
        """The secret of a factor's row.

        Raises:
            FactorUnreadable: sealed by another server, with another secret, or for another factor.
        """
        if sealed is None or not sealed.startswith(PREFIX):
            raise FactorUnreadable()
        try:
            raw = base64.b64decode(sealed.removeprefix(PREFIX))
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], factor_id.bytes).decode()
        except (ValueError, InvalidTag) as error:
            raise FactorUnreadable() from error
