"""Id tokens: whether one is the issuer's, for us, of now, and of this very sign-in. Pure: keys and clock are given.

Source: OpenID Connect Core 1.0, 3.1.3.7. Nothing of a token is believed before its signature; the algorithm is one
with a public key, and the key's own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import orjson

from sahne.providers.sign_in.errors import (
    AccessTokenElsewhere,
    AlgorithmUnfit,
    AudienceElsewhere,
    BadIdToken,
    IssuerElsewhere,
    KeyShort,
    NonceAlone,
    NonceMismatch,
    PartyElsewhere,
    TokenEarly,
    TokenOfNobody,
    TokenPast,
    TokenTimeless,
)
from sahne.providers.sign_in.provider import Person, text_of

ID_TOKEN_CHARACTERS_MAX = 16 * 1024
SKEW_SECONDS = 30
RSA_BITS_MIN = 2_048
# by the kind of key; those with a shared secret, and `none`, are nobody's
ALGORITHMS: dict[str, frozenset[str]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "OKP": frozenset({"EdDSA"}),
}
KEYS_MAX = 64

SUBJECT = re.compile(r"[!-~][ -~]{0,254}")

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an id token must be: `issuers` may be written in several ways, `client_ids` are all ours."""

    issuers: tuple[str, ...]
    client_ids: tuple[str, ...]
    now: float


def head_of(id_token: str) -> Mapping[str, Any]:
    """The head, of which nothing is believed yet.

    Raises:
        BadIdToken: it is no token at all.
    """
    if len(id_token) > ID_TOKEN_CHARACTERS_MAX or not id_token.isascii():
        raise BadIdToken(details="it is too long, or no token")
    try:
        return jwt.get_unverified_header(id_token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadIdToken(details=type(error).__name__) from error


def find_key(keys: Sequence[Mapping[str, Any]], head: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The key that a head names; where it names none, the one that there is."""
    fitting = [key for key in keys if head.get("alg") in ALGORITHMS.get(str(key.get("kty")), ())]
    if "kid" not in head:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.get("kid") == head["kid"]), None)


def signing_keys(answer: object) -> list[Mapping[str, Any]]:
    """The keys of a JWKS that sign, bounded in number; what is none is passed over."""
    keys = answer.get("keys") if isinstance(answer, dict) else None
    listed = keys[:KEYS_MAX] if isinstance(keys, list) else []
    return [key for key in listed if isinstance(key, dict) and key.get("use", "sig") == "sig"]


def verify(id_token: str, key: Mapping[str, Any], expected: Expected) -> Claims:
    """The claims of a token that is good.

    Raises:
        BadIdToken
    """
    claims = _signed(id_token, key)
    if claims.get("iss") not in expected.issuers:
        raise IssuerElsewhere()
    _accept_audience(claims, expected.client_ids)
    _accept_times(claims, expected.now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise TokenOfNobody()
    return claims


def _signed(id_token: str, key: Mapping[str, Any]) -> Claims:
    algorithm = str(head_of(id_token).get("alg"))
    if algorithm not in ALGORITHMS.get(str(key.get("kty")), ()) or key.get("alg", algorithm) != algorithm:
        raise AlgorithmUnfit()
    try:
        public = jwt.PyJWK(dict(key), algorithm)
        if key["kty"] == "RSA" and public.key.key_size < RSA_BITS_MIN:
            raise KeyShort()
        payload = jwt.PyJWS().decode(id_token, public, algorithms=[algorithm])
        claims = orjson.loads(payload)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadIdToken(details=type(error).__name__) from error
    if not isinstance(claims, dict):
        raise BadIdToken()
    return claims


def _accept_audience(claims: Claims, client_ids: Sequence[str]) -> None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(each in client_ids for each in named):
        raise AudienceElsewhere()
    authorized = claims.get("azp")
    if (authorized is not None or len(named) > 1) and authorized not in client_ids:
        raise PartyElsewhere()


def _accept_times(claims: Claims, now: float) -> None:
    ends, issued = claims.get("exp"), claims.get("iat")
    begins = claims.get("nbf", issued)
    if not (_is_moment(ends) and _is_moment(issued) and _is_moment(begins)):
        raise TokenTimeless()
    if claims["exp"] <= now - SKEW_SECONDS:
        raise TokenPast()
    if max(claims["iat"], claims.get("nbf", 0)) > now + SKEW_SECONDS:
        raise TokenEarly()


def _is_moment(value: object) -> bool:
    """A number: texts that look like one are read in more than one way."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def accept_nonce(claims: Claims, nonce: str) -> None:
    """The sign-in that it was asked for.

    Raises:
        BadIdToken
    """
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise NonceMismatch()


def accept_hashed_nonce(claims: Claims, nonce: str) -> None:
    """The same where an app asked: the token has the SHA-256 of what the app kept; or neither has any.

    Raises:
        BadIdToken
    """
    if bool(claims.get("nonce")) != bool(nonce):
        raise NonceAlone()
    if nonce:
        accept_nonce(claims, hashlib.sha256(nonce.encode()).hexdigest())


def accept_access_token(claims: Claims, head: Mapping[str, Any], access_token: str) -> None:
    """The access token that came with it, where it says which: the left half of its hash.

    Raises:
        BadIdToken
    """
    said = claims.get("at_hash")
    if said is None or not access_token:
        return
    algorithm = str(head["alg"])
    digest = hashlib.new("sha512" if algorithm == "EdDSA" else f"sha{algorithm[2:]}", access_token.encode()).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not isinstance(said, str) or not hmac.compare_digest(said.rstrip("=").encode(), half):
        raise AccessTokenElsewhere()


def person_of(claims: Claims) -> Person:
    """Whom good claims name. Apple writes truth as a text."""
    return Person(
        subject=claims["sub"],
        email=text_of(claims, "email"),
        is_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
        name=text_of(claims, "name"),
        username=text_of(claims, "preferred_username", "nickname"),
        picture=text_of(claims, "picture"),
        issuer=text_of(claims, "iss"),
    )
