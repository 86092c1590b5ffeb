"""Refreshing a session: each refresh token is used once, and a second use is either a lost answer or a thief.

Loop: look the token up → lock its session or, when another refresh holds it, leave the transaction (so that no
connection waits), pause 10 to 30 ms and begin again → decide → commit. After `CONTENTION_SECONDS_MAX` it gives up.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import (
    RefreshContended,
    RefreshingUserBanned,
    RefreshSessionMissing,
    RefreshTokenAlreadyUsed,
    RefreshTokenMissing,
    RefreshTokenNotFound,
    SessionExpired,
    SessionIdle,
    SessionSuperseded,
)
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login, add_refresh_token, login_of
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database

REUSE_SECONDS = 10  # a tab that missed its neighbour's refresh
CONTENTION_SECONDS_MAX = 5.0
PAUSE_SECONDS = (0.010, 0.030)

ENDED = {"time": SessionExpired, "inactivity": SessionIdle, "newer_login": SessionSuperseded}


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives after its sign-in and after its last refresh (None: as long as it likes).

    `is_single` says that a sign-in ends the sessions before it.
    """

    hours_max: float | None = None
    idle_hours_max: float | None = None
    is_single: bool = False


async def refresh(database: Database, token: str, origin: Origin, limits: SessionLimits) -> Login:
    """Swap a refresh token for the next one of its session.

    A used token is honoured with the session's present token when it is that one's parent (the answer was lost) or
    was used less than `REUSE_SECONDS` ago. Otherwise all tokens of the session are revoked.

    Raises:
        RefreshTokenMissing, RefreshTokenNotFound, RefreshTokenAlreadyUsed, RefreshSessionMissing, SessionExpired,
        SessionIdle, SessionSuperseded, RefreshingUserBanned, RefreshContended
    """
    if not token:
        raise RefreshTokenMissing()
    deadline = time.monotonic() + CONTENTION_SECONDS_MAX
    while time.monotonic() < deadline:
        async with accounts_transaction(database, ANONYMOUS) as conn:
            outcome = await _try_refresh(conn, token, origin, limits)
        if isinstance(outcome, RefreshTokenAlreadyUsed):
            raise outcome  # after the commit: the revocation must stay
        if outcome is not None:
            return outcome
        await asyncio.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
    raise RefreshContended()


async def _try_refresh(
    conn: Connection, token: str, origin: Origin, limits: SessionLimits
) -> Login | RefreshTokenAlreadyUsed | None:
    """One attempt; None when the session is locked by another refresh."""
    row = await _usable(conn, token, limits)
    if await maybe(conn, QUERIES["lock_session"], row) is None:
        return None
    row = await _usable(conn, token, limits)  # again: it may have been used while the lock was not ours
    if row["revoked"]:
        present = await _present_token(conn, row)
        if present is None:
            await _revoke_family(conn, row, origin)
            return RefreshTokenAlreadyUsed()
    else:
        await conn.execute(QUERIES["revoke_refresh_token"], row)
        present = await add_refresh_token(conn, row["user_id"], row["session_id"], parent=token)
    stamp = {"session_id": row["session_id"], "user_agent": origin.user_agent, "ip": origin.ip}
    await conn.execute(QUERIES["stamp_refresh"], stamp)
    return await login_of(conn, row["user_id"], row["session_id"], present)


async def _usable(conn: Connection, token: str, limits: SessionLimits) -> dict[str, Any]:
    values = {
        "token": token,
        "reuse_seconds": REUSE_SECONDS,
        "seconds_max": None if limits.hours_max is None else limits.hours_max * 3600,
        "idle_seconds_max": None if limits.idle_hours_max is None else limits.idle_hours_max * 3600,
        "is_single": limits.is_single,
    }
    row = await maybe(conn, QUERIES["refresh_token"], values)
    if row is None:
        raise RefreshTokenNotFound()
    if row["is_banned"]:
        raise RefreshingUserBanned()
    if not row["has_session"]:
        raise RefreshSessionMissing()
    if row["ended_by"]:
        raise ENDED[row["ended_by"]]()
    return row


async def _present_token(conn: Connection, used_token: dict[str, Any]) -> str | None:
    """The session's active token, if the used one entitles to it."""
    active = await maybe(conn, QUERIES["active_refresh_token"], used_token)
    if active and (active["parent"] == used_token["token"] or used_token["is_recent"]):
        return str(active["token"])
    return None


async def _revoke_family(conn: Connection, used_token: dict[str, Any], origin: Origin) -> None:
    await conn.execute(QUERIES["revoke_family"], used_token)
    await write_audit(
        conn,
        "token_revoked",
        origin,
        actor_id=used_token["user_id"],
        username=None,
        reason="refresh_token_already_used",
        session_id=used_token["session_id"],
        refresh_token_id=used_token["id"],
    )
