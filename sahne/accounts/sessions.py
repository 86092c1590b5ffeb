"""Auth sessions: opened by a sign-in, found by a token's claims, ended by a sign-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import SessionNotFound, SubjectNotFound, WeakPassword
from sahne.accounts.origin import Origin
from sahne.accounts.tokens import AuthSession, new_refresh_token
from sahne.accounts.transaction import QUERIES, accounts_transaction
from sahne.accounts.users import User, find_user
from sahne.database.actor import Actor, UserId
from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection, Database

Scope = Literal["global", "local", "others"]
SCOPES: tuple[Scope, ...] = ("global", "local", "others")


@dataclass(frozen=True, slots=True)
class Login:
    """A user who is in: what a session answer is made of. `weakness` is of the password that was given."""

    user: User
    session: AuthSession
    refresh_token: str
    weakness: WeakPassword | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """The person an access token names, checked against the database. `session_id` is None for tokens without one.

    `aal` is what the session has proven by now, whatever the token says that was given out before.
    """

    actor: Actor
    user: User
    session_id: UUID | None
    aal: str


async def open_session(conn: Connection, user_id: UUID, method: str, origin: Origin) -> Login:
    """A new session with its first refresh token. `method` is the amr method (`password`, `anonymous`)."""
    values = {"user_id": user_id, "user_agent": origin.user_agent, "ip": origin.ip}
    session_id: UUID = (await one(conn, QUERIES["insert_session"], values))["id"]
    await conn.execute(QUERIES["insert_amr"], {"session_id": session_id, "method": method})
    token = await add_refresh_token(conn, user_id, session_id, parent=None)
    return await login_of(conn, user_id, session_id, token)


async def add_refresh_token(conn: Connection, user_id: UUID, session_id: UUID, parent: str | None) -> str:
    """The session's next refresh token."""
    token = new_refresh_token()
    values = {"token": token, "user_id": user_id, "session_id": session_id, "parent": parent}
    await conn.execute(QUERIES["insert_refresh_token"], values)
    return token


async def login_of(conn: Connection, user_id: UUID, session_id: UUID, refresh_token: str) -> Login:
    """The login of a session as it stands now."""
    row = await maybe(conn, QUERIES["session"], {"session_id": session_id})
    if row is None:
        raise SessionNotFound()
    session = AuthSession(row["id"], row["aal"], tuple(row["amr"]))
    return Login(await find_user(conn, user_id), session, refresh_token)


async def identify(database: Database, actor: Actor, user_id: UserId, session_id: UUID | None) -> Bearer:
    """Check that the user and the session of verified claims still exist.

    Raises:
        SubjectNotFound, SessionNotFound
    """
    async with accounts_transaction(database, actor) as conn:
        values = {"user_id": user_id, "session_id": session_id}
        row = await maybe(conn, QUERIES["session_of_user"], values)
        if row is None:
            raise SubjectNotFound()
        if session_id is not None and row["session_id"] is None:
            raise SessionNotFound()
        return Bearer(actor, await find_user(conn, user_id), session_id, row["aal"])


async def sign_out(database: Database, bearer: Bearer, scope: Scope, origin: Origin) -> None:
    """End this session (`local`), every other one (`others`) or all (`global`); their refresh tokens go with them."""
    async with accounts_transaction(database, bearer.actor) as conn:
        await end_sessions(conn, bearer, scope)
        await write_audit(conn, "logout", origin, actor_id=bearer.user.id, username=bearer.user.email, scope=scope)


async def end_sessions(conn: Connection, bearer: Bearer, scope: Scope) -> None:
    """Delete the sessions of a scope; a token without a session has none of its own."""
    query = {"local": "end_session", "others": "end_other_sessions", "global": "end_all_sessions"}[scope]
    if bearer.session_id is None:
        query = "end_all_sessions"
    await conn.execute(QUERIES[query], {"user_id": bearer.user.id, "session_id": bearer.session_id})
