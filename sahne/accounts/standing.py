"""How people stand: creators, consents, where they are signed in; and what admins see of them and do about it.

The database decides who may. What changes an account's own row or its sessions is one transaction as the accounts'
role.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sahne.accounts.administration import write_order
from sahne.accounts.origin import Origin
from sahne.accounts.transaction import QUERIES as OF_ACCOUNTS
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import UserChange, change_user
from sahne.database.actor import Actor
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "standing.sql")

Answer = dict[str, Any]


async def own_creator(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"creator": {is_creator, creators_are, request}}`."""
    return await _say(pipeline, actor, "own_creator")


async def ask_to_create(pipeline: Pipeline, actor: Actor, message: str | None) -> Answer:
    """The same, afterwards."""
    return await _say(pipeline, actor, "ask_to_create", message=message)


async def read_creator_requests(pipeline: Pipeline, actor: Actor, status: str, after: int | None, limit: int) -> Answer:
    """`{"requests": [row with its person, …]}`, the oldest first."""
    return await _say(pipeline, actor, "read_creator_requests", status=status, after=after, limit=limit)


async def decide_creator_request(
    pipeline: Pipeline, actor: Actor, request_id: UUID, status: str, reason: str | None
) -> Answer:
    """`{"request": row with its person}`, decided; the person is told."""
    return await _say(pipeline, actor, "decide_creator_request", request_id=request_id, status=status, reason=reason)


async def own_consents(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"consents": [{kind, version, is_required, answer}]}`."""
    return await _say(pipeline, actor, "own_consents")


async def say_consent(
    pipeline: Pipeline, actor: Actor, kind: str, version: str, locale: str, *, is_given: bool
) -> Answer:
    """The same, with an answer more."""
    return await _say(pipeline, actor, "say_consent", kind=kind, version=version, locale=locale, is_given=is_given)


async def own_sessions(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"sessions": [{id, created_at, used_at, user_agent, ip, aal, is_current}]}`, the last used first."""
    return await _say(pipeline, actor, "own_auth_sessions")


async def end_own_session(database: Database, actor: Actor, session_id: UUID, origin: Origin) -> None:
    """The actor signs out elsewhere.

    Raises:
        SahneError: it is not theirs.
    """
    async with accounts_transaction(database, actor, "ending a session") as conn:
        with refusals():
            await conn.execute(QUERIES["accept_auth_session"], {"session_id": session_id})
        await conn.execute(OF_ACCOUNTS["end_session"], {"session_id": session_id, "user_id": actor.user_id})
        await write_order(conn, "logout", actor, origin, session_id=session_id)


async def read_users(
    pipeline: Pipeline, actor: Actor, words: str | None, standing: str | None, after: str | None, limit: int
) -> Answer:
    """`{"users": [row, …], "next"}`, the newest first."""
    return await _say(pipeline, actor, "read_users", words=words, standing=standing, after=after, limit=limit)


async def read_user(pipeline: Pipeline, actor: Actor, user_id: UUID) -> Answer:
    """`{"user": row with what is about them}`."""
    return await _say(pipeline, actor, "read_user", user_id=user_id)


async def grant_premium(
    pipeline: Pipeline, actor: Actor, user_id: UUID, until: datetime | None, *, is_premium: bool
) -> Answer:
    """The same, afterwards."""
    return await _say(pipeline, actor, "grant_premium", user_id=user_id, is_premium=is_premium, until=until)


@again_if_undone
async def suspend_user(
    database: Database, actor: Actor, user_id: UUID, ends_at: datetime | None, reason: str, origin: Origin
) -> None:
    """What is live with them ends, and so do their sessions; no token of theirs does anything until it is over.

    Raises:
        SahneError: what the database refuses; nothing has happened then.
    """
    async with accounts_transaction(database, actor, "suspending a user") as conn:
        with refusals():
            values = {"user_id": user_id, "ends_at": ends_at, "reason": reason}
            row = await one(conn, QUERIES["note_suspension"], values)
        await change_user(conn, user_id, UserChange(ban_seconds=row["seconds"]))
        await conn.execute(OF_ACCOUNTS["end_all_sessions"], {"user_id": user_id})
        await write_order(conn, "user_modified", actor, origin, user_id=user_id)


@again_if_undone
async def unsuspend_user(database: Database, actor: Actor, user_id: UUID, origin: Origin) -> None:
    """They may sign in again.

    Raises:
        SahneError: what the database refuses; nothing has happened then.
    """
    async with accounts_transaction(database, actor, "ending a suspension") as conn:
        with refusals():
            await conn.execute(QUERIES["lift_suspension"], {"user_id": user_id})
        await change_user(conn, user_id, UserChange(ban_seconds=0))
        await write_order(conn, "user_modified", actor, origin, user_id=user_id)


async def sign_user_out(database: Database, actor: Actor, user_id: UUID, origin: Origin) -> None:
    """Everywhere.

    Raises:
        SahneError: what the database refuses.
    """
    async with accounts_transaction(database, actor, "signing a user out") as conn:
        with refusals():
            await conn.execute(QUERIES["accept_sign_out"], {"user_id": user_id})
        await conn.execute(OF_ACCOUNTS["end_all_sessions"], {"user_id": user_id})
        await write_order(conn, "logout", actor, origin, user_id=user_id)


async def _say(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
