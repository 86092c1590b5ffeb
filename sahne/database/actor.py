"""Who acts: the database role and the claims that every transaction carries (`request.jwt.claims`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NewType
from uuid import UUID

import orjson

UserId = NewType("UserId", UUID)

ANON = "anon"
AUTHENTICATED = "authenticated"
SERVICE_ROLE = "service_role"


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified caller.

    `claims` is the JSON text put in `request.jwt.claims`, so `auth.uid()` and `auth.jwt()` see the caller;
    `user_id` is its `sub`; `expires_at` is in Unix seconds, None for keys that do not expire.
    """

    role: str
    claims: str
    user_id: UserId | None = None
    expires_at: int | None = None

    @property
    def subject(self) -> str | None:
        """The `sub` as text, as `owner_id` columns keep it."""
        return str(self.user_id) if self.user_id else None

    def as_service(self) -> Actor:
        """The same caller doing the server's own work: `service_role` with the caller's claims kept (ruling R8)."""
        return replace(self, role=SERVICE_ROLE)

    def as_role(self, role: str) -> Actor:
        """The same caller under another role of the database."""
        return replace(self, role=role)


def actor_from_claims(claims: Mapping[str, Any]) -> Actor:
    """An actor from decoded claims: `role` (default anon), `sub` (a UUID or absent), `exp` (Unix seconds)."""
    return Actor(
        role=str(claims.get("role") or ANON),
        claims=orjson.dumps(dict(claims)).decode(),
        user_id=_uuid_or_none(claims.get("sub")),
        expires_at=int(claims["exp"]) if "exp" in claims else None,
    )


def _uuid_or_none(value: Any) -> UserId | None:
    try:
        return UserId(UUID(str(value)))
    except ValueError:
        return None


ANONYMOUS = actor_from_claims({"role": ANON})
SERVICE = actor_from_claims({"role": SERVICE_ROLE})


def user_actor(user_id: UUID) -> Actor:
    """The actor of a known user, for work done on their behalf by jobs and webhooks, and for tests."""
    return actor_from_claims({"role": AUTHENTICATED, "sub": str(user_id), "aud": "authenticated"})
