"""`backup restore`: a backup becomes a new database and a new folder of objects. Nothing that exists is touched.

verify → roles → create the database → pg_restore, which stops at the first error → objects. A dump is restored in
the order tables, rows, then indexes, constraints and triggers: no trigger fires for a restored row, so counters are
as they were and no table is emptied for another's sake (ruling S21). A failure leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from psycopg import sql

from sahne.database.binaries import Binaries
from sahne.database.platform_parts import provide_roles
from sahne.database.programs import (
    ProgramFailed,
    end_program,
    find_programs,
    finish_program,
    run_program,
    start_program,
)
from sahne.errors import Conflict, SetupError
from sahne.object_stores import Bucket
from sahne.operations.backup.connection import (
    QUERIES,
    Connection,
    connected,
    maintenance_url,
    server_major,
    with_database,
)
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.manifest import DUMP, Manifest
from sahne.operations.backup.new_objects import new_objects, refuse_filled
from sahne.operations.backup.objects import copy_in
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.verify import verify_backup

# From this version on pg_restore writes a setting into its script that older servers do not know.
TIMEOUT_SINCE_MAJOR = 17
TIMEOUT_LINE = b"SET transaction_timeout = 0;\n"
HEAD_LINES_MAX = 100

SUPERUSER_HINT = "Restore as a superuser: owners, event triggers and publications can be made by no other role."
BARE_NAME_HINT = (
    "Something that the rows need while they are loaded (a generated column, an index, a check) calls a function that"
    " names another one without its schema, and no schema is searched while restoring. Give it a `set search_path`"
    " in the database it came from and make a new backup; another role would not help."
)


class DatabaseNotEmpty(Conflict):
    """There is something in that database already."""

    code = "database_not_empty"


# How PostgreSQL says that something was called by a name it does not find, and that the role may not
BARE_NAME = re.compile(r"\b(function|operator|type|relation)\b.* does not exist")
NOT_ALLOWED = re.compile(r"permission denied|must be (a )?superuser|must be owner|Only roles with|must be able to")


class RolesMissing(SetupError):
    """This server lacks roles that own things in the backup or are granted some."""

    code = "roles_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Where everything is now; `folder` is the one with the bytes of `objects` objects, or the place in a bucket."""

    backup: str
    url: str
    folder: Path | Bucket
    rows: int
    objects: int
    missing: int
    seconds: float


def restore_backup(
    backup: Backup,
    server_url: str,
    database: str,
    folder: Path | Bucket,
    *,
    authenticator_password: str | None = None,
    programs: Binaries | None = None,
    tell: Tell = lambda *_: None,
) -> Restored:
    """Restore into `database` of the server at `server_url`, and the objects into `folder`; both new, or empty.

    `server_url` is a superuser's. A new role `authenticator` gets `authenticator_password`, or the URL's.

    Raises:
        BackupDamaged, DatabaseNotEmpty, FolderNotEmpty, RolesMissing, ProgramsMissing, DatabaseUnreachable: before
        anything was done.
        ProgramFailed, OSError: PostgreSQL or the disk refused something; what was made is gone again.
    """
    started = perf_counter()
    objects = new_objects(folder)
    refuse_filled(objects, folder)
    manifest = verify_backup(backup, programs=programs, tell=tell)
    url = with_database(server_url, database)
    with new_database(server_url, database, manifest, authenticator_password=authenticator_password) as conn:
        load_dump(backup, manifest, url, server_major(conn), programs=programs, tell=tell)
        try:
            asyncio.run(copy_in(backup.path, objects.blobs, manifest.objects.count, tell))
        except BaseException:
            objects.discard()
            raise
    return Restored(
        backup=backup.name,
        url=url,
        folder=folder,
        rows=sum(table.rows for table in manifest.tables),
        objects=manifest.objects.count,
        missing=manifest.objects.missing + manifest.objects.removed_meanwhile,
        seconds=round(perf_counter() - started, 2),
    )


