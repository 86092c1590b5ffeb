"""Signing in with an address and a password."""

from __future__ import annotations

from dataclasses import replace

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import EmailNotConfirmed, InvalidCredentials, UserBanned
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
    password_hash = credentials["encrypted_password"] if credentials else None
    if not await passwords.matches(password, password_hash) or credentials is None:
        raise InvalidCredentials()
    if credentials["is_banned"]:
        raise UserBanned()
    if credentials["email_confirmed_at"] is None:
        raise EmailNotConfirmed()
    weakness = await passwords.rules.weakness(password)
    async with accounts_transaction(database, ANONYMOUS) as conn:
        stamp = {"user_id": credentials["id"], "password_hash": password_hash}
        if await maybe(conn, QUERIES["sign_in_user"], stamp) is None:
            raise InvalidCredentials()  # the password was changed, or the user deleted, meanwhile
        login = await open_session(conn, credentials["id"], "password", origin)
        await write_audit(conn, "login", origin, actor_id=login.user.id, username=email, provider="email")
    return replace(login, weakness=weakness)
