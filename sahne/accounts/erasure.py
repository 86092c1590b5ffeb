"""Accounts whose time is over are erased, one by one, and then what others told of whoever is gone is scrubbed.

start → accounts that are due, the longest waiting first → each in a transaction of its own: what is live with it is
held, its person may just have come back, the row goes and by cascade all that hangs on it → people who are gone, by
this or another road: the log, what stores told, objects outside their folders → end. What fails is told, holds up
nobody else, and is tried again the next time. Files go with `studio/gallery.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg

from sahne.accounts.administration import write_order
from sahne.accounts.leaving import QUERIES
from sahne.accounts.origin import NOWHERE
from sahne.accounts.transaction import ROLE
from sahne.accounts.users import delete_user
from sahne.database.actor import SERVICE
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.telemetry import Failed, observe

ACCOUNTS_AT_ONCE_MAX = 100
STATEMENT_SECONDS_MAX = 600.0  # an account may have a great many rows
TASK_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class AccountsErased:
    """Accounts were erased whose people had asked for it."""

    count: int


def erase_accounts_task(database: Database) -> Scheduled:
    """Every ten minutes."""

    async def erase(_: Attempt) -> None:
        await erase_accounts(database)

    return Scheduled(
        Task(
            name="erase_accounts", queue=HOUSEKEEPING, run=erase, attempts_max=1, seconds_max=TASK_SECONDS_MAX
        ),
        "*/10 * * * *",
        "accounts that were given up are erased, and what is told of them is scrubbed",
    )  # fmt: skip


async def erase_accounts(database: Database) -> None:
    """Those that are due; then everybody who is gone is scrubbed."""
    erased = await _each(database, "due_deletions", _erase)
    if erased:
        observe(AccountsErased(erased))
    await _each(database, "unscrubbed_accounts", _scrub)


async def _each(database: Database, which: str, do: Callable[[Database, UUID], Awaitable[bool]]) -> int:
    async with database.transaction(SERVICE) as conn:
        rows = await every(conn, QUERIES[which], {"accounts_max": ACCOUNTS_AT_ONCE_MAX})
    done = 0
    for row in rows:
        try:
            done += await do(database, row["user_id"])
        except psycopg.Error as error:
            observe(Failed(which, f"{row['user_id']}: {error}"))
    return done


@again_if_undone
async def _erase(database: Database, user_id: UUID) -> bool:
    """Whether it was still wanted."""
    accounts = SERVICE.as_role(ROLE)
    async with database.transaction(accounts, statement_seconds_max=STATEMENT_SECONDS_MAX) as conn:
        if not (await one(conn, QUERIES["hold_deletion"], {"user_id": user_id}))["is_due"]:
            return False
        await delete_user(conn, user_id)
        await write_order(conn, "user_deleted", SERVICE, NOWHERE, user_id=user_id)
    return True


async def _scrub(database: Database, user_id: UUID) -> bool:
    accounts = SERVICE.as_role(ROLE)
    async with database.transaction(accounts, statement_seconds_max=STATEMENT_SECONDS_MAX) as conn:
        for query in ("scrub_log", "scrub_flows"):
            await conn.execute(QUERIES[query], {"user_id": user_id})
    async with database.transaction(SERVICE, statement_seconds_max=STATEMENT_SECONDS_MAX) as conn:
        await conn.execute(QUERIES["scrub_account"], {"user_id": user_id})
    return True
