"""Signing up: with an address and a password, or anonymously. Both end signed in: addresses are confirmed at once."""

from __future__ import annotations

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import EmailExists, UserAlreadyExists
from sahne.accounts.identifiers import clean_email
from sahne.accounts.origin import Origin
from sahne.accounts.passwords import Passwords, accept_password
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.accounts.users import Metadata, NewUser, add_user, is_taken
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Database


async def sign_up(
    database: Database, passwords: Passwords, email: str, password: str, metadata: Metadata, origin: Origin
) -> Login:
    """Make a user with a password and sign them in.

    Raises:
        EmailMissing, EmailTooLong, EmailMalformed, PasswordMissing, PasswordTooLong, WeakPassword, PasswordsBusy
        UserAlreadyExists: the address has a user.
        UserNotSaved: a trigger on auth.users refused (ruling S10).
    """
    email = clean_email(email)
    accept_password(password)
    async with accounts_transaction(database, ANONYMOUS) as conn:
        if await is_taken(conn, email):
            raise UserAlreadyExists()
    new = NewUser(
        email=email,
        password_hash=await passwords.hash(password),
        email_confirmed=True,
        # what Supabase keeps beside the person's own data
        user_metadata={**metadata, "email": email, "email_verified": True, "phone_verified": False},
    )
    try:
        return await _add_signed_in(database, new, "password", origin)
    except EmailExists as error:
        raise UserAlreadyExists() from error


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
