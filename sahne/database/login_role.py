"""The role that the doors log in with where `authenticator` is not ours to log in as: of a hosted Supabase project."""

from __future__ import annotations

import psycopg
from psycopg import errors as pg
from psycopg import sql

from sahne.database.history import AdminConnection
from sahne.errors import AdministratorNeeded

OF_SUPABASE = "authenticator"
MEMBER_OF = ("anon", "authenticated", "service_role")
STATEMENT_SECONDS_MAX = 8


class RoleNotMade(AdministratorNeeded):
    """The role that the server logs in with cannot be made by the role of DATABASE_URL."""

    code = "login_role_not_made"

    def __init__(self, error: psycopg.Error, script: str) -> None:
        super().__init__(
            details=str(error).strip(), hint="Let an administrator run this SQL once, then try again.", sql=script
        )


def step_of(role: str) -> str:
    """How the making of it is listed."""
    return f"roles/{name_of(role)}"


def name_of(role: str) -> str:
    """The database's name of it; a pooler of Supabase wants the project's reference behind a dot."""
    return role.partition(".")[0]


def needs_role(conn: AdminConnection, role: str) -> bool:
    """Whether there is one to be made: `authenticator` is the platform's."""
    if role == OF_SUPABASE:
        return False
    return conn.execute("select from pg_catalog.pg_roles where rolname = %s", (name_of(role),)).fetchone() is None


def provide_role(conn: AdminConnection, role: str, *, password: str | None, default_password: str) -> list[str]:
    """Make the role; `default_password` is a new one's, `password` is set whether it is new or not.

    One that somebody else made keeps its password; whether it opens the doors is tried by who migrates.

    Raises:
        RoleNotMade: with the SQL for whoever may.
    """
    if role == OF_SUPABASE:
        return []
    is_new = needs_role(conn, role)
    chosen = password or (default_password if is_new else "")
    script = "\n".join(statement.as_string(conn) for statement in _statements(conn, name_of(role), chosen, is_new))
    try:
        with conn.transaction():
            if script:
                conn.execute(script.encode())
    except pg.InsufficientPrivilege as error:
        if is_new:
            raise RoleNotMade(error, script) from error
    return [step_of(role)] if is_new else []


def _statements(conn: AdminConnection, name: str, password: str, is_new: bool) -> list[sql.Composed]:
    role = sql.Identifier(name)
    made = [
        sql.SQL("create role {} login noinherit;").format(role),
        sql.SQL("grant {} to {};").format(sql.SQL(", ").join(map(sql.Identifier, MEMBER_OF)), role),
        sql.SQL("alter role {} set statement_timeout = {};").format(role, sql.Literal(f"{STATEMENT_SECONDS_MAX}s")),
    ]
    if not password:
        return made if is_new else []
    hashed = conn.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    return [*(made if is_new else []), sql.SQL("alter role {} password {};").format(role, sql.Literal(hashed))]
