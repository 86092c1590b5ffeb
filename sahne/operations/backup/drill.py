"""`backup drill`: a backup is restored into a scratch database and looked at, because only a restore proves a restore.

verify → scratch database → pg_restore → compare with the manifest → drop. The report says what was checked, what was
found and how long it took, which is how long a real restore would take at least; it lies beside the backup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from psycopg import errors as pg
from psycopg import sql

from sahne.counted import counted
from sahne.database.binaries import Binaries
from sahne.database.migrate import migrate, status
from sahne.database.programs import ProgramFailed
from sahne.errors import SahneError
from sahne.operations.backup.connection import QUERIES, Connection, connected, server_major, snapshot, with_database
from sahne.operations.backup.facts import Facts, Tell, read_facts
from sahne.operations.backup.manifest import BackupDamaged, Manifest
from sahne.operations.backup.objects import read_lines
from sahne.operations.backup.restore import drop_database, load_dump, new_database
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.verify import verify_backup

DIFFERENCES_SHOWN_MAX = 20
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `seen` says what was found, or the differences."""

    name: str
    passed: bool
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """How a drill went; `restore_seconds` is None where it did not come to that."""

    backup: str
    drilled_at: datetime
    passed: bool
    seconds: float
    restore_seconds: float | None
    checks: list[Check]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def drill_backup(
    backup: Backup, server_url: str, *, programs: Binaries | None = None, tell: Tell = lambda *_: None
) -> DrillReport:
    """Restore `backup` into a scratch database of the server at `server_url` (a superuser's URL) and check it.

    A backup that fails is a report, not an error; the scratch database is dropped in any case.

    Raises:
        DatabaseUnreachable, ProgramsMissing, RolesMissing, PlatformMissing: there was no place for a drill.
    """
    started = perf_counter()
    checks: list[Check] = []
    restore_seconds = None
    try:
        manifest = verify_backup(backup, programs=programs, tell=tell)
        written = counted(manifest.objects.count, "object")
        checks.append(Check("files", True, f"{written} and the dump are as they were written"))
        name = f"sahne_drill_{uuid4().hex[:8]}"
        with new_database(server_url, name, manifest) as conn:
            url = with_database(server_url, name)
            begun = perf_counter()
            load_dump(backup, manifest, url, server_major(conn), programs=programs, tell=tell)
            restore_seconds = round(perf_counter() - begun, 2)
            checks += _look(backup.path, manifest, url, tell)
            drop_database(conn, name)
    except BackupDamaged as damaged:
        checks.append(Check("files", False, "; ".join(map(str, damaged.details or [damaged.message]))))  # type: ignore[call-overload]
    except ProgramFailed as failed:
        checks.append(Check("restore", False, f"{failed.message} {failed.details}\n{failed.hint or ''}".strip()))
    report = DrillReport(
        backup=backup.name,
        drilled_at=datetime.now(UTC),
        passed=all(check.passed for check in checks),
        seconds=round(perf_counter() - started, 2),
        restore_seconds=restore_seconds,
        checks=checks,
    )
    backup.note_drill(report.as_json())
    return report


def _look(folder: Path, manifest: Manifest, url: str, tell: Tell) -> Iterator[Check]:
    with connected(url) as conn:
        with snapshot(conn):
            yield from compare(manifest, read_facts(conn, tell))
            yield _compare_objects(folder, conn)
        yield _validate_keys(conn)
    yield _migrate(url)


def compare(manifest: Manifest, facts: Facts) -> list[Check]:
    """What the manifest says of rows, things and migrations, and what is in the restored database."""
    before_of = {(each.schema, each.name): each for each in manifest.tables}
    after_of = {(each.schema, each.name): each for each in facts.tables}
    counts, contents = [], []
    for place in sorted(before_of.keys() | after_of.keys()):
        before, after = before_of.get(place), after_of.get(place)
        if before is None or after is None or before.rows != after.rows:
            sizes = (str(each.rows) if each else "no table" for each in (before, after))
            counts.append(f"{'.'.join(place)}: {' → '.join(sizes)}")
        elif before.fingerprint != after.fingerprint:
            contents.append(".".join(place))
    rows = sum(each.rows for each in manifest.tables)
    shape = [
        f"{kind}: {manifest.shape.get(kind, 0)} → {facts.shape.get(kind, 0)}"
        for kind in sorted(manifest.shape.keys() | facts.shape.keys())
        if manifest.shape.get(kind, 0) != facts.shape.get(kind, 0)
    ]
    things = ", ".join(f"{count} {kind}" for kind, count in facts.shape.items())
    history = sorted(set(manifest.migrations) ^ set(facts.migrations))
    return [
        _check("row counts", counts, f"{counted(rows, 'row')} in {counted(len(before_of), 'table')}"),
        _check("contents", contents, "every row is as it was"),
        _check("policies, triggers, constraints", shape, things),
        _check("migration history", history, counted(len(facts.migrations), "migration")),
    ]


def _check(name: str, differences: list[str], agreement: str) -> Check:
    if not differences:
        return Check(name, True, agreement)
    more = len(differences) - DIFFERENCES_SHOWN_MAX
    return Check(
        name, False, "; ".join(differences[:DIFFERENCES_SHOWN_MAX]) + (f"; and {more} more" if more > 0 else "")
    )


def _compare_objects(folder: Path, conn: Connection) -> Check:
    """The rows of stored objects and the lines of the backup are the same; the bytes were hashed before."""
    differences: list[str] = []
    count = 0
    with conn.cursor("sahne_objects") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(QUERIES["objects"])
        for row, line in zip_longest(cursor, read_lines(folder)):
            in_row = (row["bucket"], row["name"], row["version"]) if row else None
            in_line = (line.bucket, line.name, line.version) if line else None
            count += 1
            if in_row != in_line and len(differences) <= DIFFERENCES_SHOWN_MAX:
                differences.append(f"{in_line} → {in_row}")
    return _check("objects", differences, f"{counted(count, 'row')}, each with its line in the backup")


def _validate_keys(conn: Connection) -> Check:
    """pg_restore checks each foreign key as it makes it; those that were declared unchecked are checked here."""
    broken = []
    unvalidated = conn.execute(QUERIES["unvalidated_keys"]).fetchall()
    for row in unvalidated:
        table, key = sql.Identifier(row["schema"], row["table"]), sql.Identifier(row["name"])
        try:
            conn.execute(sql.SQL("alter table {} validate constraint {}").format(table, key))
        except pg.ForeignKeyViolation as error:
            broken.append(str(error.diag.message_primary))
    return _check("foreign keys", broken, "all hold")


def _migrate(url: str) -> Check:
    """This version of Sahne runs on it: what is missing in an older backup can be applied, and then nothing is left."""
    try:
        applied = migrate(url)
        left = [step.name for step in status(url) if step.state in ("pending", "changed")]
    except SahneError as error:
        return Check("migrations", False, error.message)
    return _check("migrations", left, f"applied: {', '.join(applied)}" if applied else "nothing left to migrate")
