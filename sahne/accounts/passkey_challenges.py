"""What an authenticator signs, once: asked for in one request, met by the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

from sahne.accounts.passkey_errors import PasskeyChallengeExpired, PasskeyChallengeNotFound
from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "passkeys.sql")
CHALLENGE_SECONDS_MAX = 300

Ceremony = Literal["registration", "authentication"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser is given, and until when (Unix seconds) its answer is taken."""

    id: UUID
    options: dict[str, Any]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser gave back: the credential as WebAuthn's JSON."""

    challenge_id: UUID
    credential: Mapping[str, Any]


async def put_challenge(
    conn: Connection, ceremony: Ceremony, user_id: UUID | None, challenge: str, options: dict[str, Any]
) -> Challenge:
    """Keep it until it is met; without a user it is anybody's."""
    session_data = orjson.dumps({"challenge": challenge, "userVerification": "required"}).decode()
    values = {"ceremony": ceremony, "user_id": user_id, "session_data": session_data, "seconds": CHALLENGE_SECONDS_MAX}
    row = await one(conn, QUERIES["add_challenge"], values)
    return Challenge(row["id"], options, row["expires_at"])


async def meet_challenge(conn: Connection, ceremony: Ceremony, user_id: UUID | None, challenge_id: UUID) -> str:
    """The challenge, which nobody else can meet once this is committed, in time or not.

    Raises:
        PasskeyChallengeNotFound: it is somebody else's, of the other ceremony, or used. PasskeyChallengeExpired
    """
    values = {"challenge_id": challenge_id, "ceremony": ceremony, "user_id": user_id}
    row = await maybe(conn, QUERIES["use_challenge"], values)
    if row is None:
        raise PasskeyChallengeNotFound()
    if not row["is_fresh"]:
        raise PasskeyChallengeExpired()
    return str(row["challenge"])
