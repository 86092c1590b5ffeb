"""Moving to another address: asked for, agreed to by letter on one side or on both, done.

Until then the address is only wanted (`new_email`). Where both sides must agree, each is asked once: whoever holds only
one of the two mailboxes moves nobody. An address that is somebody's already gets no letter, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sahne.accounts.audit import write_audit
from sahne.accounts.conflicts import note_conflict
from sahne.accounts.letters import AMR, Asking, Desk, event_of, letter_to, places
from sahne.accounts.one_time import QUERIES, Code, Taken, TokenKind, put_token
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import begin_flow
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import User, UserChange, change_user, find_by_email, find_user, is_taken
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Connection
from sahne.providers.mail import Letter

SIDES: dict[TokenKind, int] = {"email_change_token_current": 1, "email_change_token_new": 2}


async def ask_to_move(conn: Connection, user_id: UUID, email: str) -> None:
    """Note the address that is wanted; `request_agreement` asks for the agreement after the commit."""
    await conn.execute(QUERIES["ask_to_move"], {"user_id": user_id, "email": email})


def request_agreement(desk: Desk, user_id: UUID, asking: Asking) -> None:
    """A letter to each side that must agree and has not; a hook is told of both at once."""
    for kinds in [list(SIDES)] if desk.is_hooked else [[kind] for kind in SIDES]:
        _request(desk, user_id, kinds, asking)


def request_change_again(desk: Desk, email: str, asking: Asking) -> None:
    """The same once more, for the user of an address who wants another."""

    async def find() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_email(conn, email)
        if user is not None and user.email_change:
            request_agreement(desk, user.id, asking)
        return None

    desk.post.hand_in(find, about=email)


def _request(desk: Desk, user_id: UUID, kinds: Sequence[TokenKind], asking: Asking) -> None:
    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_user(conn, user_id)
            if not user.email_change:
                return None
            if await is_taken(conn, user.email_change):
                if "email_change_token_new" in kinds:
                    await _note_holder(conn, user, user.email_change)
                return None
            asked = [kind for kind in kinds if _is_asked(desk, user, kind)]
            codes = {kind: await _new_code(conn, desk, user, kind, asking) for kind in asked}
        return _letter(desk, user, codes, asking) if codes else None

    desk.post.hand_in(write, about=str(user_id))


async def _note_holder(conn: Connection, user: User, email: str) -> None:
    """The address that is wanted is somebody's already, which admins are told."""
    holder = await find_by_email(conn, email)
    if holder is not None:
        await note_conflict(conn, "email", wanted_by=user.id, held_by=holder.id)


def _is_asked(desk: Desk, user: User, kind: TokenKind) -> bool:
    is_one = kind == "email_change_token_new" or (desk.both_sides_agree and bool(user.email))
    return is_one and user.email_change_confirm_status != SIDES[kind]


async def _new_code(conn: Connection, desk: Desk, user: User, kind: TokenKind, asking: Asking) -> Code:
    to = _to(user, kind)
    code = desk.codes.new(to, for_pkce=asking.challenge is not None)
    await put_token(conn, user.id, kind, code.token_hash, to)
    if asking.challenge is not None:
        await begin_flow(conn, desk.codes, user.id, code.token_hash, asking.challenge, AMR["email_change"])
    return code


def _to(user: User, kind: TokenKind) -> str:
    return (user.email_change if kind == "email_change_token_new" else user.email) or ""


def _letter(desk: Desk, user: User, codes: Mapping[TokenKind, Code], asking: Asking) -> Letter:
    """To one side, or about both to the hook that writes to them."""
    kind, code = next(iter(codes.items()))
    letter = letter_to(desk, user, "email_change", _to(user, kind), places(desk, code, "email_change", asking), asking)
    if not desk.is_hooked:
        return letter
    return replace(letter, event=event_of(desk, user, "email_change", _told(codes), asking))


def _told(codes: Mapping[TokenKind, Code]) -> dict[str, str]:
    """As Supabase tells a hook: with both sides `token` is the present address's and `token_hash` the new one's."""
    current, new = codes.get("email_change_token_current"), codes.get("email_change_token_new")
    if current is None:
        return {"token": new.code, "token_hash": new.token_hash} if new else {}
    told = {"token": current.code, "token_hash_new": current.token_hash}
    return told | ({"token_new": new.code, "token_hash": new.token_hash} if new else {})


async def agree(conn: Connection, desk: Desk, taken: Taken, origin: Origin) -> bool:
    """One side agrees; answers whether the user has moved by it, or the other side is still asked.

    Raises:
        EmailExists: somebody else has the address by now.
    """
    side = SIDES[taken.kind]
    if desk.both_sides_agree and taken.email and taken.email_change_confirm_status in (0, side):
        await conn.execute(QUERIES["agree_to_move"], {"user_id": taken.user_id, "side": side})
        return False
    await change_user(conn, taken.user_id, UserChange(email=taken.email_change, email_confirmed=True))
    await conn.execute(QUERIES["end_move"], {"user_id": taken.user_id})
    await write_audit(conn, "user_modified", origin, actor_id=taken.user_id, username=taken.email_change)
    return True
