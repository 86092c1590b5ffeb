"""A letter came back: by its link or by the code typed in. Its token is used up, and the address is proven.

Source: `/verify` of the Supabase Auth API. What an unconfirmed account held before somebody proved the address by
another letter than that of the sign-up (a password, identities, sessions) is not theirs and goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import VerificationUnsupported
from sahne.accounts.letters import Desk
from sahne.accounts.move import SIDES, agree
from sahne.accounts.one_time import PKCE_PREFIX, QUERIES, Taken, TokenKind, take_token
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import open_flow
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Connection

KINDS: dict[str, tuple[TokenKind, ...]] = {
    "signup": ("confirmation_token",),
    "invite": ("confirmation_token",),
    "recovery": ("recovery_token",),
    "magiclink": ("recovery_token",),
    "email": ("confirmation_token", "recovery_token"),
    "email_change": ("email_change_token_new", "email_change_token_current"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What came back: its type, and the tokens it may be (those of a code are two, with and without PKCE)."""

    type: str
    hashes: tuple[str, ...]

    @classmethod
    def by_link(cls, type: str, token_hash: str) -> Proof:
        """The token of a link."""
        return cls(type, (token_hash,))

    @classmethod
    def by_code(cls, desk: Desk, type: str, email: str, code: str) -> Proof:
        """The code of a letter to this address."""
        token_hash = desk.codes.hash_of(email, code)
        return cls(type, (token_hash, PKCE_PREFIX + token_hash))


async def verify(desk: Desk, proof: Proof, origin: Origin) -> Login | None:
    """A session for whoever proves an address; None where somebody is to move and the other side has not agreed yet.

    Raises:
        VerificationUnsupported, OtpExpired, VerifyingUserBanned, EmailExists
    """
    async with accounts_transaction(desk.database, ANONYMOUS) as conn:
        taken, is_done = await _prove(conn, desk, proof, origin)
        if not is_done:
            return None
        method = "recovery" if proof.type == "recovery" else "otp"
        return await open_session(conn, taken.user_id, method, origin)


async def verify_for_code(desk: Desk, proof: Proof, origin: Origin) -> str | None:
    """The same where PKCE was asked for: the code that whoever began exchanges for the session.

    Raises:
        VerificationUnsupported, OtpExpired, VerifyingUserBanned, EmailExists, FlowStateNotFound
    """
    async with accounts_transaction(desk.database, ANONYMOUS) as conn:
        taken, is_done = await _prove(conn, desk, proof, origin)
        if not is_done:
            return None
        return await open_flow(conn, desk.codes, taken.user_id, taken.token_hash)


async def _prove(conn: Connection, desk: Desk, proof: Proof, origin: Origin) -> tuple[Taken, bool]:
    """What was used up, and whether all is done that its letter asked for."""
    kinds = KINDS.get(proof.type)
    if kinds is None:
        raise VerificationUnsupported()
    taken = await take_token(conn, proof.hashes, kinds, desk.codes.seconds)
    if taken.kind in SIDES:
        return taken, await agree(conn, desk, taken, origin)
    is_proven = taken.is_confirmed or taken.is_phone_confirmed
    takes_over = not is_proven and taken.kind != "confirmation_token"
    await conn.execute(QUERIES["confirm_address"], {"user_id": taken.user_id, "takes_over": takes_over})
    action: Action = "login" if taken.is_confirmed else "user_signedup"
    await write_audit(conn, action, origin, actor_id=taken.user_id, username=taken.email, provider="email")
    return taken, True
