"""Sign in with Apple: what we prove ourselves with, signed by a key of the team's, and the name that comes once.

Sources: Apple's "Creating a client secret" and "Configuring your webpage for Sign in with Apple".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import jwt
import orjson

from sahne.errors import SettingInvalid

AUDIENCE = "https://appleid.apple.com"
SECRET_SECONDS = 600


def apple_secret(client_id: str, team_id: str, key_id: str, path: Path) -> Callable[[], str]:
    """Makes a secret for each exchange.

    Raises:
        SettingInvalid: the file is no key of Apple's.
    """
    try:
        key = path.read_text("ascii")
        _secret(client_id, team_id, key_id, key)
    except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
        raise SettingInvalid(
            details=f"SAHNE_APPLE_KEY: {path} is no key for Sign in with Apple",
            hint="At developer.apple.com: Certificates, Identifiers & Profiles → Keys → + → Sign in with Apple.",
        ) from error
    return lambda: _secret(client_id, team_id, key_id, key)


def _secret(client_id: str, team_id: str, key_id: str, key: str) -> str:
    now = int(time.time())
    claims = {"iss": team_id, "iat": now, "exp": now + SECRET_SECONDS, "aud": AUDIENCE, "sub": client_id}
    return jwt.encode(claims, key, "ES256", {"kid": key_id})


def name_in(user: str) -> str:
    """The name that a person let Apple tell, at their first sign-in only; the browser brings it, so it is only said."""
    try:
        told = orjson.loads(user)["name"]
        parts = [told.get("firstName"), told.get("lastName")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return " ".join(part for part in parts if isinstance(part, str) and part)
