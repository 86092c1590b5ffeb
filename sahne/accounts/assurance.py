"""How much a session has proven, `aal1` by one factor, `aal2` by two: codes are tried, sessions raised and lowered.

Tries are counted by person, whichever of their factors is tried, and by place: who knows only the password is slowed
down, and the person is not where a good code of theirs came from before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sahne.accounts.errors import AccountSuspended, SessionNotFound
from sahne.accounts.factor_errors import AnonymousFactor, FactorLocked
from sahne.accounts.sessions import Bearer, Login, add_refresh_token, login_of
from sahne.database.fetch import maybe
from sahne.database.pool import Connection
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "factors.sql")
AAL2 = "aal2"


def accept_person(bearer: Bearer) -> UUID:
    """The session of a person who may have second factors.

    Raises:
        SessionNotFound: the token belongs to none. AnonymousFactor, AccountSuspended
    """
    if bearer.session_id is None:
        raise SessionNotFound()
    if bearer.user.is_anonymous:
        raise AnonymousFactor()
    if bearer.user.is_suspended(datetime.now(UTC)):
        raise AccountSuspended()
    return bearer.session_id


async def accept_try(conn: Connection, user_id: UUID, place: str) -> None:
    """Let a code be tried.

    Raises:
        FactorLocked
    """
    waiting = await maybe(conn, QUERIES["wait_for_tries"], {"user_id": user_id, "place": place})
    if waiting is not None:
        raise FactorLocked(waiting["seconds"])


async def count_try(conn: Connection, user_id: UUID, place: str, *, good: bool) -> None:
    """A code was good, or it was not; the latter has to be committed whatever is answered."""
    query = "forget_wrong_codes" if good else "count_wrong_code"
    await conn.execute(QUERIES[query], {"user_id": user_id, "place": place})


async def raise_session(conn: Connection, bearer: Bearer, factor_id: UUID, method: str) -> Login:
    """The session as one of `aal2`, with a new refresh token; sessions that have proven less are over.

    Raises:
        SessionNotFound: it ended meanwhile.
    """
    session_id = accept_person(bearer)
    values = {"session_id": session_id, "user_id": bearer.user.id, "factor_id": factor_id, "method": method}
    if await maybe(conn, QUERIES["raise_session"], values) is None:
        raise SessionNotFound()
    # without a parent: what the token of before was good for ended with it
    token = await add_refresh_token(conn, bearer.user.id, session_id, parent=None)
    return await login_of(conn, bearer.user.id, session_id, token)


async def lower_sessions(conn: Connection, user_id: UUID, factor_id: UUID, *, but: UUID | None = None) -> None:
    """Sessions that were raised by a factor which is gone are what they were before; all are, when none is left."""
    await conn.execute(QUERIES["lower_sessions"], {"user_id": user_id, "factor_id": factor_id, "kept_id": but})
