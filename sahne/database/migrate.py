"""Bringing a database to this version: platform → job queue → migrations, one caller at a time.

Each migration is one transaction together with its row of the history, so a failed one leaves the database as
it was; one that cannot be in a transaction is recorded after it. An advisory lock keeps two callers apart. The
history is the Supabase CLI's, see `history`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Literal
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors as pg

from sahne.database import job_schema, login_role
from sahne.database.history import (
    AdminConnection,
    Source,
    next_version,
    open_history,
    prepare_history,
    read_applied,
    read_checksums,
    read_migrations,
    record_checksum,
    record_migration,
    record_ours,
    refuse_unrecorded,
)
from sahne.database.new_tables import settle_new_tables
from sahne.database.platform_parts import (
    administrators_sql,
    is_project,
    missing_parts,
    platform_parts,
    provide_platform,
    settle_search_path,
)
from sahne.database.pooler import refuse_pooler
from sahne.database.reach import CONNECT_SECONDS_MAX, DatabaseUnreachable, unreachable
from sahne.database.run import MigrationFailed, refuse_transactions, reset_session, run_alone, run_source, stands_alone
from sahne.errors import SetupError

__all__ = [
    "DatabaseUnreachable",
    "MigrationFailed",
    "MigrationState",
    "apply_written",
    "is_of_a_project",
    "migrate",
    "platform_sql",
    "status",
]

SERVER_VERSION_MIN = 15
OTHER_CALLER_SECONDS_MAX = 120
ADVISORY_KEY = 0x5341484E45  # "SAHNE"


class DatabaseTooOld(SetupError):
    """This PostgreSQL is too old."""

    code = "database_too_old"


class MigrationChanged(SetupError):
    """A migration that was applied already has been changed since."""

    code = "migration_changed"


class MigrationUnderWay(SetupError):
    """Another program is migrating this database."""

    code = "migration_under_way"


class UnknownTarget(SetupError):
    """There is no migration of this version."""

    code = "unknown_target"


@dataclass(frozen=True, slots=True)
class MigrationState:
    """One step and how it stands: `changed` was applied from another text, `unknown` is in history alone."""

    name: str
    state: Literal["applied", "pending", "changed", "unknown"]


@dataclass(frozen=True, slots=True)
class Login:
    """The role that the doors log in with, the password it is given, and the one for a new role without."""

    role: str
    password: str | None = field(repr=False)
    default_password: str = field(repr=False)

    @property
    def platform_password(self) -> str | None:
        """That of `authenticator`, which keeps its own where the doors are another role."""
        return self.password if self.role == login_role.OF_SUPABASE else None


def migrate(
    url: str,
    *,
    authenticator_role: str = login_role.OF_SUPABASE,
    authenticator_password: str | None = None,
    target: str | None = None,
    dry_run: bool = False,
    folder: Traversable | None = None,
    auto_expose_new_tables: bool | None = None,
) -> list[str]:
    """Apply what is missing and answer the names of the steps applied (or, with `dry_run`, to be applied).

    `url` belongs to a role that owns the database, a superuser where the platform is missing. A new
    `authenticator_role` gets `authenticator_password`, or else the password inside `url`; an existing one is
    changed only when the password is given. `target` is the last version (fourteen digits) to apply.
    `folder` replaces the package's own migrations. `auto_expose_new_tables` says whether tables made in `public`
    afterwards are open to the Data API; None leaves that as it is, and so does a project of Supabase, whose it is.

    Raises:
        MigrationFailed: with file, line and hint; earlier steps stay applied, the failed one left nothing.
        PlatformMissing, ProjectLacks, RoleNotMade, NotInHistory, MigrationChanged, MigrationUnderWay,
        TransactionInMigration, UnknownTarget, DatabaseTooOld, DatabaseUnreachable, PoolerInBetween: nothing applied.
    """
    sources = read_migrations(folder)
    for source in sources:
        refuse_transactions(source)
    if target is not None and target not in {source.version for source in sources}:
        raise UnknownTarget(
            details=target, hint="`sahne migrate --status` lists them; a version is the first fourteen digits."
        )
    refuse_pooler(url)
    with _connected(url) as conn:
        if dry_run:
            pending = [state.name for state in _states(conn, sources, target) if state.state == "pending"]
            return [*_role_to_make(conn, authenticator_role), *pending]
        with _alone(conn):
            login = Login(authenticator_role, authenticator_password, unquote(urlsplit(url).password or ""))
            steps = _apply(conn, sources, target, login)
            if auto_expose_new_tables is not None and not is_project(conn):
                settle_new_tables(conn, exposed=auto_expose_new_tables)
            return steps


def is_of_a_project(url: str) -> bool:
    """Whether the database is a Supabase project's, of which only what is ours is made and changed."""
    with _connected(url) as conn:
        return is_project(conn)


def apply_written(url: str, title: str, text: str, *, statement_seconds_max: float) -> str:
    """Apply one migration that lies in no file, as the newest one, and answer its version.

    It is written into the CLI's history alone, as `supabase db push` writes it: no server takes it for one of ours.
    Waiting for another who migrates takes no longer than a statement may.

    Raises:
        MigrationFailed, TransactionInMigration, MigrationUnderWay, DatabaseUnreachable: nothing applied.
    """
    with _connected(url) as conn, _alone(conn, seconds_max=statement_seconds_max):
        with conn.transaction():
            prepare_history(conn)
        source = Source(f"migrations/{next_version(read_applied(conn))}_{title}", text)
        refuse_transactions(source)
        conn.execute(f"set statement_timeout = '{int(statement_seconds_max * 1000)}ms'".encode())
        _run(conn, source, record_migration)
        return source.version


