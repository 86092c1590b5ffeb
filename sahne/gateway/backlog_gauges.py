"""What waits to be done, for `/metrics`: jobs, what others told and are still to be told, the log kept for readers.

Every server shows the same, since it is the database's.
"""

from __future__ import annotations

from prometheus_client import Gauge
from psycopg import Error

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.jobs.tasks import HEARTBEATS_MISSED_MAX
from sahne.live.inbox import ATTEMPTS_MAX as INBOX_ATTEMPTS_MAX
from sahne.store.inbox import ATTEMPTS_MAX as STORE_ATTEMPTS_MAX

QUERIES = load_queries(__package__, "backlog.sql")

JOBS = Gauge("sahne_jobs", "Jobs of the queue that are due or being done", ["task", "status"])
JOB_AGE = Gauge("sahne_job_oldest_seconds", "How long the first job that waits has been due", ["task"])
WORKERS = Gauge("sahne_workers", "Workers that gave a sign of life lately")
DUE = Gauge("sahne_backlog", "What is due beside the queue", ["lane"])
DUE_AGE = Gauge("sahne_backlog_oldest_seconds", "How long the oldest of it has been", ["lane"])
GIVEN_UP = Gauge("sahne_backlog_given_up", "What failed too often and waits for somebody to look", ["lane"])
SLOTS = Gauge("sahne_replication_slots", "Replication slots of this database", ["owner", "state"])
KEPT = Gauge("sahne_replication_kept_bytes", "The most of its log that PostgreSQL keeps for one of them", ["owner"])


async def show_backlog(database: Database, worker_heartbeat_seconds: float) -> None:
    """Set the gauges; without the database they stay as they were."""
    try:
        async with database.transaction(SERVICE) as conn:
            await _show_jobs(conn, worker_heartbeat_seconds * HEARTBEATS_MISSED_MAX)
            await _show_lanes(conn)
            await _show_slots(conn)
    except (Error, Unavailable):
        return


async def _show_jobs(conn: Connection, silent_seconds: float) -> None:
    rows = await every(conn, QUERIES["jobs"])
    workers = await one(conn, QUERIES["workers"], {"silent_seconds": silent_seconds})
    JOBS.clear()
    JOB_AGE.clear()
    for row in rows:
        JOBS.labels(row["task"], "waiting").set(row["waiting"])
        JOBS.labels(row["task"], "running").set(row["running"])
        JOB_AGE.labels(row["task"]).set(row["oldest_seconds"])
    WORKERS.set(workers["workers"])


async def _show_lanes(conn: Connection) -> None:
    bounds = {"inbox_attempts_max": INBOX_ATTEMPTS_MAX, "store_attempts_max": STORE_ATTEMPTS_MAX}
    for row in await every(conn, QUERIES["backlog"], bounds):
        DUE.labels(row["lane"]).set(row["due"])
        DUE_AGE.labels(row["lane"]).set(max(row["oldest_seconds"], 0))
        GIVEN_UP.labels(row["lane"]).set(row["given_up"])


async def _show_slots(conn: Connection) -> None:
    rows = await every(conn, QUERIES["slots"])
    SLOTS.clear()
    KEPT.clear()
    for row in rows:
        SLOTS.labels(row["owner"], "well").set(row["slots"] - row["lost"])
        SLOTS.labels(row["owner"], "lost").set(row["lost"])
        KEPT.labels(row["owner"]).set(row["kept_bytes"])
