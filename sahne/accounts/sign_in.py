"""Signing in with an address, or a number, and a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import EmailNotConfirmed, InvalidCredentials, PhoneNotConfirmed, UserBanned
from sahne.accounts.origin import Origin
from sahne.accounts.passwords import Passwords
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Database


async def sign_in(database: Database, passwords: Passwords, email: str, password: str, origin: Origin) -> Login:
    """Open a session for who knows the password. No connection is held while it is checked.

    Raises:
        InvalidCredentials: unknown address or wrong password, equally slow.
        UserBanned, EmailNotConfirmed: said only to who knows the password.
        PasswordsBusy
    """
    email = email.lower()
    async with accounts_transaction(database, ANONYMOUS) as conn:
        credentials = await maybe(conn, QUERIES["credentials_of_email"], {"email": email})
    known = await _check(passwords, credentials, password)
    if known["email_confirmed_at"] is None:
        raise EmailNotConfirmed()
    return await _enter(database, passwords, known, password, origin, {"username": email, "provider": "email"})


async def sign_in_by_phone(
    database: Database, passwords: Passwords, phone: str, password: str, origin: Origin
) -> Login:
    """The same by a number.

    Raises:
        InvalidCredentials, UserBanned, PhoneNotConfirmed, PasswordsBusy
    """
    async with accounts_transaction(database, ANONYMOUS) as conn:
        credentials = await maybe(conn, QUERIES["credentials_of_phone"], {"phone": phone})
    known = await _check(passwords, credentials, password)
    if known["phone_confirmed_at"] is None:
        raise PhoneNotConfirmed()
    return await _enter(database, passwords, known, password, origin, {"username": phone, "provider": "phone"})


async def _check(passwords: Passwords, credentials: dict[str, Any] | None, password: str) -> dict[str, Any]:
    password_hash = credentials["encrypted_password"] if credentials else None
    if not await passwords.matches(password, password_hash) or credentials is None:
        raise InvalidCredentials()
    if credentials["is_banned"]:
        raise UserBanned()
    return credentials


async def _enter(
    database: Database,
    passwords: Passwords,
    known: dict[str, Any],
    password: str,
    origin: Origin,
    traits: Mapping[str, str],
) -> Login:
    weakness = await passwords.rules.weakness(password)
    async with accounts_transaction(database, ANONYMOUS) as conn:
        stamp = {"user_id": known["id"], "password_hash": known["encrypted_password"]}
        if await maybe(conn, QUERIES["sign_in_user"], stamp) is None:
            raise InvalidCredentials()  # the password was changed, or the user deleted, meanwhile
        login = await open_session(conn, known["id"], "password", origin)
        await write_audit(conn, "login", origin, actor_id=login.user.id, **traits)
    return replace(login, weakness=weakness)
