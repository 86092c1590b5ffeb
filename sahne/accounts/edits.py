"""A signed-in user changes their own account: address, password, data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sahne.accounts.assurance import AAL2
from sahne.accounts.audit import write_audit
from sahne.accounts.errors import AccountSuspended, AnonymousPassword, CurrentPasswordWrong, EmailExists, SamePassword
from sahne.accounts.factor_errors import EditNeedsMore, PhoneIsFactor
from sahne.accounts.identifiers import clean_email
from sahne.accounts.letters import Asking, Desk
from sahne.accounts.move import ask_to_move, request_agreement
from sahne.accounts.one_time import forget_tokens
from sahne.accounts.passwords import Passwords
from sahne.accounts.reauthentication import accept_nonce
from sahne.accounts.sessions import Bearer, end_sessions
from sahne.accounts.texts import TextAsking, TextDesk, ask_for_number, request_number_change
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import Metadata, User, UserChange, change_user, is_taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What the user sent; None was not sent."""

    email: str | None = None
    phone: str | None = None
    password: str | None = None
    current_password: str | None = None
    nonce: str = ""
    data: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ByLetter:
    """Where an edit needs letters: to prove a new address, by a code that comes with a new password, or neither."""

    asking: Asking
    proves_address: bool
    needs_nonce: bool
    nonce_seconds: int


@dataclass(frozen=True, slots=True)
class ByText:
    """What another number is proven with."""

    desk: TextDesk
    asking: TextAsking


async def edit_account(
    desk: Desk, passwords: Passwords, bearer: Bearer, edit: Edit, by_letter: ByLetter, by_text: ByText | None = None
) -> User:
    """Apply an edit. A new password ends every other session; a new address makes an anonymous user permanent.

    An address that must be proven is only wanted at first, as another number always is, and whether it is somebody's
    already is not told.

    Raises:
        EditNeedsMore: who has a second factor changes address and password with it alone.
        PhoneIsFactor: whoever had the number would have both factors.
        EmailExists, SamePassword, CurrentPasswordWrong, AnonymousPassword, WeakPassword, PasswordTooLong,
        PasswordsUnchecked, EmailMalformed, MetadataTooLarge, PasswordsBusy, ReauthenticationNeeded,
        ReauthenticationInvalid
        AccountSuspended: whatever the token says that was given out before.
    """
    if bearer.user.is_suspended(datetime.now(UTC)):
        raise AccountSuspended()
    email = clean_email(edit.email) if edit.email else None
    if edit.password is not None:
        await passwords.rules.accept(edit.password)
    user, origin = bearer.user, by_letter.asking.origin
    if email == user.email:
        email = None
    phone = edit.phone if by_text else None
    if (email or phone or edit.password) and user.has_factor and bearer.aal != AAL2:
        raise EditNeedsMore()
    if phone and any(factor.get("phone") == phone for factor in user.factors):
        raise PhoneIsFactor()
    if email and not by_letter.proves_address:
        async with accounts_transaction(desk.database, bearer.actor) as conn:
            if await is_taken(conn, email):
                raise EmailExists()
    password_hash = await _new_hash(passwords, user, edit, email or phone)
    at_once = None if by_letter.proves_address else email
    change = UserChange(
        email=at_once, password_hash=password_hash, email_confirmed=at_once is not None, user_metadata=edit.data
    )
    async with accounts_transaction(desk.database, bearer.actor) as conn:
        if password_hash and by_letter.needs_nonce:
            await accept_nonce(conn, desk, bearer, edit.nonce, by_letter.nonce_seconds)
        if email and by_letter.proves_address:
            await ask_to_move(conn, user.id, email)
        if phone:
            await ask_for_number(conn, user.id, phone)
        changed = await change_user(conn, user.id, change)
        if password_hash:
            await end_sessions(conn, bearer, "others")
            await forget_tokens(conn, user.id)
            await write_audit(conn, "user_updated_password", origin, actor_id=user.id, username=user.email)
        await write_audit(conn, "user_modified", origin, actor_id=user.id, username=user.email)
    if email and by_letter.proves_address:
        request_agreement(desk, user.id, by_letter.asking)
    if phone and by_text:
        request_number_change(by_text.desk, user.id, by_text.asking)
    return changed


async def _new_hash(passwords: Passwords, user: User, edit: Edit, named: str | None) -> str | None:
    if edit.password is None:
        return None
    if user.is_anonymous and not named:
        raise AnonymousPassword()
    if edit.current_password and not await passwords.matches(edit.current_password, user.encrypted_password):
        raise CurrentPasswordWrong()
    if user.encrypted_password and await passwords.matches(edit.password, user.encrypted_password):
        raise SamePassword()
    return await passwords.hash(edit.password)
