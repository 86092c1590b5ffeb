"""Secrets of second factors at rest: sealed with a key of this server's own, each to its factor."""

from __future__ import annotations

from uuid import UUID

from sahne.accounts.factor_errors import FactorUnreadable
from sahne.sealing import SealBroken, Sealing


class FactorSecrets:
    """Seals with a key that is made of the server's own secret (`gateway/own_secret.py`)."""

    def __init__(self, own_secret: str) -> None:
        self._sealing = Sealing(own_secret, "second factor")

    def seal(self, secret: str, factor_id: UUID) -> str:
        """What may lie in the row of this factor, and opens in no other."""
        return self._sealing.seal(secret, factor_id)

    def unseal(self, sealed: str | None, factor_id: UUID) -> str:
        """The secret of a factor's row.

        Raises:
            FactorUnreadable: sealed by another server, with another secret, or for another factor.
        """
        try:
            return self._sealing.unseal(sealed, factor_id)
        except SealBroken as error:
            raise FactorUnreadable() from error
