"""The job queue's tables in schema `jobs`: procrastinate's own, read from the installed package.

A first run makes them; after an upgrade of the package its own migrations between the two versions are
applied. The functions get a fixed search_path, and only `service_role` may use any of it.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from psycopg import sql

from sahne.database.history import AdminConnection, read_checksums, record_checksum

STEP = "jobs/procrastinate"

_MIGRATION = re.compile(r"^(\d+)\.(\d+)\.(\d+)_(\d+)")

_FUNCTIONS = """
select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'jobs'::regnamespace
"""

_GRANTS = """
revoke all on schema jobs from public;
revoke all on all tables in schema jobs from public, anon, authenticated;
revoke all on all functions in schema jobs from public, anon, authenticated;
grant usage on schema jobs to service_role;
grant select, insert, update, delete on all tables in schema jobs to service_role;
grant usage, select on all sequences in schema jobs to service_role;
grant execute on all functions in schema jobs to service_role;
"""


def installed_version() -> str:
    """The version of the installed package, such as `3.10.0`."""
    return version("procrastinate")


def needs_install(conn: AdminConnection) -> bool:
    """Whether the tables are missing or of another version of the package."""
    return read_checksums(conn).get(STEP) != installed_version()


def install_jobs(conn: AdminConnection) -> list[str]:
    """Make or upgrade the queue's tables; the step's name when something was done."""
    if not needs_install(conn):
        return []
    before = read_checksums(conn).get(STEP)
    with conn.transaction():
        conn.execute("create schema if not exists jobs")
        conn.execute("set local search_path = jobs")
        for script in _scripts_since(before):
            conn.execute(script.encode())
        _fix_search_paths(conn)
        conn.execute(_GRANTS)
        record_checksum(conn, STEP, installed_version())
    return [f"{STEP} {installed_version()}"]


def _scripts_since(before: str | None) -> list[str]:
    from procrastinate.schema import SchemaManager  # only here: it loads all of the queue, and most databases have it

    if before is None:
        return [SchemaManager.get_schema()]
    since, until = _numbers(before), _numbers(installed_version())
    steps = [
        (path, match)
        for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        if (match := _MIGRATION.match(path.name))
    ]
    return [
        path.read_text("utf-8")
        for path, match in steps
        if since < (int(match[1]), int(match[2]), int(match[3])) <= until
    ]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _fix_search_paths(conn: AdminConnection) -> None:
    for (function,) in conn.execute(_FUNCTIONS).fetchall():
        conn.execute(sql.SQL("alter function {} set search_path = jobs, pg_temp").format(sql.SQL(function)))
