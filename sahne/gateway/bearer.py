"""From a bearer token to a verified, frozen actor; verified tokens are remembered until they expire.

Accepted: tokens signed with the JWT secret (HS256) or by a key of ours (`signing_keys.py`), those of the projects that
the settings name, and the opaque `sb_publishable_…` / `sb_secret_…` keys, which stand for the roles anon and
service_role. Which algorithm a token may say is the key's, never the token's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import jwt

from sahne.database.actor import (
    ANONYMOUS,
    SERVICE,
    Actor,
    actor_from_claims,
)
from sahne.errors import ExpiredToken, InvalidClaim, InvalidToken
from sahne.gateway.key_sets import KeySets
from sahne.settings import Settings
from sahne.settings.local_stack import DEVELOPMENT_OPAQUE_KEYS
from sahne.signing_keys import SigningKeys

OPAQUE_PREFIX = "sb_"
REFRESH = "Refresh the session (supabase.auth.refreshSession) and try again."
SIGN_IN = "Sign in again: it is no token of this server, or of before its secret changed."
REMEMBERED_TOKENS_MAX = 10_000
TOKEN_BYTES_MAX = 8 * 1024
SECONDS_MAX = 2**53  # since 1970; beyond it a float counts no seconds
CLOCKS_APART_SECONDS_MAX = 30
KEY_ID_CHARACTERS_SHOWN = 64


class InvalidApiKey(InvalidToken):
    """Invalid API key"""

    def __init__(self, *, details: str | None = None) -> None:
        super().__init__(details=details, hint="`sahne keys` prints the keys of this server.")


class RoleRefused(InvalidToken):
    """The role of the bearer token may not be a client's."""


class ClaimsMissing(InvalidToken):
    """Fields `role` and `exp` are required in JWT"""


class Verifier:
    """Turns tokens into actors. `clock` answers Unix seconds; `seen` hears which user a token names.

    `signing` are our own keys, `elsewhere` those of other projects.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        seen: Callable[[UUID], None] | None = None,
        signing: SigningKeys | None = None,
        elsewhere: KeySets | None = None,
    ) -> None:
        self._secret = settings.jwt_secret
        self._public = (signing or SigningKeys()).public
        self._elsewhere = elsewhere
        self._fixed = frozenset((settings.anon_key, settings.service_role_key))
        self._keys = {settings.publishable_key: ANONYMOUS, settings.secret_key: SERVICE}
        if not settings.is_development:  # whoever set a secret of their own meant nobody to come in with a public key
            self._keys = {key: actor for key, actor in self._keys.items() if key not in DEVELOPMENT_OPAQUE_KEYS}
        self.roles = frozenset(settings.token_role_names)
        self._clock = clock
        self._seen = seen
        self._remembered: dict[str, Actor] = {}
        if elsewhere:
            elsewhere.when_changed = self._remembered.clear  # a key that went has signed nothing any more

    def actor(self, token: str | None) -> Actor:
        """The actor of a token; no token is the anonymous one.

        Raises:
            ExpiredToken: its `exp` is past.
            InvalidApiKey: an opaque key that is none of ours.
            ClaimsMissing: it says no role, or no end; only the server's own two keys may go without an end.
            InvalidClaim: a claim of it is of another type than it must be, or of another time.
            InvalidToken: anything else is wrong with it (signature, shape, role).
        """
        if not token:
            return ANONYMOUS
        known = self._keys.get(token) or self._remembered.get(token)
        if known is None:
            known = self._verify(token)
            self._remember(token, known)
        if known.expires_at is not None and known.expires_at <= self._clock():
            self._remembered.pop(token, None)
            raise ExpiredToken(hint=REFRESH)
        if self._seen and known.user_id:
            self._seen(known.user_id)
        return known

    def _verify(self, token: str) -> Actor:
        if token.startswith(OPAQUE_PREFIX):
            raise InvalidApiKey()
        if len(token) > TOKEN_BYTES_MAX:
            raise InvalidToken(hint=f"A token is at most {TOKEN_BYTES_MAX} bytes.")
        try:
            claims = self._signed_claims(token)
        except jwt.PyJWTError as error:
            raise InvalidToken(details=str(error), hint=SIGN_IN) from error
        _check_claims(claims, self._clock())
        if token not in self._fixed and (not claims.get("role") or claims.get("exp") is None):
            raise ClaimsMissing(hint=SIGN_IN)
        try:
            actor = actor_from_claims(claims)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidToken(details="exp is no number of seconds") from error
        if actor.role not in self.roles:
            raise RoleRefused(
                f"The role {actor.role!r} of the token is none of {', '.join(sorted(self.roles))}",
                details=f"role {actor.role!r} may not be a client's",
            )
        return actor

    def _signed_claims(self, token: str) -> dict[str, Any]:
        """What a token says, when who signed it may.

        Raises:
            jwt.PyJWTError
        """
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm == "HS256" or not isinstance(key_id, str):
            return _decode(token, self._secret, "HS256")
        if ours := self._public.get(key_id):
            return _decode(token, ours.key, ours.algorithm)
        theirs = self._elsewhere.named(key_id) if self._elsewhere else None
        if theirs is None:
            raise jwt.InvalidKeyError(f"No key {key_id[:KEY_ID_CHARACTERS_SHOWN]!r} is known")
        claims = _decode(token, theirs.key.key, theirs.key.algorithm)
        if claims.get("iss") != theirs.issuer:
            raise jwt.InvalidIssuerError("The key is another issuer's")
        return claims

    def _remember(self, token: str, actor: Actor) -> None:
        if len(self._remembered) >= REMEMBERED_TOKENS_MAX:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[token] = actor


def _decode(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        # their types and times are looked at afterwards, in the words of the claim
        options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return claims


def _check_claims(claims: Mapping[str, Any], now: float) -> None:
    for claim in ("exp", "nbf", "iat"):
        value = claims.get(claim)
        if claim in claims and (isinstance(value, bool) or not isinstance(value, int | float) or not _is_moment(value)):
            raise InvalidClaim(details=f"The JWT '{claim}' claim must be a number")
    if "role" in claims and not isinstance(claims["role"], str | None):
        raise InvalidClaim(details="The JWT 'role' claim must be a string")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if audience is not None and not all(isinstance(each, str) for each in audiences):
        raise InvalidClaim(details="The JWT 'aud' claim must be a string or an array of strings")
    if claims.get("nbf", now) > now + CLOCKS_APART_SECONDS_MAX:
        raise InvalidClaim(details="JWT not yet valid")
    if claims.get("iat", now) > now + CLOCKS_APART_SECONDS_MAX:
        raise InvalidClaim(details="JWT issued at future")


def _is_moment(value: float) -> bool:
    """Whether a number can be one of seconds: no NaN, and nothing a float cannot hold (an int may have 400 digits)."""
    return abs(value) <= SECONDS_MAX


def bearer_of(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header value, None when absent or of another scheme."""
    if authorization and authorization[:7].lower() == "bearer ":
        return authorization[7:].strip() or None
    return None
