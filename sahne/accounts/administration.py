"""What the holder of the service key, the command line and the seeding do to users."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import EmailExists, IdentifierMissing, UserNotFound
from sahne.accounts.identifiers import clean_email
from sahne.accounts.one_time import forget_tokens
from sahne.accounts.origin import NOWHERE, Origin
from sahne.accounts.password_rules import accept_password
from sahne.accounts.passwords import hash_password
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.accounts.users import (
    Metadata,
    NewUser,
    User,
    UserChange,
    add_user,
    change_user,
    delete_user,
    find_page,
    find_user,
    is_taken,
)
from sahne.database.actor import SERVICE, Actor, UserId
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import every, maybe
from sahne.database.pool import Connection, Database

Rank = Literal["creator", "admin"]


class Face(NamedTuple):
    """How a user appears: their username, if they have one, and the role of their profile (user, creator, admin).

    `premium_until` is None without an end, and of who is not premium.
    """

    username: str | None = None
    role: str = "user"
    premium: bool = False
    premium_until: datetime | None = None


PROMOTION: dict[Rank, str] = {"creator": "make_creator", "admin": "make_admin"}


async def create_user(
    database: Database, email: str, password: str, *, confirmed: bool = True, metadata: Metadata | None = None
) -> UserId:
    """Make a user with a password, for the command line and the seeding.

    Raises:
        EmailExists, EmailMalformed, WeakPassword, PasswordTooLong, UserNotSaved
    """
    email = clean_email(email)
    accept_password(password)
    new = NewUser(
        email=email,
        password_hash=await asyncio.to_thread(hash_password, password),
        email_confirmed=confirmed,
        user_metadata=metadata or {},
    )
    return (await add_user_as(database, SERVICE, new, NOWHERE)).id


async def ensure_user(
    database: Database, email: str, password: str, *, confirmed: bool = True, metadata: Metadata | None = None
) -> UserId:
    """The user of an address, made if there is none; an existing one is left as it is, password and all."""
    user_id = await find_id(database, email)
    if user_id is not None:
        return user_id
    try:
        return await create_user(database, email, password, confirmed=confirmed, metadata=metadata)
    except EmailExists:  # somebody else made it in this moment
        user_id = await find_id(database, email)
        if user_id is None:
            raise
        return user_id


async def find_id(database: Database, email: str) -> UserId | None:
    """The id of the user of an address."""
    async with accounts_transaction(database, SERVICE) as conn:
        row = await maybe(conn, QUERIES["credentials_of_email"], {"email": clean_email(email)})
    return UserId(row["id"]) if row else None


async def promote_user(database: Database, email: str, rank: Rank) -> UserId:
    """Let a user open the stage (`creator`) or the admin pages (`admin`); promoting twice changes nothing.

    Raises:
        UserNotFound: no user, or a user without a profile.
    """
    return await _mark_profile(database, email, PROMOTION[rank])


async def set_premium(database: Database, email: str, *, premium: bool, until: datetime | None = None) -> UserId:
    """Make a user premium, `until` a moment or without an end; or, with `premium` false, end it.

    Raises:
        UserNotFound: no user, or a user without a profile.
    """
    return await _mark_profile(database, email, "set_premium", premium=premium, until=until)


async def _mark_profile(database: Database, email: str, query: str, **values: object) -> UserId:
    user_id = await find_id(database, email)
    if user_id is None:
        raise UserNotFound()
    async with database.transaction(SERVICE) as conn:
        if await maybe(conn, QUERIES[query], {"user_id": user_id} | values) is None:
            raise UserNotFound(hint="The user has no profile.")
    return user_id


async def list_people(
    database: Database, *, page: int, per_page: int, filter: str = ""
) -> tuple[list[tuple[User, Face]], int]:
    """`list_users` for the people who run the app: each user with what their profile says."""
    users, total = await list_users(database, SERVICE, page=page, per_page=per_page, filter=filter)
    async with database.transaction(SERVICE) as conn:
        rows = await every(conn, QUERIES["faces_of_users"], {"ids": [user.id for user in users]})
    faces = {row.pop("user_id"): row for row in rows}
    return [(user, _face(faces.get(user.id, {}))) for user in users], total


def _face(row: Mapping[str, Any]) -> Face:
    face = Face(**row)
    return face if face.premium else face._replace(premium_until=None)


async def list_users(
    database: Database, actor: Actor, *, page: int, per_page: int, filter: str = ""
) -> tuple[list[User], int]:
    """One page of users, newest first, and how many there are; `filter` is part of an address, a name, or an id."""
    async with accounts_transaction(database, actor) as conn:
        return await find_page(conn, page=page, per_page=per_page, filter=filter)


async def add_user_as(database: Database, actor: Actor, new: NewUser, origin: Origin) -> User:
    """Make a user on somebody's order.

    Raises:
        IdentifierMissing, EmailExists, PhoneExists, UserNotSaved
    """
    if not new.email and not new.phone:
        raise IdentifierMissing()
    async with accounts_transaction(database, actor, "saving new user") as conn:
        if new.email and await is_taken(conn, new.email):
            raise EmailExists()
        user = await add_user(conn, new)
        await write_order(conn, "user_signedup", actor, origin, user_id=user.id, user_email=user.email)
    return user


async def get_user(database: Database, actor: Actor, user_id: UUID) -> User:
    """One user.

    Raises:
        UserNotFound
    """
    async with accounts_transaction(database, actor) as conn:
        return await find_user(conn, user_id)


@again_if_undone
async def change_user_as(database: Database, actor: Actor, user_id: UUID, change: UserChange, origin: Origin) -> User:
    """Change a user on somebody's order; a new password ends all their sessions.

    Raises:
        UserNotFound, EmailExists, PhoneExists, MetadataTooLarge
    """
    async with accounts_transaction(database, actor) as conn:
        user = await change_user(conn, user_id, change)
        if change.password_hash:
            await conn.execute(QUERIES["end_all_sessions"], {"user_id": user_id})
            await forget_tokens(conn, user_id)
        await write_order(conn, "user_modified", actor, origin, user_id=user.id, user_email=user.email)
    return user


@again_if_undone
async def delete_user_as(database: Database, actor: Actor, user_id: UUID, origin: Origin, *, softly: bool) -> None:
    """Delete a user on somebody's order.

    Raises:
        UserNotFound
    """
    async with accounts_transaction(database, actor, "deleting user") as conn:
        await delete_user(conn, user_id, softly=softly)
        await write_order(conn, "user_deleted", actor, origin, user_id=user_id)


async def factors_of(database: Database, email: str) -> list[dict[str, Any]]:
    """The second factors of an address, for the command line.

    Raises:
        UserNotFound
    """
    user_id = await find_id(database, email)
    if user_id is None:
        raise UserNotFound()
    return (await get_user(database, SERVICE, user_id)).factors


async def remove_factors(database: Database, email: str) -> list[dict[str, Any]]:
    """Remove them all, with the recovery codes, for who lost their phone; sessions end. Answers what there was.

    Raises:
        UserNotFound
    """
    factors = await factors_of(database, email)
    user_id = await find_id(database, email)
    async with accounts_transaction(database, SERVICE) as conn:
        for query in ("delete_factors", "end_all_sessions"):
            await conn.execute(QUERIES[query], {"user_id": user_id})
        for factor in factors:
            await write_order(conn, "factor_deleted", SERVICE, NOWHERE, user_id=user_id, factor_id=factor["id"])
    return factors


async def write_order(conn: Connection, action: Action, actor: Actor, origin: Origin, **traits: object) -> None:
    """The audit line of what was done on somebody's order: the holder of the service key has no name but the role."""
    await write_audit(conn, action, origin, actor_id=actor.user_id, username=actor.role, **traits)
