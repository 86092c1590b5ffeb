"""Access tokens: the claims a signed-in user carries, and their signature.

Source: the Supabase Auth API's claims (`iss`, `sub`, `aud`, `role`, `aal`, `amr`, `session_id`, `is_anonymous` …).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from sahne.accounts.users import User

REFRESH_TOKEN_CHARACTERS = 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class AuthSession:
    """A login. `aal` is `aal1` or `aal2`; `amr` lists `{method, timestamp}`, the latest first, Unix seconds."""

    id: UUID
    aal: str
    amr: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: `url` is the API's address, without the door."""

    url: str
    secret: str
    expiry_seconds: int

    def token(self, user: User, session: AuthSession, now: int) -> str:
        """The signed access token of a user in a session; `now` is Unix seconds."""
        return jwt.encode(access_claims(user, session, self, now), self.secret, algorithm="HS256")


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
