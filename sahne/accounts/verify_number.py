"""A code by short message came back: it is used up, and the number is proven.

What an account held of which nothing was proven before somebody proved its number by another code than that of the
sign-up is not theirs and goes, as with addresses (`verify.py`).
"""

from __future__ import annotations

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import PhoneVerificationUnsupported
from sahne.accounts.one_time import Taken, TokenKind, take_token
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.texts import QUERIES, TextDesk
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import UserChange, change_user
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Connection

KINDS: dict[str, tuple[TokenKind, ...]] = {
    "sms": ("confirmation_token", "recovery_token"),
    "phone_change": ("phone_change_token",),
}


async def verify_number(desk: TextDesk, type: str, phone: str, code: str, origin: Origin) -> Login:
    """A session for whoever has the number.

    Raises:
        PhoneVerificationUnsupported, OtpExpired, VerifyingUserBanned
        PhoneExists: somebody else has the number by now.
    """
    kinds = KINDS.get(type)
    if kinds is None:
        raise PhoneVerificationUnsupported()
    async with accounts_transaction(desk.database, ANONYMOUS) as conn:
        taken = await take_token(conn, [desk.codes.hash_of(phone, code)], kinds, desk.codes.seconds)
        if taken.kind == "phone_change_token":
            await _change(conn, taken, origin)
        else:
            await _confirm(conn, taken, origin)
        return await open_session(conn, taken.user_id, "otp", origin)


async def _change(conn: Connection, taken: Taken, origin: Origin) -> None:
    await change_user(conn, taken.user_id, UserChange(phone=taken.phone_change, phone_confirmed=True))
    await conn.execute(QUERIES["end_number_change"], {"user_id": taken.user_id})
    await write_audit(conn, "user_modified", origin, actor_id=taken.user_id, username=taken.phone_change)


async def _confirm(conn: Connection, taken: Taken, origin: Origin) -> None:
    is_proven = taken.is_phone_confirmed or taken.is_confirmed
    takes_over = not is_proven and taken.kind != "confirmation_token"
    await conn.execute(QUERIES["confirm_number"], {"user_id": taken.user_id, "takes_over": takes_over})
    if takes_over:
        await conn.execute(QUERIES["unname_taken_over"], {"user_id": taken.user_id})
    action: Action = "login" if taken.is_phone_confirmed else "user_signedup"
    await write_audit(conn, action, origin, actor_id=taken.user_id, username=taken.phone, provider="phone")
