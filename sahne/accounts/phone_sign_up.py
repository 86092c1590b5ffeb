"""Signing up with a number and a password: it ends with a code by short message and not with a session.

It looks the same whoever has the number already: nobody, somebody who never proved it, somebody who did.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import PhoneExists
from sahne.accounts.origin import Origin
from sahne.accounts.passwords import Passwords
from sahne.accounts.sign_up import as_just_made, made_up_id
from sahne.accounts.texts import QUERIES, TextAsking, TextDesk, request_number_proof
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import Metadata, NewUser, User, add_user, is_number_taken, metadata_text
from sahne.database.actor import ANONYMOUS, UserId
from sahne.database.fetch import maybe
from sahne.database.pool import Connection


async def sign_up_by_phone(
    desk: TextDesk, passwords: Passwords, phone: str, password: str, metadata: Metadata, asking: TextAsking
) -> User:
    """Make a user who cannot sign in before they have proven the number, and write to it.

    The answer, the statements and the hashing are the same where there is a user with the number. One who never proved
    anything begins anew with this password; another is left as they are.

    Raises:
        PasswordMissing, PasswordTooLong, WeakPassword, PasswordsUnchecked, PasswordsBusy
        UserNotSaved: a trigger on auth.users refused (ruling S10).
    """
    await passwords.rules.accept(password)
    new = NewUser(
        phone=phone,
        password_hash=await passwords.hash(password),
        user_metadata={**metadata, "email_verified": False, "phone_verified": False},
    )
    try:
        user = await _add_or_pretend(desk, new, phone, asking.origin)
    except PhoneExists:  # somebody else made it in this moment
        user = await _add_or_pretend(desk, new, phone, asking.origin)
    request_number_proof(desk, phone, asking)
    return user


async def _add_or_pretend(desk: TextDesk, new: NewUser, phone: str, origin: Origin) -> User:
    async with accounts_transaction(desk.database, ANONYMOUS, "saving new user") as conn:
        is_new = not await is_number_taken(conn, phone)
        values = {"phone": phone, "password_hash": new.password_hash, "user_metadata": metadata_text(new.user_metadata)}
        renewed = await maybe(conn, QUERIES["renew_unproven_number"], values)
        made = await _add(conn, new) if is_new else await _pretend(conn, new)
        shown_id = made.id if is_new else renewed["id"] if renewed else made_up_id(desk.codes, phone)
        action: Action = "user_signedup" if is_new else "user_repeated_signup"
        await write_audit(conn, action, origin, actor_id=shown_id, username=phone, provider="phone")
    return as_just_made(made, UserId(shown_id), phone=phone)


async def _add(conn: Connection, new: NewUser) -> User:
    async with conn.transaction():
        return await add_user(conn, new)


async def _pretend(conn: Connection, new: NewUser) -> User:
    """What making the user would give, with all that hangs on it; nothing of it stays. No number begins with 0."""
    async with conn.transaction(force_rollback=True):
        return await add_user(conn, replace(new, phone=f"0{secrets.randbelow(10**14):014}"))
