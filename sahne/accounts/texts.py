"""Codes by short message: to sign up, to sign in, and to prove another number. Each costs money, so a day has a bound.

Whoever asks is answered before it is found out whether there is anybody to write to (`sahne.mail.post`), as with
letters. A number that a setting names as one for tests has a fixed code, and nothing is sent to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.conflicts import note_conflict
from sahne.accounts.hook_events import sms_event
from sahne.accounts.letters import languages_of
from sahne.accounts.one_time import Code, Codes, TokenKind, put_token
from sahne.accounts.origin import Origin
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import Metadata, NewUser, User, add_user, find_by_phone, find_user, is_number_taken
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.mail.post import Post
from sahne.mail.words import Values, Words
from sahne.providers.mail import Letter
from sahne.telemetry import observe

QUERIES = load_queries(__package__, "texts.sql")
# What the audit log says of a code that was asked for, but where a number is to be proven
NOTED: dict[TokenKind, Action] = {
    "recovery_token": "user_recovery_requested",
    "reauthentication_token": "user_reauthenticate_requested",
}


@dataclass(frozen=True, slots=True)
class TextsSpent:
    """A short message was not sent: the money of the day is spent."""

    microdollars_max: int


@dataclass(frozen=True, slots=True)
class TextAsking:
    """Who asks for a short message, what languages they read, and whether it shall come by WhatsApp."""

    origin: Origin
    languages: tuple[str, ...] = ()
    by_whatsapp: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A code for a number, and the message that carries it: none where the number is one for tests."""

    code: Code
    letter: Letter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDesk:
    """What short messages are written with, and who takes them; `is_hooked` where an app's own code does.

    `fixed` are the codes of numbers for tests. `microdollars` is what one may cost, `microdollars_day_max` all of a
    day; None is no bound.
    """

    database: Database
    codes: Codes
    words: Words
    post: Post
    fixed: Mapping[str, str]
    microdollars: int
    microdollars_day_max: int | None
    is_hooked: bool


def request_text_sign_in(
    desk: TextDesk, phone: str, metadata: Metadata, asking: TextAsking, *, admit: Callable[[], Awaitable[None]] | None
) -> None:
    """A code that signs in, once; who has no account gets one by it where `admit` lets them. Nobody is told."""

    async def write() -> Letter | None:
        if admit is not None and not await _is_known(desk, phone):
            await admit()
        async with accounts_transaction(desk.database, ANONYMOUS, "saving new user") as conn:
            user = await find_by_phone(conn, phone)
            kind: TokenKind = "recovery_token"
            if user is None and admit is not None:
                user, kind = await add_user(conn, NewUser(phone=phone, user_metadata=metadata)), "confirmation_token"
            if user is None:
                return None
            return await _with_code(conn, desk, user, kind, phone, asking)

    desk.post.hand_in(write, about=phone)


async def _is_known(desk: TextDesk, phone: str) -> bool:
    async with accounts_transaction(desk.database, ANONYMOUS) as conn:
        return await is_number_taken(conn, phone)


def request_number_proof(desk: TextDesk, phone: str, asking: TextAsking) -> None:
    """The code of a sign-up, to who has not proven the number; who has is not written to."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_phone(conn, phone)
            if user is None or user.phone_confirmed_at is not None:
                return None
            return await _with_code(conn, desk, user, "confirmation_token", phone, asking)

    desk.post.hand_in(write, about=phone)


async def ask_for_number(conn: Connection, user_id: UUID, phone: str) -> None:
    """Note the number that is wanted; `request_number_change` sends the code after the commit."""
    await conn.execute(QUERIES["ask_for_number"], {"user_id": user_id, "phone": phone})


def request_number_change(desk: TextDesk, user_id: UUID, asking: TextAsking) -> None:
    """A code to the number that is wanted. One that is somebody's already gets none, and nobody is told."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_user(conn, user_id)
            if not user.phone_change:
                return None
            if (holder := await find_by_phone(conn, user.phone_change)) is not None:
                await note_conflict(conn, "phone", wanted_by=user.id, held_by=holder.id)
                return None
            return await _with_code(conn, desk, user, "phone_change_token", user.phone_change, asking)

    desk.post.hand_in(write, about=str(user_id))


def request_number_change_again(desk: TextDesk, phone: str, asking: TextAsking) -> None:
    """The same once more, for the user of a number who wants another."""

    async def find() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_phone(conn, phone)
        if user is not None and user.phone_change:
            request_number_change(desk, user.id, asking)
        return None

    desk.post.hand_in(find, about=phone)


def request_text_nonce(desk: TextDesk, user: User, phone: str, asking: TextAsking) -> None:
    """A code that shows that whoever holds an old session is still its person, who has no address."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            return await _with_code(conn, desk, user, "reauthentication_token", phone, asking)

    desk.post.hand_in(write, about=phone)


async def _with_code(
    conn: Connection, desk: TextDesk, user: User, kind: TokenKind, phone: str, asking: TextAsking
) -> Letter | None:
    """The message with a code that leads to the user; None where none is sent."""
    text = await text_with_code(conn, desk, user, phone, asking)
    if text is None:
        return None
    await put_token(conn, user.id, kind, text.code.token_hash, phone)
    await write_audit(
        conn,
        NOTED.get(kind, "user_confirmation_requested"),
        asking.origin,
        actor_id=user.id,
        username=phone,
        channel="whatsapp" if asking.by_whatsapp else "sms",
    )
    return text.letter


async def text_with_code(
    conn: Connection, desk: TextDesk, user: User, phone: str, asking: TextAsking, *, is_factor: bool = False
) -> Text | None:
    """A new code in its message, paid for; None where the day's money is spent."""
    fixed = desk.fixed.get(phone)
    if fixed is not None:
        return Text(desk.codes.fixed(phone, fixed), None)
    if not await _spend(conn, desk):
        return None
    code = desk.codes.new(phone)
    language = desk.words.language_of([*languages_of(user.user_metadata), *asking.languages])
    values = Values({"Token": code.code}, user.user_metadata)
    letter = desk.words.letter("sms_code", language, f"+{phone}", values)
    event = sms_event(user, phone, code.code, asking.origin, is_factor=is_factor) if desk.is_hooked else None
    return Text(code, replace(letter, by_whatsapp=asking.by_whatsapp, event=event))


async def _spend(conn: Connection, desk: TextDesk) -> bool:
    values = {"microdollars": desk.microdollars, "microdollars_max": desk.microdollars_day_max}
    if await maybe(conn, QUERIES["spend_text"], values) is not None:
        return True
    observe(TextsSpent(desk.microdollars_day_max or 0))
    return False
