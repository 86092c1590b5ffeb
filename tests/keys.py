"""Keys of one's own, as an installation has them."""

from __future__ import annotations

import secrets
import time
from typing import Any

import jwt

A_DAY_SECONDS = 86_400


def own_keys() -> dict[str, Any]:
    """All five, by the names of the settings, nobody else's; who signs up with them is in at once, without a letter."""
    secret = secrets.token_urlsafe(48)
    return {
        "jwt_secret": secret,
        "anon_key": key(secret, "anon"),
        "service_role_key": key(secret, "service_role"),
        "publishable_key": f"sb_publishable_{secrets.token_hex(16)}",
        "secret_key": f"sb_secret_{secrets.token_hex(16)}",
        "confirm_email": False,
    }


def key(secret: str, role: str, **claims: Any) -> str:
    """A signed key of a role, good for a day."""
    return jwt.encode({"role": role, "exp": int(time.time()) + A_DAY_SECONDS} | claims, secret)


def in_environment(keys: dict[str, Any]) -> dict[str, str]:
    """The variables that set them."""
    return {f"SAHNE_{name.upper()}": str(value) for name, value in keys.items()}
