"""Users: rows of `auth.users` with their identities; finding, making, changing and deleting them in a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from sahne.accounts.errors import MetadataTooLarge, MetadataUnfit, UserNotFound
from sahne.accounts.transaction import QUERIES
from sahne.database.actor import AUTHENTICATED, UserId
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection

METADATA_BYTES_MAX = 4096  # app and user metadata together: both travel in every token, and headers are bounded
PAGE_USERS_MAX = 1000

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A whole user. `identities` and `factors` are already in the shape the API shows."""

    id: UserId
    aud: str
    role: str
    email: str | None
    phone: str | None
    encrypted_password: str | None
    email_confirmed_at: datetime | None
    invited_at: datetime | None
    phone_confirmed_at: datetime | None
    confirmation_sent_at: datetime | None
    confirmed_at: datetime | None
    recovery_sent_at: datetime | None
    email_change: str | None
    email_change_sent_at: datetime | None
    email_change_confirm_status: int
    phone_change: str | None
    phone_change_sent_at: datetime | None
    reauthentication_sent_at: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime
    banned_until: datetime | None
    deleted_at: datetime | None
    is_anonymous: bool
    app_metadata: dict[str, Any]
    user_metadata: dict[str, Any]
    identities: list[dict[str, Any]]
    factors: list[dict[str, Any]]

    @property
    def has_factor(self) -> bool:
        """Whether a second factor was proven: what matters most wants it then."""
        return any(factor["status"] == "verified" for factor in self.factors)

    def is_suspended(self, now: datetime) -> bool:
        """Suspended, or erased in all but the row."""
        return self.deleted_at is not None or (self.banned_until is not None and self.banned_until > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What a user is made of. Without e-mail, phone and provider it is an anonymous one.

    `provider` is another one that they come from, whose identity is added by who makes them: the address is then that
    one's, and none of our own. `ban_seconds` None means not banned.
    """

    email: str | None = None
    phone: str | None = None
    password_hash: str = ""
    email_confirmed: bool = False
    phone_confirmed: bool = False
    user_metadata: Metadata = field(default_factory=dict)
    app_metadata: Metadata = field(default_factory=dict)
    role: str = AUTHENTICATED
    ban_seconds: float | None = None
    id: UUID | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What changes of a user; None leaves it. Metadata is merged, a null value removes its key; 0 s lifts a ban."""

    email: str | None = None
    phone: str | None = None
    password_hash: str | None = None
    email_confirmed: bool = False
    phone_confirmed: bool = False
    user_metadata: Metadata = field(default_factory=dict)
    app_metadata: Metadata = field(default_factory=dict)
    role: str | None = None
    ban_seconds: float | None = None


async def is_taken(conn: Connection, email: str) -> bool:
    """Whether a user has this address."""
    row = await maybe(conn, QUERIES["credentials_of_email"], {"email": email})
    return row is not None


async def is_number_taken(conn: Connection, phone: str) -> bool:
    """Whether a user has this number."""
    return await maybe(conn, QUERIES["credentials_of_phone"], {"phone": phone}) is not None


async def find_user(conn: Connection, user_id: UUID) -> User:
    """The user of an id.

    Raises:
        UserNotFound
    """
    users = await find_users(conn, [user_id])
    if not users:
        raise UserNotFound()
    return users[0]


async def find_users(conn: Connection, user_ids: Sequence[UUID]) -> list[User]:
    """The users of these ids that exist, newest first."""
    rows = await every(conn, QUERIES["users_by_ids"], {"user_ids": list(user_ids)})
    return [User(**row) for row in rows]


async def find_by_email(conn: Connection, email: str) -> User | None:
    """The user of an address, if there is one."""
    row = await maybe(conn, QUERIES["credentials_of_email"], {"email": email})
    return await find_user(conn, row["id"]) if row else None


async def find_by_phone(conn: Connection, phone: str) -> User | None:
    """The user of a number, if there is one."""
    row = await maybe(conn, QUERIES["credentials_of_phone"], {"phone": phone})
    return await find_user(conn, row["id"]) if row else None


async def find_page(conn: Connection, *, page: int, per_page: int, filter: str = "") -> tuple[list[User], int]:
    """One page of users, newest first, and how many there are. Pages count from 1."""
    limit = min(per_page, PAGE_USERS_MAX)
    values = {"filter": filter, "pattern": f"%{_escape_like(filter)}%", "limit": limit, "offset": (page - 1) * limit}
    rows = await every(conn, QUERIES["page_of_users"], values)
    count = await one(conn, QUERIES["count_users"], values)
    users = await find_users(conn, [row["id"] for row in rows])
    return users, int(count["total"])


async def add_user(conn: Connection, new: NewUser) -> User:
    """Insert a user with an identity for each of e-mail and phone, but of who comes from another provider.

    Raises:
        MetadataTooLarge, MetadataUnfit
    """
    own = [name for name, value in (("email", new.email), ("phone", new.phone)) if value]
    providers = [new.provider] if new.provider else own
    provided = {"provider": providers[0], "providers": providers} if providers else {}
    row = await _existing(
        conn,
        "insert_user",
        {
            "user_id": new.id,
            "role": new.role,
            "email": new.email,
            "phone": new.phone,
            "password_hash": new.password_hash,
            "email_confirmed": new.email_confirmed,
            "phone_confirmed": new.phone_confirmed,
            "ban_seconds": new.ban_seconds,
            "app_metadata": metadata_text({**provided, **new.app_metadata}),
            "user_metadata": metadata_text(new.user_metadata),
            "is_anonymous": not providers,
        },
    )
    user_id = UserId(row["id"])
    if new.provider is None:
        await _put_identities(conn, user_id, new.email, new.phone, new.email_confirmed, new.phone_confirmed)
    return _refuse_large_metadata(await find_user(conn, user_id))


async def change_user(conn: Connection, user_id: UUID, change: UserChange) -> User:
    """Change a user and the identities of a new e-mail or phone; an anonymous user becomes a permanent one by it.

    Raises:
        UserNotFound, MetadataTooLarge, MetadataUnfit
    """
    before = await find_user(conn, user_id)
    if change.ban_seconds is not None:
        await conn.execute(QUERIES["hold_presence"], {"user_id": user_id})
    await _existing(
        conn,
        "update_user",
        {
            "user_id": user_id,
            "email": change.email,
            "phone": change.phone,
            "password_hash": change.password_hash,
            "email_confirmed": change.email_confirmed,
            "phone_confirmed": change.phone_confirmed,
            "role": change.role,
            "ban_seconds": change.ban_seconds,
            "user_metadata": metadata_text(change.user_metadata),
            "app_metadata": metadata_text({**_providers_after(before, change), **change.app_metadata}),
        },
    )
    confirmed = change.email_confirmed or before.email_confirmed_at is not None
    await _put_identities(conn, user_id, change.email, change.phone, confirmed, change.phone_confirmed)
    return _refuse_large_metadata(await find_user(conn, user_id))


async def delete_user(conn: Connection, user_id: UUID, *, softly: bool = False) -> None:
    """Delete a user with all that hangs on them; `softly` keeps a row that names nobody.

    Raises:
        UserNotFound
    """
    await conn.execute(QUERIES["hold_presence"], {"user_id": user_id})
    if not softly:
        await _existing(conn, "delete_user", {"user_id": user_id})
        return
    await find_user(conn, user_id)
    for query in ("soft_delete_user", "delete_identities", "delete_factors", "delete_passkeys", "end_all_sessions"):
        await conn.execute(QUERIES[query], {"user_id": user_id})


def _providers_after(before: User, change: UserChange) -> dict[str, Any]:
    """`provider` and `providers` of the app metadata when the change adds an identity, else nothing."""
    had = [str(identity["provider"]) for identity in before.identities]
    added = [name for name, value in (("email", change.email), ("phone", change.phone)) if value and name not in had]
    if not added:
        return {}
    providers = [*had, *added]
    return {"provider": before.app_metadata.get("provider", providers[0]), "providers": providers}


async def _put_identities(
    conn: Connection, user_id: UUID, email: str | None, phone: str | None, email_confirmed: bool, phone_confirmed: bool
) -> None:
    data = {"sub": str(user_id), "email_verified": email_confirmed, "phone_verified": phone_confirmed}
    for provider, value in (("email", email), ("phone", phone)):
        if value:
            identity = {
                "user_id": user_id,
                "provider": provider,
                "identity_data": metadata_text({**data, provider: value}),
            }
            await conn.execute(QUERIES["put_identity"], identity)


def _refuse_large_metadata(user: User) -> User:
    refuse_large_metadata(user.user_metadata, user.app_metadata)
    return user


def refuse_large_metadata(*parts: Metadata) -> None:
    """All of them together travel in a token.

    Raises:
        MetadataTooLarge, MetadataUnfit
    """
    size = sum(len(_json_bytes(part)) for part in parts)
    if size > METADATA_BYTES_MAX:
        raise MetadataTooLarge(f"{MetadataTooLarge.__doc__}: {size} bytes are more than {METADATA_BYTES_MAX}.")


async def _existing(conn: Connection, query: str, values: Mapping[str, Any]) -> dict[str, Any]:
    row = await maybe(conn, QUERIES[query], values)
    if row is None:
        raise UserNotFound()
    return row


def metadata_text(value: Metadata) -> str:
    """Metadata as the database takes it.

    Raises:
        MetadataUnfit
    """
    return _json_bytes(value).decode()


def _json_bytes(value: Metadata) -> bytes:
    try:
        return orjson.dumps(dict(value))
    except orjson.JSONEncodeError as error:  # such a value would break every reader of the token
        raise MetadataUnfit() from error


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