@contextmanager
def new_database(
    server_url: str, name: str, manifest: Manifest, *, authenticator_password: str | None = None
) -> Iterator[Connection]:
    """A database of this name with nothing in it, and the roles its things need; the server's own connection.

    One that was there and empty is used; one that was made here is dropped when the block fails.

    Raises:
        DatabaseNotEmpty, RolesMissing, DatabaseUnreachable: nothing was made.
    """
    with connected(maintenance_url(server_url)) as conn:
        row = conn.execute(QUERIES["database_is_there"], {"name": name}).fetchone()
        there = bool(row and row["there"])
        if there:
            _refuse_filled(with_database(server_url, name), name)
        provide_roles(maintenance_url(server_url), password=authenticator_password)
        rows = conn.execute(QUERIES["missing_roles"], {"roles": manifest.roles}).fetchall()
        if rows:
            roles = [row["role"] for row in rows]
            make = " ".join(sql.SQL("create role {};").format(sql.Identifier(role)).as_string(conn) for role in roles)
            raise RolesMissing(details=roles, hint=f"Make them first, with the rights they should have: {make}")
        if not there:
            make_database(conn, name)
        try:
            yield conn
        except BaseException:
            if not there:
                drop_database(conn, name)
            raise


def _refuse_filled(url: str, name: str) -> None:
    with connected(url) as conn:
        row = conn.execute(QUERIES["is_empty"]).fetchone()
    if not (row and row["empty"]):
        raise DatabaseNotEmpty(details=name, hint="Choose another name with --into; nothing is restored over anything.")


def make_database(conn: Connection, name: str) -> None:
    """An empty one."""
    conn.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))


def drop_database(conn: Connection, name: str) -> None:
    """Drop it, whoever is in it."""
    conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def load_dump(
    backup: Backup, manifest: Manifest, url: str, major: int, *, programs: Binaries | None = None, tell: Tell
) -> None:
    """Restore the dump into the empty database at `url`, of a server of version `major`; the first error ends it.

    Raises:
        ProgramFailed: with what PostgreSQL said.
    """
    tell("database", 0, 0)
    try:
        _load(str(backup.path / DUMP), manifest, url, major, programs)
    except ProgramFailed as failure:
        failure.hint = hint_of(str(failure.details))
        raise


def hint_of(message: str) -> str | None:
    """What to do about what PostgreSQL said at the first error of a restore; None where that says it all."""
    if BARE_NAME.search(message):
        return BARE_NAME_HINT
    return SUPERUSER_HINT if NOT_ALLOWED.search(message) else None


def _load(dump: str, manifest: Manifest, url: str, major: int, programs: Binaries | None) -> None:
    programs = programs or find_programs(major, dump_major=manifest.programs_major)
    if programs.major >= TIMEOUT_SINCE_MAJOR > major:
        _load_through_psql(programs, dump, url)
    else:
        run_program(programs, "pg_restore", "--exit-on-error", dump, url=url)


def _load_through_psql(programs: Binaries, dump: str, url: str) -> None:
    """For a server older than the programs: the script without the one line that it would stop at."""
    script = start_program(programs, "pg_restore", "--file=-", dump, stdout=subprocess.PIPE)
    psql = start_program(
        programs,
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        url=url,
        stdin=subprocess.PIPE,
    )
    try:
        assert script.stdout
        assert psql.stdin
        try:
            for _ in range(HEAD_LINES_MAX):
                if (line := script.stdout.readline()) == TIMEOUT_LINE:
                    break
                psql.stdin.write(line)
            shutil.copyfileobj(script.stdout, psql.stdin)
            psql.stdin.close()
        except BrokenPipeError:  # psql has stopped, and says why
            script.kill()
        finish_program(psql)
        finish_program(script)
    finally:
        end_program(script)
        end_program(psql)
