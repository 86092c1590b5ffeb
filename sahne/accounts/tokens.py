"""Access tokens: the claims a signed-in user carries, their signature, and the mark of who gave them out.

Source: the Supabase Auth API's claims (`iss`, `sub`, `aud`, `role`, `aal`, `amr`, `session_id`, `is_anonymous` …).

Where everybody knows the secret that signs, a signature says nothing of who signed. A token is marked then, in its
header: whoever checks signatures with that secret reads it as before, and we know our own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from jwt.utils import base64url_decode, base64url_encode

from sahne.accounts.users import User
from sahne.signing_keys import SigningKey

MARK = "mark"  # the header's name for it
REFRESH_TOKEN_CHARACTERS = 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class AuthSession:
    """A login. `aal` is `aal1` or `aal2`; `amr` lists `{method, timestamp}`, the latest first, Unix seconds."""

    id: UUID
    aal: str
    amr: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who signs: `url` is the API's address, without the door; with a `mark_secret` tokens are marked by it.

    With a `key` it signs, and whoever reads the public ones can check; else the secret does.
    """

    url: str
    secret: str
    expiry_seconds: int
    mark_secret: str | None = None
    key: SigningKey | None = None

    def token(self, user: User, session: AuthSession, now: int) -> str:
        """The signed access token of a user in a session; `now` is Unix seconds."""
        return self.signed(access_claims(user, session, self, now))

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token that says this."""
        # as it is bounded where it is written: an escaped `ü` would be six bytes instead of two
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {} if self.mark_secret is None else {MARK: _mark_of(payload, self.mark_secret)}
        if self.key is None:
            return jwt.PyJWS().encode(payload, self.secret, "HS256", headers)
        return jwt.PyJWS().encode(payload, self.key.key, self.key.algorithm, headers | {"kid": self.key.id})


def is_marked(token: str, mark_secret: str) -> bool:
    """Whether a token, whose signature was found good, was given out by who knows `mark_secret`."""
    mark = jwt.get_unverified_header(token).get(MARK)
    payload = base64url_decode(token.split(".")[1])
    return isinstance(mark, str) and hmac.compare_digest(mark.encode(), _mark_of(payload, mark_secret).encode())


def _mark_of(payload: bytes, mark_secret: str) -> str:
    """Of all that a token says: with another's mark, nothing else can be said."""
    digest = hmac.digest(mark_secret.encode(), b"sahne access token\x00" + payload, hashlib.sha256)
    return base64url_encode(digest).decode()


def access_claims(user: User, session: AuthSession, issuer: Issuer, now: int) -> dict[str, Any]:
    """The claims, in the order Supabase writes them."""
    return {
        "iss": f"{issuer.url}/auth/v1",
        "sub": str(user.id),
        "aud": user.aud,
        "exp": now + issuer.expiry_seconds,
        "iat": now,
        "email": user.email or "",
        "phone": user.phone or "",
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "role": user.role,
        "aal": session.aal,
        "amr": list(session.amr),
        "session_id": str(session.id),
        "is_anonymous": user.is_anonymous,
    }


def new_refresh_token() -> str:
    """Twelve characters nobody can guess (60 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(REFRESH_TOKEN_CHARACTERS))
