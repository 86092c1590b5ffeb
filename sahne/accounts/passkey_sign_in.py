"""Signing in with a passkey: whoever has the key says whose it is, and the device says that it was them.

Whoever holds the device must have been verified by it (a finger, a face, a PIN), and a counter that went back is
refused; Supabase's own server asks for neither. A challenge is used up by its first answer, a wrong one too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import AccountSuspended
from sahne.accounts.origin import Origin
from sahne.accounts.passkey_challenges import QUERIES, Answer, Challenge, meet_challenge, put_challenge
from sahne.accounts.passkey_errors import CredentialRefused, PasskeyEmailUnproven, PasskeyPhoneUnproven
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES as ACCOUNTS
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import User, find_user
from sahne.database.actor import ANONYMOUS
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.errors import SahneError

if TYPE_CHECKING:
    from sahne.accounts.relying_party import RelyingParty  # loaded where there are passkeys

METHOD = "passkey"  # of a session's amr


async def begin_sign_in(database: Database, party: RelyingParty) -> Challenge:
    """Ask whoever it is for a key of theirs."""
    challenge = party.new_challenge()
    async with accounts_transaction(database, ANONYMOUS) as conn:
        return await put_challenge(conn, "authentication", None, challenge, party.request_options(challenge))


@again_if_undone
async def sign_in_by_passkey(database: Database, party: RelyingParty, answer: Answer, origin: Origin) -> Login:
    """A session for whose key it is.

    Raises:
        PasskeyChallengeNotFound, PasskeyChallengeExpired
        CredentialRefused: nobody's key too.
        AccountSuspended, PasskeyEmailUnproven, PasskeyPhoneUnproven: said only to who has the key.
    """
    async with accounts_transaction(database, ANONYMOUS) as conn:
        try:
            return await _enter(conn, party, answer, origin)
        except SahneError as error:
            refusal = error
    raise refusal  # after the commit: the challenge stays used


async def _enter(conn: Connection, party: RelyingParty, answer: Answer, origin: Origin) -> Login:
    challenge = await meet_challenge(conn, "authentication", None, answer.challenge_id)
    claim = party.claimed(answer.credential)
    key = await maybe(conn, QUERIES["hold_passkey"], {"credential_id": claim.credential_id, "user_id": claim.user_id})
    if key is None:
        raise CredentialRefused()
    use = party.asserted(answer.credential, challenge, key["public_key"], key["sign_count"])
    user = await find_user(conn, claim.user_id)
    _accept_entrant(user)
    values = {"passkey_id": key["id"], "sign_count": use.sign_count, "backed_up": use.backed_up}
    await conn.execute(QUERIES["stamp_passkey"], values)
    await conn.execute(ACCOUNTS["stamp_sign_in"], {"user_id": user.id})
    traits = {"provider": METHOD, "passkey_id": key["id"]}
    await write_audit(conn, "login", origin, actor_id=user.id, username=user.email, **traits)
    return await open_session(conn, user.id, METHOD, origin)


def _accept_entrant(user: User) -> None:
    if user.is_suspended(datetime.now(UTC)):
        raise AccountSuspended()
    if user.confirmed_at is None and user.email:
        raise PasskeyEmailUnproven()
    if user.confirmed_at is None and user.phone:
        raise PasskeyPhoneUnproven()
