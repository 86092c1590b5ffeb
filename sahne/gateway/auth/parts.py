"""What every handler of this door works with, made once."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.accounts.tokens import Issuer
from sahne.gateway.auth.limits import Limits
from sahne.gateway.parts import Parts
from sahne.gateway.rates import DEVELOPMENT_FACTOR


@dataclass(frozen=True, slots=True)
class AuthParts:
    """The opened parts, the token's signer and the rate limits."""

    parts: Parts
    issuer: Issuer
    limits: Limits


def auth_parts(parts: Parts) -> AuthParts:
    """Those of this door, over the parts of the server."""
    settings = parts.settings
    return AuthParts(
        parts=parts,
        issuer=Issuer(
            settings.api_url,
            settings.jwt_secret,
            settings.jwt_expiry_seconds,
            mark_secret=parts.own_secret if settings.is_development else None,
        ),
        limits=Limits(DEVELOPMENT_FACTOR if settings.is_development else 1),
    )