def status(url: str, *, folder: Traversable | None = None) -> list[MigrationState]:
    """How every step stands, without changing anything."""
    with _connected(url) as conn:
        return _states(conn, read_migrations(folder), None)


def platform_sql(url: str, *, authenticator_password: str | None = None) -> str:
    """The whole platform as a script for an administrator; it may run again without harm.

    `url` is that of the role that will migrate, `authenticator_password` as in `migrate`.
    """
    with _connected(url) as conn:
        default = unquote(urlsplit(url).password or "")
        return administrators_sql(conn, platform_parts(), password=authenticator_password, default_password=default)


def _role_to_make(conn: AdminConnection, role: str) -> list[str]:
    return [login_role.step_of(role)] if login_role.needs_role(conn, role) else []


def _apply(conn: AdminConnection, sources: list[Source], target: str | None, login: Login) -> list[str]:
    _refuse_changed(conn, sources)
    with conn.transaction():
        prepare_history(conn)
    refuse_unrecorded(conn, sources)
    steps = provide_platform(conn, password=login.platform_password, default_password=login.default_password)
    steps += login_role.provide_role(conn, login.role, password=login.password, default_password=login.default_password)
    if not is_project(conn):
        settle_search_path(conn)
    open_history(conn, login_role.name_of(login.role))
    steps += job_schema.install_jobs(conn)
    for source in _pending(conn, sources, target):
        _run(conn, source, record_ours)
        steps.append(source.name)
    _adopt(conn, sources)
    return steps


def _run(conn: AdminConnection, source: Source, record: Callable[[AdminConnection, Source], None]) -> None:
    if stands_alone(source):
        run_alone(conn, source)
        record(conn, source)
        return
    with conn.transaction():
        run_source(conn, source)
        record(conn, source)


def _states(conn: AdminConnection, sources: list[Source], target: str | None) -> list[MigrationState]:
    applied, checksums = read_applied(conn), read_checksums(conn)
    states = [MigrationState(part.name, "pending") for part in missing_parts(conn)]
    if job_schema.needs_install(conn):
        states.append(MigrationState(job_schema.STEP, "pending"))
    for source in sources:
        if source.version not in applied:
            if target is None or source.version <= target:
                states.append(MigrationState(source.name, "pending"))
        elif checksums.get(source.name, source.checksum) != source.checksum:
            states.append(MigrationState(source.name, "changed"))
        else:
            states.append(MigrationState(source.name, "applied"))
    ours = {source.version for source in sources}
    foreign = sorted(applied.keys() - ours)
    return states + [MigrationState(f"{version}_{applied[version] or ''}", "unknown") for version in foreign]


def _pending(conn: AdminConnection, sources: list[Source], target: str | None) -> Iterator[Source]:
    applied = read_applied(conn)
    for source in sources:
        if source.version not in applied and (target is None or source.version <= target):
            yield source


def _refuse_changed(conn: AdminConnection, sources: list[Source]) -> None:
    changed = [state.name for state in _states(conn, sources, None) if state.state == "changed"]
    if changed:
        raise MigrationChanged(
            details=changed,
            hint="Put the file back as it was applied and write a new migration, or start with an empty database.",
        )


def _adopt(conn: AdminConnection, sources: list[Source]) -> None:
    """What `supabase db push` applied has no checksum yet; from now on it has this file's."""
    applied, checksums = read_applied(conn), read_checksums(conn)
    with conn.transaction():
        for source in sources:
            if source.version in applied and source.name not in checksums:
                record_checksum(conn, source.name, source.checksum, source.serves)


def refuse_too_old(server_version: int) -> None:
    """Stop at a PostgreSQL that lacks what the migrations need; `server_version` as libpq tells it (150004 is 15.4).

    Raises:
        DatabaseTooOld: the major version is below `SERVER_VERSION_MIN`.
    """
    if server_version < SERVER_VERSION_MIN * 10_000:
        raise DatabaseTooOld(details=f"it is {server_version // 10_000}", hint=f"Use {SERVER_VERSION_MIN} or newer.")


@contextmanager
def _connected(url: str) -> Iterator[AdminConnection]:
    try:
        opened = psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            application_name="sahne migrate",
            connect_timeout=CONNECT_SECONDS_MAX,
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise unreachable(url, error) from error
    with opened as conn:
        refuse_too_old(conn.info.server_version)
        conn.execute("set client_min_messages = warning")
        yield conn


@contextmanager
def _alone(conn: AdminConnection, *, seconds_max: float = OTHER_CALLER_SECONDS_MAX) -> Iterator[None]:
    conn.execute(f"set lock_timeout = '{int(seconds_max * 1000)}ms'".encode())
    try:
        conn.execute("select pg_advisory_lock(%s)", (ADVISORY_KEY,))
    except pg.LockNotAvailable as error:
        raise MigrationUnderWay(hint="Wait until it has ended, then migrate again.") from error
    reset_session(conn)
    yield  # closing the connection gives the lock back
