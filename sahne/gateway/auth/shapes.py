"""Sessions as JSON, key by key as the Supabase Auth API writes them."""

from __future__ import annotations

from typing import Any

from sahne.accounts.sessions import Login
from sahne.accounts.tokens import Issuer
from sahne.accounts.user_body import user_body


def session_body(login: Login, issuer: Issuer, now: int, token: str | None = None) -> dict[str, Any]:
    """`{access_token, token_type, expires_in, expires_at, refresh_token, user}`, perhaps with `weak_password`.

    `now` is Unix seconds; `token` is the access token where a hook had its say in it.
    """
    body = {
        "access_token": token or issuer.token(login.user, login.session, now),
        "token_type": "bearer",
        "expires_in": issuer.expiry_seconds,
        "expires_at": now + issuer.expiry_seconds,
        "refresh_token": login.refresh_token,
        "user": user_body(login.user),
    }
    if weakness := login.weakness:
        body["weak_password"] = {"message": weakness.message, "reasons": list(weakness.reasons)}
    return body
