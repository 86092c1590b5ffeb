"""One-time tokens: the code a letter carries, the token its link carries, and how either is taken, once.

The link's token is what is stored; the code is not. The token is made of address and code with a secret of the server's
own: whoever tries all codes of an address cannot try them as links, where no address says whose they are.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sahne.accounts.errors import OtpExpired, VerifyingUserBanned
from sahne.database.fetch import maybe
from sahne.database.pool import Connection
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "one_time.sql")
PKCE_PREFIX = "pkce_"
OF_PASSWORDS = ("confirmation_token", "recovery_token", "reauthentication_token")

TokenKind = Literal[
    "confirmation_token",
    "recovery_token",
    "email_change_token_new",
    "email_change_token_current",
    "phone_change_token",
    "reauthentication_token",
]


@dataclass(frozen=True, slots=True)
class Code:
    """`code` is typed in by a person, `token_hash` stands in the link."""

    code: str
    token_hash: str


@dataclass(frozen=True, slots=True)
class Codes:
    """How codes are made, and how long they are good for."""

    secret: str
    digits: int
    seconds: int

    def new(self, email: str, *, for_pkce: bool = False) -> Code:
        """A code for an address that nobody can guess in the tries there are."""
        return self.fixed(email, f"{secrets.randbelow(10**self.digits):0{self.digits}}", for_pkce=for_pkce)

    def fixed(self, email: str, code: str, *, for_pkce: bool = False) -> Code:
        """This very code for an address."""
        return Code(code, (PKCE_PREFIX if for_pkce else "") + self.hash_of(email, code))

    def hash_of(self, email: str, code: str) -> str:
        """The token of a code: 56 hexadecimal digits, as Supabase's are."""
        return self.derived(f"one-time\x00{email}\x00{code}")

    def derived(self, text: str) -> str:
        """What only this server can make of a text."""
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha224).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A token that was used up, and its user as they are now."""

    user_id: UUID
    kind: TokenKind
    token_hash: str
    relates_to: str
    email: str | None
    email_change: str | None
    email_change_confirm_status: int
    phone: str | None
    phone_change: str | None
    is_confirmed: bool
    is_phone_confirmed: bool
    is_banned: bool
    is_fresh: bool

    @property
    def is_of_their_address(self) -> bool:
        """Whether it was sent where the user still is (an address or a number), or wants to go."""
        wanted = {"email_change_token_new": self.email_change, "phone_change_token": self.phone_change}
        now = (wanted[self.kind],) if self.kind in wanted else (self.email, self.phone)
        return self.relates_to in now


async def put_token(conn: Connection, user_id: UUID, kind: TokenKind, token_hash: str, relates_to: str) -> None:
    """Let a token lead to the user; another one of its kind does not any more."""
    values = {"user_id": user_id, "kind": kind, "token_hash": token_hash, "relates_to": relates_to}
    await conn.execute(QUERIES["put_one_time_token"], values)


async def take_token(conn: Connection, hashes: Sequence[str], kinds: Sequence[TokenKind], seconds: int) -> Taken:
    """Use up the token of one of these hashes.

    Raises:
        OtpExpired: unknown, used, too old, of another kind or of an address the user has left.
        VerifyingUserBanned
    """
    values = {"hashes": list(hashes), "kinds": list(kinds), "seconds": seconds}
    row = await maybe(conn, QUERIES["take_one_time_token"], values)
    if row is None:
        raise OtpExpired()
    taken = Taken(**row)
    if not taken.is_fresh or not taken.is_of_their_address:
        raise OtpExpired()
    if taken.is_banned:
        raise VerifyingUserBanned()
    return taken


async def forget_tokens(conn: Connection, user_id: UUID, kinds: Sequence[str] = OF_PASSWORDS) -> None:
    """What was sent before leads nowhere any more."""
    await conn.execute(QUERIES["forget_one_time_tokens"], {"user_id": user_id, "kinds": list(kinds)})
