"""Whose a token is, and what a channel is refused with for one that will not do."""

from __future__ import annotations

import time

import jwt

from sahne.database.actor import Actor
from sahne.errors import ExpiredToken, Unauthenticated
from sahne.gateway.bearer import ClaimsMissing, RoleRefused, Verifier
from sahne.gateway.development_keys import DevelopmentKeys, RefusedOnPage
from sahne.gateway.realtime.refusals import (
    ChannelRefusal,
    ChannelUnauthorized,
    InvalidJwtToken,
    JwtSignatureError,
    MalformedJwt,
)


class Tokens:
    """The verifier, and what a foreign page may not send beside it."""

    def __init__(self, verifier: Verifier, development: DevelopmentKeys) -> None:
        self._verifier = verifier
        self._development = development

    def is_foreign(self, origin: str | None) -> bool:
        """Whether a socket is a foreign page's, which may not send every token."""
        return self._development.is_foreign(None if origin is None else origin.encode("latin-1"))

    def actor(self, token: str, *, foreign: bool = False) -> Actor:
        """The actor of a token; `foreign` says that a foreign page sends it.

        Raises:
            ExpiredToken, InvalidToken: as the verifier says. RefusedOnPage: not there.
        """
        actor = self._verifier.actor(token)
        if foreign:
            self._development.refuse_token(token)
        return actor


def refusal_of(error: Unauthenticated | RefusedOnPage, token: str) -> ChannelRefusal:
    """What a channel is refused with for a token that will not do."""
    if isinstance(error, ExpiredToken):
        return InvalidJwtToken(f"Token has expired {_seconds_expired(token)} seconds ago")
    if isinstance(error, ClaimsMissing):
        return InvalidJwtToken(error.message)
    if isinstance(error, RoleRefused | RefusedOnPage):
        return ChannelUnauthorized(error.message)
    if "signature" in str(error.details).lower():
        return JwtSignatureError()
    return MalformedJwt()


def _seconds_expired(token: str) -> int:
    """How long ago the token's `exp` passed; its signature was verified before."""
    claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    return max(int(time.time() - claims["exp"]), 0)
