"""A code by letter that shows that whoever holds an old session is still its person, before the password changes."""

from __future__ import annotations

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import OtpExpired, ReauthenticationInvalid, ReauthenticationNeeded, UnreachableByLetter
from sahne.accounts.letters import Asking, Desk, letter_to
from sahne.accounts.one_time import QUERIES, put_token, take_token
from sahne.accounts.sessions import Bearer
from sahne.accounts.transaction import accounts_transaction
from sahne.database.fetch import maybe
from sahne.database.pool import Connection
from sahne.providers.mail import Letter

NEW_SESSION_SECONDS = 86_400


def request_code(desk: Desk, bearer: Bearer, asking: Asking) -> None:
    """A letter with a code to the signed-in person.

    Raises:
        UnreachableByLetter
    """
    user, email = bearer.user, bearer.user.email
    if not email:
        raise UnreachableByLetter()

    async def write() -> Letter:
        code = desk.codes.new(email)
        async with accounts_transaction(desk.database, bearer.actor) as conn:
            await put_token(conn, user.id, "reauthentication_token", code.token_hash, email)
            action: Action = "user_reauthenticate_requested"
            await write_audit(conn, action, asking.origin, actor_id=user.id, username=email)
        return letter_to(desk, user, "reauthentication", email, {"Token": code.code}, asking)

    desk.post.hand_in(write, about=email)


async def accept_nonce(conn: Connection, desk: Desk, bearer: Bearer, nonce: str, seconds: int) -> None:
    """Let a new session pass; an old one needs the code of such a letter, or short message, that is good for `seconds`.

    Raises:
        ReauthenticationNeeded, ReauthenticationInvalid
    """
    values = {"session_id": bearer.session_id, "seconds": NEW_SESSION_SECONDS}
    row = await maybe(conn, QUERIES["is_session_new"], values)
    if row is not None and row["is_new"]:
        return
    if not nonce:
        raise ReauthenticationNeeded()
    token_hash = desk.codes.hash_of(bearer.user.email or bearer.user.phone or "", nonce)
    try:
        taken = await take_token(conn, [token_hash], ["reauthentication_token"], seconds)
    except OtpExpired as error:
        raise ReauthenticationInvalid() from error
    if taken.user_id != bearer.user.id:
        raise ReauthenticationInvalid()
