"""Signing up: with an address and a password, or anonymously.

Where addresses are confirmed, a sign-up ends with a letter and not with a session, and looks the same whoever has the
address already: nobody, somebody who never proved it, somebody who did. Else it ends signed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import EmailExists, UserAlreadyExists
from sahne.accounts.identifiers import clean_email
from sahne.accounts.letters import Asking, Desk, request_confirmation
from sahne.accounts.one_time import QUERIES as ONE_TIME
from sahne.accounts.one_time import Codes
from sahne.accounts.origin import Origin
from sahne.accounts.passwords import Passwords
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.accounts.users import Metadata, NewUser, User, add_user, is_taken, metadata_text
from sahne.database.actor import ANONYMOUS, UserId
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database

STRANGERS_DOMAIN_CHARACTERS_MAX = 200


async def sign_up(
    database: Database, passwords: Passwords, email: str, password: str, metadata: Metadata, origin: Origin
) -> Login:
    """Make a user with a password and sign them in.

    Raises:
        EmailMissing, EmailTooLong, EmailMalformed, PasswordMissing, PasswordTooLong, WeakPassword,
        PasswordsUnchecked, PasswordsBusy
        UserAlreadyExists: the address has a user.
        UserNotSaved: a trigger on auth.users refused (ruling S10).
    """
    email = clean_email(email)
    await passwords.rules.accept(password)
    async with accounts_transaction(database, ANONYMOUS) as conn:
        if await is_taken(conn, email):
            raise UserAlreadyExists()
    new = _new(email, await passwords.hash(password), metadata, confirmed=True)
    try:
        return await _add_signed_in(database, new, "password", origin)
    except EmailExists as error:
        raise UserAlreadyExists() from error


async def sign_up_unconfirmed(
    desk: Desk, passwords: Passwords, email: str, password: str, metadata: Metadata, asking: Asking
) -> User:
    """Make a user who cannot sign in before they have proven the address, and write to it.

    The answer, the statements and the hashing are the same where there is a user with the address. One who never proved
    it begins anew with this password; one who did is left as they are and is written to instead.

    Raises:
        EmailMissing, EmailTooLong, EmailMalformed, PasswordMissing, PasswordTooLong, WeakPassword,
        PasswordsUnchecked, PasswordsBusy
        UserNotSaved: a trigger on auth.users refused (ruling S10).
    """
    email = clean_email(email)
    await passwords.rules.accept(password)
    new = _new(email, await passwords.hash(password), metadata, confirmed=False)
    try:
        user = await _add_or_pretend(desk, new, asking.origin)
    except EmailExists:  # somebody else made it in this moment
        user = await _add_or_pretend(desk, new, asking.origin)
    request_confirmation(desk, email, asking)
    return user


async def _add_or_pretend(desk: Desk, new: NewUser, origin: Origin) -> User:
    email = new.email or ""
    async with accounts_transaction(desk.database, ANONYMOUS, "saving new user") as conn:
        is_new = not await is_taken(conn, email)
        values = {"email": email, "password_hash": new.password_hash, "user_metadata": metadata_text(new.user_metadata)}
        renewed = await maybe(conn, ONE_TIME["renew_unconfirmed"], values)
        made = await _add(conn, new) if is_new else await _pretend(conn, new)
        shown_id = made.id if is_new else renewed["id"] if renewed else made_up_id(desk.codes, email)
        action: Action = "user_signedup" if is_new else "user_repeated_signup"
        await write_audit(conn, action, origin, actor_id=shown_id, username=email, provider="email")
    return as_just_made(made, UserId(shown_id), email=email)


async def _add(conn: Connection, new: NewUser) -> User:
    async with conn.transaction():
        return await add_user(conn, new)


async def _pretend(conn: Connection, new: NewUser) -> User:
    """What making the user would give, with all that hangs on it; nothing of it stays."""
    domain = (new.email or "").rpartition("@")[2]
    stranger = f"{uuid4().hex}@{domain if len(domain) < STRANGERS_DOMAIN_CHARACTERS_MAX else 'invalid'}"
    async with conn.transaction(force_rollback=True):
        return await add_user(conn, replace(new, email=stranger))


def made_up_id(codes: Codes, address: str) -> UUID:
    """The same each time, as that of somebody who never proved the address, or the number, would be."""
    return UUID(codes.derived(f"nobody\x00{address}")[:32], version=4)


def as_just_made(user: User, id: UserId, **named: str) -> User:
    """How the answer shows a user of an `email` or a `phone`: as made by this very request."""
    now = datetime.now(UTC)

    def shown(identity: Mapping[str, Any]) -> dict[str, Any]:
        data = {**identity["identity_data"], "sub": str(id), **named}
        email = {"email": named["email"]} if "email" in named else {}
        return {**identity, "id": str(id), "user_id": str(id), **email, "identity_data": data}

    identities = [shown(identity) for identity in user.identities]
    return replace(
        user,
        id=id,
        email=named.get("email"),
        phone=named.get("phone"),
        identities=identities,
        confirmation_sent_at=now,
        created_at=now,
        updated_at=now,
    )


def _new(email: str, password_hash: str, metadata: Metadata, *, confirmed: bool) -> NewUser:
    # what Supabase keeps beside the person's own data
    beside = {"email": email, "email_verified": confirmed, "phone_verified": False}
    return NewUser(
        email=email,
        password_hash=password_hash,
        email_confirmed=confirmed,
        user_metadata={**metadata, **beside},
    )


async def sign_in_anonymously(database: Database, metadata: Metadata, origin: Origin) -> Login:
    """Make a user without address or password and sign them in.

    Raises:
        UserNotSaved: a trigger on auth.users refused.
    """
    return await _add_signed_in(database, NewUser(user_metadata=metadata), "anonymous", origin)


async def _add_signed_in(database: Database, new: NewUser, method: str, origin: Origin) -> Login:
    async with accounts_transaction(database, ANONYMOUS, "saving new user") as conn:
        user = await add_user(conn, new)
        await conn.execute(QUERIES["stamp_sign_in"], {"user_id": user.id})
        login = await open_session(conn, user.id, method, origin)
        await write_audit(conn, "user_signedup", origin, actor_id=user.id, username=new.email, provider=method)
    return login
