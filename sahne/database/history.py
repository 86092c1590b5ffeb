"""What was applied to a database: the Supabase CLI's own table, and beside it our checksums.

`supabase_migrations.schema_migrations` keeps exactly the shape the CLI gives it, so that `supabase db push`
and `sahne migrate` read and write one history. `sahne_checksums` adds what the CLI does not keep.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from sahne.database.statements import Statement, split_statements
from sahne.errors import SetupError

AdminConnection = psycopg.Connection[TupleRow]

FIRST_TABLE = "private.settings"  # of the first of our files
VERSION = "%Y%m%d%H%M%S"

_NAME = re.compile(r"(\d{14})_(\w+)\.sql")
_SERVES = re.compile(r"^-- serves: (any|\d{14})$", re.MULTILINE)

_PREPARE = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
create table if not exists supabase_migrations.sahne_checksums (
  name       text        primary key,
  checksum   text        not null,
  applied_at timestamptz not null default now()
);
alter table supabase_migrations.sahne_checksums add column if not exists serves text;
"""

# A server asks before it begins whether it may (`newer`)
_OPEN = """
grant usage on schema supabase_migrations to {role};
grant select (name, serves) on supabase_migrations.sahne_checksums to {role};
"""


class MisnamedMigration(SetupError):
    """A migration's file name is not `YYYYMMDDHHMMSS_what.sql`."""

    code = "misnamed_migration"


class NotInHistory(SetupError):
    """This database has Sahne's tables, and no history that says so."""

    code = "not_in_history"


@dataclass(frozen=True)
class Source:
    """One SQL file of the package: `name` is `migrations/2026…_what` or `platform/what`."""

    name: str
    text: str

    @property
    def file(self) -> str:
        """The file as a reader of the repository finds it."""
        return f"sahne/database/{self.name}.sql"

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def statements(self) -> list[Statement]:
        """The file's statements in order."""
        return split_statements(self.text)

    @property
    def version(self) -> str:
        """The fourteen digits of a migration's name."""
        return self.name.removeprefix("migrations/")[:14]

    @property
    def title(self) -> str:
        """What the CLI keeps in its column `name`."""
        return self.name.removeprefix("migrations/")[15:]

    @property
    def serves(self) -> str | None:
        """Which servers may go on over it that do not know it: `any`, or those that know this version."""
        said = _SERVES.search(self.text)
        return said[1] if said else None


def read_migrations(folder: Traversable | None = None) -> list[Source]:
    """Every migration in the order of its version.

    Raises:
        MisnamedMigration: a file's name is no version with a title, or two files have one version.
    """
    folder = folder or files("sahne.database").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    for name in names:
        if not _NAME.fullmatch(name) or not _is_moment(name[:14]):
            raise MisnamedMigration(
                details=name,
                hint="Begin it with fourteen digits, the UTC moment it was written: 20260131120000_add_likes.sql.",
            )
    if twice := [name for name, after in pairwise(names) if name[:14] == after[:14]]:
        raise MisnamedMigration(
            "Two migrations have one version.", details=twice, hint="Give one of them another moment."
        )
    return [Source(f"migrations/{name[:-4]}", folder.joinpath(name).read_text("utf-8-sig")) for name in names]


def _is_moment(version: str) -> bool:
    try:
        return bool(datetime.strptime(version, VERSION))
    except ValueError:
        return False


def next_version(applied: Collection[str]) -> str:
    """The moment as fourteen digits; where that is not past the newest version, the second after it."""
    now, newest = datetime.now(UTC).strftime(VERSION), max(applied, default="")
    if now > newest:
        return now
    return (datetime.strptime(newest, VERSION) + timedelta(seconds=1)).strftime(VERSION)


def prepare_history(conn: AdminConnection) -> None:
    """Make the two tables where they are missing."""
    conn.execute(_PREPARE)


def open_history(conn: AdminConnection, role: str) -> None:
    """Let the doors' login `role` read which of our migrations were applied, and who may serve them."""
    conn.execute(sql.SQL(_OPEN).format(role=sql.Identifier(role)))


def read_applied(conn: AdminConnection) -> dict[str, str | None]:
    """The title of every applied version; empty where no migration ever ran."""
    if not _is_there(conn, "supabase_migrations.schema_migrations"):
        return {}
    return dict(conn.execute("select version, name from supabase_migrations.schema_migrations").fetchall())


def read_checksums(conn: AdminConnection) -> dict[str, str]:
    """The checksum under which each of our files was applied, by `Source.name`."""
    if not _is_there(conn, "supabase_migrations.sahne_checksums"):
        return {}
    return dict(conn.execute("select name, checksum from supabase_migrations.sahne_checksums").fetchall())


def refuse_unrecorded(conn: AdminConnection, sources: Sequence[Source]) -> None:
    """Stop where another program, such as `psql`, has run our files: the first would fail, and say nothing of why.

    Raises:
        NotInHistory: with the statement that writes them down.
    """
    if not sources or FIRST_TABLE not in sources[0].text or not _is_there(conn, FIRST_TABLE):
        return
    if read_applied(conn).keys() & {source.version for source in sources}:
        return
    versions = ", ".join(f"('{source.version}')" for source in sources)
    raise NotInHistory(
        details="another program than `sahne migrate` or the Supabase CLI has applied the migrations",
        hint="If it has applied all of them, write that down and migrate again; if not, begin with an empty database.\n"
        f"insert into supabase_migrations.schema_migrations (version) values {versions};",
    )


def record_migration(conn: AdminConnection, source: Source) -> None:
    """Write an applied migration into the CLI's table, in its own transaction."""
    conn.execute(
        "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s)",
        (source.version, source.title, [statement.text for statement in source.statements]),
    )


def record_ours(conn: AdminConnection, source: Source) -> None:
    """Write both rows of one of our own files: of what has a checksum `newer` takes that a Sahne brought it."""
    record_migration(conn, source)
    record_checksum(conn, source.name, source.checksum, source.serves)


def record_checksum(conn: AdminConnection, name: str, checksum: str, serves: str | None = None) -> None:
    """Remember under which checksum `name` was applied last, and what it says of who may serve it."""
    conn.execute(
        """
        insert into supabase_migrations.sahne_checksums (name, checksum, serves) values (%s, %s, %s)
        on conflict (name) do update set checksum = excluded.checksum, serves = excluded.serves, applied_at = now()
        """,
        (name, checksum, serves),
    )


def _is_there(conn: AdminConnection, table: str) -> bool:
    row = conn.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
