"""`backup create`: the database and the bytes of its stored objects as they were at one moment.

lock → room on the disk? → snapshot → pg_dump in it, and meanwhile rows counted and objects copied by the same snapshot
→ hashes → manifest → fsync → rename. However it ends before the rename, there is no backup of that name.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Container, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from psycopg import errors as pg

from sahne import __version__
from sahne.database.binaries import Binaries
from sahne.database.embedded import DiskFull
from sahne.database.programs import end_program, find_programs, finish_program, start_program
from sahne.errors import Conflict, SetupError
from sahne.files import flush_folder
from sahne.operations.backup.connection import QUERIES, Connection, connected, server_major, snapshot
from sahne.operations.backup.facts import Facts, Tell, read_facts
from sahne.operations.backup.manifest import (
    DUMP,
    FORMAT,
    HASHED,
    Manifest,
    ObjectTotals,
    hash_file,
    write_manifest,
)
from sahne.operations.backup.objects import Copied, copy_out
from sahne.operations.backup.shelf import PRIVATE_FOLDER, Backup, new_names, shelf_lock
from sahne.providers.blobs import BlobStore

ROWS_AT_ONCE = 2_000
SPARE_BYTES = 64 * 1024 * 1024
# A compressed dump without indexes was a fifth of the database it was made of; half of that is clearly too little.
DUMP_SHARE = 10
WATCH_SECONDS = 0.5


class TableWentAway(Conflict):
    """A table was dropped while the backup was being made."""

    code = "table_went_away"


class NothingToBackUp(SetupError):
    """This database is not one of Sahne's."""

    code = "nothing_to_back_up"


def create_backup(
    url: str,
    blobs: BlobStore,
    shelf: Path,
    *,
    taken: Container[str] = (),
    programs: Binaries | None = None,
    tell: Tell = lambda *_: None,
) -> Backup:
    """Make a backup of the database at `url` and of `blobs` in the folder `shelf`, by a name that is not `taken`.

    `url` belongs to a role that may read everything; it must not go through a transaction pooler. `programs` are
    found unless given.

    Raises:
        DatabaseUnreachable, RoleMayNot, ProgramsMissing, NothingToBackUp, DiskFull, BackupUnderWay,
        ProgramFailed, OSError: nothing is left.
    """
    started = perf_counter()
    with connected(url) as conn:
        programs = programs or find_programs(server_major(conn))
        with shelf_lock(shelf):
            moment = datetime.now(UTC)
            while (names := new_names(shelf, moment))[1].exists() or names[1].name in taken:  # two within a second
                moment += timedelta(seconds=1)
            growing, final = names
            growing.mkdir(mode=PRIVATE_FOLDER)
            try:
                facts, roles, objects = _write(conn, url, blobs, growing, programs, tell)
                files = {name: hash_file(growing / name) for name in HASHED}
                manifest = Manifest(
                    format=FORMAT,
                    created_at=moment,
                    seconds=round(perf_counter() - started, 2),
                    sahne=__version__,
                    postgres=conn.info.parameter_status("server_version") or "",
                    programs_major=programs.major,
                    migrations=facts.migrations,
                    roles=roles,
                    shape=facts.shape,
                    tables=facts.tables,
                    objects=objects,
                    files=files,
                )
                write_manifest(growing, manifest)
                flush_folder(growing)
                growing.rename(final)
                flush_folder(shelf)
            except BaseException:
                shutil.rmtree(growing, ignore_errors=True)
                raise
    return Backup(final)


def _write(
    conn: Connection, url: str, blobs: BlobStore, growing: Path, programs: Binaries, tell: Tell
) -> tuple[Facts, list[str], ObjectTotals]:
    """The dump, the facts and the objects, all of one snapshot."""
    with snapshot(conn):
        expected = _refuse(conn, growing)
        exported = conn.execute(QUERIES["export_snapshot"]).fetchone()
        assert exported
        dump = start_program(
            programs,
            "pg_dump",
            "--format=custom",
            f"--file={growing / DUMP}",
            f"--snapshot={exported['snapshot']}",
            url=url,
        )
        try:
            facts = _facts(conn, tell)
            roles = [row["role"] for row in conn.execute(QUERIES["roles"])]
            copied = asyncio.run(copy_out(_rows(conn), blobs, growing, expected, tell))
            _watch(dump, growing / DUMP, tell)
            finish_program(dump, hint="The role in DATABASE_URL must be able to read everything.")
        finally:
            end_program(dump)
    with (growing / DUMP).open("rb") as file:
        os.fsync(file.fileno())
    return facts, roles, _totals(conn, copied)


def _facts(conn: Connection, tell: Tell) -> Facts:
    try:
        return read_facts(conn, tell)
    except pg.UndefinedTable as error:  # between the snapshot and pg_dump's locks, such as a month of events
        raise TableWentAway(details=str(error).strip(), hint="Try again.") from error


def _refuse(conn: Connection, growing: Path) -> int:
    """Refuse what is not ours and what clearly does not fit; the number of objects to copy."""
    around = conn.execute(QUERIES["look_around"]).fetchone()
    if not (around and around["ours"]):
        raise NothingToBackUp(hint="Check DATABASE_URL, or run `sahne migrate` first.")
    stored = conn.execute(QUERIES["objects_bytes"]).fetchone()
    assert stored
    needed = stored["bytes"] + around["bytes"] // DUMP_SHARE + SPARE_BYTES
    free = shutil.disk_usage(growing).free
    if free < needed:
        raise DiskFull(
            details=f"{free // 2**20:,} MiB are free at {growing.parent}, at least {needed // 2**20:,} MiB are needed",
            hint="Free some, prune old backups with `sahne backup prune`, or choose another folder with --to.",
        )
    return int(stored["objects"])


def _rows(conn: Connection) -> Iterator[dict[str, object]]:
    with conn.cursor("sahne_objects") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        yield from cursor.execute(QUERIES["objects"])


def _watch(dump: subprocess.Popen[bytes], path: Path, tell: Tell) -> None:
    """Say how the dump grows until it has ended; what it complains of meanwhile fits into the pipe."""
    while True:
        try:
            dump.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            tell("dump, MiB", path.stat().st_size // 2**20 if path.exists() else 0, 0)
        else:
            return


def _totals(conn: Connection, copied: Copied) -> ObjectTotals:
    """Bytes that are not there and that a row still stands for are missing; the others were removed meanwhile."""
    rows = conn.execute(QUERIES["versions_still_there"], {"versions": copied.lost}).fetchall()
    nameless = sum(not version for version in copied.lost)
    beyond = copied.lost_count - len(copied.lost)
    missing = len({row["version"] for row in rows} - {""}) + nameless + beyond
    return ObjectTotals(copied.count, copied.bytes, missing, max(0, copied.lost_count - missing))
