"""The letters of accounts: what is asked for by letter, with what code, and where its link leads.

Whoever asks is answered before it is found out whether there is anybody to write to (`sahne.mail.post`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.hook_events import EmailData, email_event
from sahne.accounts.one_time import Code, Codes, TokenKind, put_token
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import Challenge, begin_flow
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import Metadata, NewUser, User, add_user, find_by_email, is_taken
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Connection, Database
from sahne.mail.post import Post
from sahne.mail.words import Kind, Values, Words
from sahne.providers.mail import Letter

LinkType = Literal["signup", "invite", "magiclink", "recovery", "email_change"]
# How a session says it was opened, where the app exchanged a code for it
AMR: dict[LinkType, str] = {
    "signup": "email/signup",
    "invite": "invite",
    "magiclink": "magiclink",
    "recovery": "recovery",
    "email_change": "email_change",
}
# What a hook is told of a letter; who has an account already is not told so by one
ACTION_TYPES: dict[Kind, str] = {
    "confirmation": "signup",
    "recovery": "recovery",
    "magic_link": "magiclink",
    "invite": "invite",
    "reauthentication": "reauthentication",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for a letter: where its link shall lead, what languages they read, and PKCE's challenge if any."""

    origin: Origin
    redirect_to: str
    languages: tuple[str, ...] = ()
    challenge: Challenge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What letters are written with, and who takes them; `is_hooked` where an app's own code does."""

    database: Database
    codes: Codes
    words: Words
    post: Post
    api_url: str
    site_url: str
    both_sides_agree: bool
    is_hooked: bool

    def link(self, token_hash: str, link_type: LinkType, redirect_to: str) -> str:
        """What a letter's reader follows."""
        query = urlencode({"token": token_hash, "type": link_type, "redirect_to": redirect_to})
        return f"{self.api_url}/auth/v1/verify?{query}"


def request_recovery(desk: Desk, email: str, asking: Asking) -> None:
    """A letter to whoever has this address and forgot the password. Nobody is told whether there is one."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_email(conn, email)
            if user is None:
                return None
            await _note(conn, "user_recovery_requested", user, asking)
            return await with_code(conn, desk, user, "recovery", "recovery", asking)

    desk.post.hand_in(write, about=email)


def request_sign_in(
    desk: Desk, email: str, metadata: Metadata, asking: Asking, *, admit: Callable[[], Awaitable[None]] | None
) -> None:
    """A letter that signs in, once; who has no account gets one by it where `admit` lets them become a user.

    Nobody is told whether there is one: what the database refuses of a new user is told in the log alone.
    """

    async def write() -> Letter | None:
        if admit is not None and not await _is_known(desk, email):
            await admit()
        async with accounts_transaction(desk.database, ANONYMOUS, "saving new user") as conn:
            user = await find_by_email(conn, email)
            if user is None and admit is not None:
                user = await add_user(conn, NewUser(email=email, user_metadata=metadata))
                await _note(conn, "user_confirmation_requested", user, asking)
                return await with_code(conn, desk, user, "confirmation", "signup", asking)
            if user is None:
                return None
            await _note(conn, "user_recovery_requested", user, asking)
            return await with_code(conn, desk, user, "magic_link", "magiclink", asking)

    desk.post.hand_in(write, about=email)


def request_again(desk: Desk, email: str, asking: Asking) -> None:
    """The letter of a sign-up once more, to who has not proven the address."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_email(conn, email)
            if user is None or user.email_confirmed_at is not None:
                return None
            await _note(conn, "user_confirmation_requested", user, asking)
            return await with_code(conn, desk, user, "confirmation", "signup", asking)

    desk.post.hand_in(write, about=email)


def request_confirmation(desk: Desk, email: str, asking: Asking) -> None:
    """After a sign-up: a letter that asks for the proof, or that says there is an account already."""

    async def write() -> Letter | None:
        async with accounts_transaction(desk.database, ANONYMOUS) as conn:
            user = await find_by_email(conn, email)
            if user is None:
                return None
            if user.email_confirmed_at is not None:
                return letter_to(desk, user, "already_there", email, {}, asking)
            await _note(conn, "user_confirmation_requested", user, asking)
            return await with_code(conn, desk, user, "confirmation", "signup", asking)

    desk.post.hand_in(write, about=email)


async def _is_known(desk: Desk, email: str) -> bool:
    async with accounts_transaction(desk.database, ANONYMOUS) as conn:
        return await is_taken(conn, email)


async def with_code(
    conn: Connection, desk: Desk, user: User, kind: Kind, link_type: LinkType, asking: Asking
) -> Letter:
    """A letter to the user's address whose code and link prove that it is theirs."""
    email = user.email or ""
    code = desk.codes.new(email, for_pkce=asking.challenge is not None)
    await put_token(conn, user.id, kind_of(link_type), code.token_hash, email)
    if asking.challenge is not None:
        await begin_flow(conn, desk.codes, user.id, code.token_hash, asking.challenge, AMR[link_type])
    return letter_to(desk, user, kind, email, places(desk, code, link_type, asking), asking)


def kind_of(link_type: LinkType) -> TokenKind:
    """Where the token of such a link is kept."""
    return "recovery_token" if link_type in ("recovery", "magiclink") else "confirmation_token"


def places(desk: Desk, code: Code, link_type: LinkType, asking: Asking) -> dict[str, str]:
    """What is filled in for a code and its link."""
    return {
        "Token": code.code,
        "TokenHash": code.token_hash,
        "ConfirmationURL": desk.link(code.token_hash, link_type, asking.redirect_to),
    }


def letter_to(desk: Desk, user: User, kind: Kind, to: str, places: dict[str, str], asking: Asking) -> Letter:
    """A letter of a kind in its reader's language, with what a hook is told of it."""
    common = {
        "SiteURL": desk.site_url,
        "RedirectTo": asking.redirect_to,
        "Email": user.email or "",
        "NewEmail": user.email_change or "",
        "SendingTo": to,
    }
    language = desk.words.language_of([*languages_of(user.user_metadata), *asking.languages])
    letter = desk.words.letter(kind, language, to, Values(common | places, user.user_metadata))
    if not desk.is_hooked or kind not in ACTION_TYPES:
        return letter
    codes = {"token": places["Token"], "token_hash": places.get("TokenHash", "")}
    return replace(letter, event=event_of(desk, user, ACTION_TYPES[kind], codes, asking))


def event_of(desk: Desk, user: User, action_type: str, codes: Mapping[str, str], asking: Asking) -> dict[str, Any]:
    """What a hook is told in place of a letter."""
    auth_url = f"{desk.api_url}/auth/v1"
    data = EmailData(email_action_type=action_type, redirect_to=asking.redirect_to, site_url=auth_url, **codes)
    return email_event(user, data, asking.origin)


def languages_of(metadata: Metadata) -> Iterator[str]:
    """What the person has said they read."""
    for name in ("language", "locale"):
        if isinstance(value := metadata.get(name), str):
            yield value


async def _note(conn: Connection, action: Action, user: User, asking: Asking) -> None:
    await write_audit(conn, action, asking.origin, actor_id=user.id, username=user.email)
