"""Signing in with an address, or a number, and a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import EmailNotConfirmed, InvalidCredentials, PhoneNotConfirmed, UserBanned
from sahne.accounts.hooks import Hooks
from sahne.accounts.origin import Origin
from sahne.accounts.passwords import Passwords
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a password is looked at with: the accounts, the threads that hash, and the app's own code."""

    database: Database
    passwords: Passwords
    hooks: Hooks


async def sign_in(ground: Ground, email: str, password: str, origin: Origin) -> Login:
    """Open a session for who knows the password. No connection is held while it is checked.

    Raises:
        InvalidCredentials: unknown address or wrong password, equally slow; or the app's own code said no.
        UserBanned, EmailNotConfirmed: said only to who knows the password.
        PasswordsBusy
    """
    email = email.lower()
    async with accounts_transaction(ground.database, ANONYMOUS) as conn:
        credentials = await maybe(conn, QUERIES["credentials_of_email"], {"email": email})
    known = await _check(ground, credentials, email, password, origin)
    if known["email_confirmed_at"] is None:
        raise EmailNotConfirmed()
    return await _enter(ground, known, password, origin, {"username": email, "provider": "email"})


async def sign_in_by_phone(ground: Ground, phone: str, password: str, origin: Origin) -> Login:
    """The same by a number.

    Raises:
        InvalidCredentials, UserBanned, PhoneNotConfirmed, PasswordsBusy
    """
    async with accounts_transaction(ground.database, ANONYMOUS) as conn:
        credentials = await maybe(conn, QUERIES["credentials_of_phone"], {"phone": phone})
    known = await _check(ground, credentials, phone, password, origin)
    if known["phone_confirmed_at"] is None:
        raise PhoneNotConfirmed()
    return await _enter(ground, known, password, origin, {"username": phone, "provider": "phone"})


async def _check(
    ground: Ground, credentials: dict[str, Any] | None, account: str, password: str, origin: Origin
) -> dict[str, Any]:
    user_id, password_hash = (credentials["id"], credentials["encrypted_password"]) if credentials else (None, None)
    good = await ground.passwords.matches(password, password_hash)
    rejection = await ground.hooks.password_tried(user_id, account, origin, good=good)
    if rejection is not None:
        if rejection.ends_sessions and user_id is not None:
            async with accounts_transaction(ground.database, ANONYMOUS) as conn:
                await conn.execute(QUERIES["end_all_sessions"], {"user_id": user_id})
        raise InvalidCredentials(rejection.message)
    if not good or credentials is None:
        raise InvalidCredentials()
    if credentials["is_banned"]:
        raise UserBanned()
    return credentials


async def _enter(
    ground: Ground, known: dict[str, Any], password: str, origin: Origin, traits: Mapping[str, str]
) -> Login:
    weakness = await ground.passwords.rules.weakness(password)
    async with accounts_transaction(ground.database, ANONYMOUS) as conn:
        stamp = {"user_id": known["id"], "password_hash": known["encrypted_password"]}
        if await maybe(conn, QUERIES["sign_in_user"], stamp) is None:
            raise InvalidCredentials()  # the password was changed, or the user deleted, meanwhile
        login = await open_session(conn, known["id"], "password", origin)
        await write_audit(conn, "login", origin, actor_id=login.user.id, **traits)
    return replace(login, weakness=weakness)
