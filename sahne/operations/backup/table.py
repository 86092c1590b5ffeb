"""`backup restore --table`: one table's rows out of a backup, beside the table as it is now, and how the two differ.

The rows are read out of the dump and written into a schema of their own; the table itself is only compared with. What
of it should come back is then a person's decision and a plain statement of SQL.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from psycopg import sql

from sahne.database.binaries import Binaries
from sahne.database.programs import end_program, find_programs, finish_program, run_program, start_program
from sahne.errors import Conflict, NotFound
from sahne.operations.backup.connection import QUERIES, Connection, connected
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.manifest import DUMP, Manifest, TableRows
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.verify import verify_backup

ROWS_TOLD_AT_ONCE = 10_000

_WHOLE = "Restore the whole backup with --into and look there."
_COPY = re.compile(rb"COPY .+ \((.*)\) FROM stdin;")
_END = b"\\.\n"


class NoSuchTable(NotFound):
    """There is no such table in this backup."""

    code = "no_such_table"


class TableChanged(Conflict):
    """The table has other columns now; its rows cannot be put beside it."""

    code = "table_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRestored:
    """Rows of `table` as the backup has them are in `place`; the other numbers are rows of the live table."""

    table: str
    place: str
    rows: int
    missing_here: int
    changed: int
    only_here: int


def restore_table(
    backup: Backup, url: str, table: str, *, programs: Binaries | None = None, tell: Tell = lambda *_: None
) -> TableRestored:
    """Load the rows of `table` (`public.` is understood) into a schema `restore_<time>` and compare.

    Raises:
        BackupDamaged, NoSuchTable, TableChanged, ProgramsMissing, DatabaseUnreachable: nothing was made.
    """
    manifest = verify_backup(backup, programs=programs, tell=tell)
    schema, _, name = table.rpartition(".")
    schema = schema or "public"
    parts = _parts(manifest, schema, name)
    programs = programs or find_programs(manifest.programs_major)
    schema_made = f"restore_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"
    live, place = sql.Identifier(schema, name), sql.Identifier(schema_made, name)
    with connected(url) as conn, conn.transaction():
        conn.execute(QUERIES["steady"])
        columns = conn.execute(QUERIES["columns_of"], {"table": live.as_string(conn)}).fetchall()
        if not columns:
            raise TableChanged("The table is not there any more.", details=f"{schema}.{name}", hint=_WHOLE)
        conn.execute(sql.SQL("create schema {}").format(sql.Identifier(schema_made)))
        conn.execute(sql.SQL("create table {} as table {} with no data").format(place, live))
        names = {row["name"] for row in columns}
        with _rows_of(backup.path / DUMP, parts, programs) as script:
            copied_names = _copy_all(conn, script, place, names, sum(part.rows for part in parts), tell)
        keys = [row["name"] for row in columns if row["key"]]
        compared = [row["name"] for row in columns if not row["generated"] and row["name"] in copied_names]
        difference = conn.execute(_difference(live, place, keys, compared)).fetchone()
    assert difference
    return TableRestored(table=f"{schema}.{name}", place=f"{schema_made}.{name}", **difference)


def _parts(manifest: Manifest, schema: str, name: str) -> list[TableRows]:
    """The table, or the partitions of one."""
    full = f"{schema}.{name}"
    parts = [each for each in manifest.tables if full in (f"{each.schema}.{each.name}", each.root)]
    if not parts:
        raise NoSuchTable(details=full, hint="Say it with its schema, such as private.settings.")
    return parts


@contextmanager
def _rows_of(dump: Path, parts: list[TableRows], programs: Binaries) -> Iterator[BinaryIO]:
    """The script that COPYs the rows of `parts`, for a block that reads it to its end."""
    with tempfile.TemporaryDirectory() as folder:
        contents, use_list = Path(folder) / "contents", Path(folder) / "wanted"
        run_program(programs, "pg_restore", "--list", f"--file={contents}", str(dump))
        use_list.write_text("\n".join(_entries(contents.read_text("utf-8"), parts)) + "\n", "utf-8")
        script = start_program(
            programs,
            "pg_restore",
            "--data-only",
            f"--use-list={use_list}",
            "--file=-",
            str(dump),
            stdout=subprocess.PIPE,
        )
        try:
            assert script.stdout
            yield cast("BinaryIO", script.stdout)
            finish_program(script)
        finally:
            end_program(script)


def _entries(contents: str, parts: list[TableRows]) -> Iterator[str]:
    """The lines of pg_restore's list that stand for the rows of these tables."""
    named = {f"TABLE DATA {each.schema} {each.name} " for each in parts}
    for line in contents.splitlines():
        if not line.startswith(";") and any(name in line for name in named):
            yield line


def _copy_all(
    conn: Connection, script: BinaryIO, place: sql.Identifier, names: set[str], total: int, tell: Tell
) -> set[str]:
    copied_names: set[str] = set()
    rows = 0
    for line in script:
        if not (head := _COPY.fullmatch(line.rstrip(b"\n"))):
            continue
        columns = _names(head[1].decode())
        if strange := sorted(set(columns) - names):
            raise TableChanged(details=f"gone since: {', '.join(strange)}", hint=_WHOLE)
        copied_names |= set(columns)
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        with conn.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(place, listed)) as copy:
            for row in script:
                if row == _END:
                    break
                copy.write(row)
                rows += 1
                if rows % ROWS_TOLD_AT_ONCE == 0:
                    tell("rows", rows, total)
    return copied_names


def _names(text: str) -> list[str]:
    """The columns of a COPY statement, quoted where PostgreSQL quotes them."""
    matches = re.findall(r'"((?:[^"]|"")+)"|([^",\s]+)', text)
    return [quoted.replace('""', '"') or plain for quoted, plain in matches]


def _difference(live: sql.Identifier, place: sql.Identifier, keys: list[str], columns: list[str]) -> sql.Composed:
    """Rows are one when their keys are, and the same when the text of all columns is; without a key it is the text."""
    here, there = (
        sql.SQL("row({})::text").format(sql.SQL(", ").join(sql.Identifier(side, column) for column in columns))
        for side in ("here", "there")
    )
    same_key = [sql.SQL("here.{0} = there.{0}").format(sql.Identifier(key)) for key in keys]
    on = sql.SQL(" and ").join(same_key or [sql.SQL("{} = {}").format(here, there)])
    return sql.SQL(
        "select (select count(*) from {place}) as rows,"
        " (select count(*) from {place} as there where not exists (select from {live} as here where {on}))"
        " as missing_here,"
        " (select count(*) from {place} as there join {live} as here on {on} where {here} <> {there}) as changed,"
        " (select count(*) from {live} as here where not exists (select from {place} as there where {on}))"
        " as only_here"
    ).format(place=place, live=live, on=on, here=here, there=there)
