"""One transaction on the auth schema, and what PostgreSQL refuses in it in words a developer can act on.

A trigger on `auth.users` that fails must not hide behind "Database error saving new user" (ruling S10): the error
names the trigger and repeats its message.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from sahne.accounts.errors import EmailExists, IdExists, PhoneExists, UserNotSaved, ValidationFailed
from sahne.accounts.identity_errors import IdentityTaken
from sahne.database.actor import Actor
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.errors import SahneError, Unavailable

ROLE = "supabase_auth_admin"
QUERIES = load_queries(__package__)

# a line of PostgreSQL's error context: PL/pgSQL function public.handle_new_user() line 4 at SQL statement
_FUNCTION = re.compile(r'function (?:"?\w+"?\.)?"?(\w+)"?\(')

_TAKEN: dict[str, type[SahneError]] = {
    "users_email_partial_key": EmailExists,
    "users_phone_key": PhoneExists,
    "users_pkey": IdExists,
    "identities_provider_id_provider_unique": IdentityTaken,
}


@asynccontextmanager
async def accounts_transaction(
    database: Database, actor: Actor, doing: str = "updating user"
) -> AsyncIterator[Connection]:
    """One transaction as the owner of the auth schema, with the actor's claims kept; `doing` tells a failure's reader.

    Raises:
        EmailExists, PhoneExists, IdExists, IdentityTaken: another user has it (a race lost at the unique index).
        UserNotSaved: a trigger or constraint refused the row; the message names it.
        ValidationFailed: a value PostgreSQL cannot store (a NUL character).
        Unavailable: the database went away or took too long.
    """
    try:
        async with database.transaction(actor.as_role(ROLE)) as conn:
            yield conn
    except psycopg.OperationalError as error:
        raise Unavailable(details=type(error).__name__) from error
    except psycopg.Error as error:
        raise await _refusal(database, actor, error, doing) from error


async def _refusal(database: Database, actor: Actor, error: psycopg.Error, doing: str) -> SahneError:
    is_taken = isinstance(error, psycopg.errors.UniqueViolation) and error.diag.schema_name == "auth"
    if is_taken and (refusal := _TAKEN.get(error.diag.constraint_name or "")):
        return refusal()
    functions = _FUNCTION.findall(error.diag.context or "")
    message = error.diag.message_primary or str(error)
    if functions:
        # the outermost function of the context is the trigger's on auth.users
        trigger = await _trigger_of(database, actor, functions[-1])
        return UserNotSaved(
            f'Database error {doing}: trigger "{trigger}" failed: {message} (SQLSTATE {error.sqlstate})',
            details=error.diag.message_detail,
            hint=error.diag.message_hint,
        )
    if isinstance(error, psycopg.DataError):
        return ValidationFailed(details=message)
    return UserNotSaved(f"Database error {doing}: {message} (SQLSTATE {error.sqlstate})")


async def _trigger_of(database: Database, actor: Actor, function: str) -> str:
    async with database.transaction(actor.as_role(ROLE)) as conn:
        row = await maybe(conn, QUERIES["trigger_of_function"], {"function": function})
    return str(row["trigger"]) if row else function
