"""Asking for work: a job becomes real with the transaction that asked for it, or not at all.

The server imports this and not the library: a request only calls the queue's SQL functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NewType

from psycopg.types.json import Jsonb

from sahne.database.fetch import one
from sahne.database.pool import Connection
from sahne.database.sql import load_queries
from sahne.jobs.asked_by import asked_by

JobId = NewType("JobId", int)

QUERIES = load_queries(__package__)


async def defer_job(
    conn: Connection,
    task: str,
    args: Mapping[str, Any],
    *,
    queue: str,
    lock: str | None = None,
    queueing_lock: str | None = None,
    priority: int = 0,
    at: datetime | None = None,
) -> JobId:
    """Defer `task` in the caller's transaction, which must act as `service_role`.

    Two jobs with one `lock` never run at the same time; two with one `queueing_lock` never wait at the same time
    (psycopg's UniqueViolation). A higher `priority` goes first; `at` is the earliest moment. The job knows the request
    that it is done for.
    """
    values = {
        "task": task,
        "args": Jsonb({**args, **asked_by()}),
        "queue": queue,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "priority": priority,
        "at": at,
    }
    row = await one(conn, QUERIES["defer_job"], values)
    return JobId(row["id"])


async def cancel_jobs(conn: Connection, lock: str) -> int:
    """Cancel the waiting jobs of `lock`; answers how many. A running one is not interrupted."""
    row = await one(conn, QUERIES["cancel_jobs"], {"lock": lock})
    return int(row["cancelled"])
