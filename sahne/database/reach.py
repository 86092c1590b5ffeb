"""Whether a database can be reached, and as whom; and what PostgreSQL lacks, with the SQL to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from sahne.errors import SetupError, Unavailable

CONNECT_SECONDS_MAX = 10
EXTENSIONS = ("pgcrypto", "uuid-ossp")  # every Supabase project has them from the start

# by the catalog, which everybody may read
_IS_MIGRATED = """
select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'private' and c.relname = 'settings'
"""

_NO_DATABASE = re.compile(r'database ("[^"]+") does not exist')

_LOOK = """
select current_setting('wal_level'),
       rolsuper or rolreplication,
       array(
         select wanted
           from unnest(%s::text[]) as wanted
          where not exists (select from pg_catalog.pg_available_extensions where name = wanted)
            and not exists (select from pg_catalog.pg_extension where extname = wanted)
       )
  from pg_catalog.pg_roles
 where rolname = current_user
"""


class DatabaseUnreachable(Unavailable):
    """The database does not answer."""

    code = "database_unreachable"


class NotMigrated(SetupError):
    """This database has none of Sahne's tables."""

    code = "not_migrated"


class DoorsCannotLogIn(SetupError):
    """PostgreSQL does not let Sahne log in."""

    code = "doors_cannot_log_in"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something PostgreSQL lacks: a code, a sentence, and the SQL an administrator runs, or else what to do."""

    code: str
    message: str
    sql: str | None = None
    advice: str | None = None

    @property
    def in_words(self) -> str:
        """The whole of it, for people."""
        says = f"An administrator says:\n  {self.sql}" if self.sql else self.advice or ""
        return f"{self.message} {says}".rstrip()


def unreachable(url: str, error: psycopg.Error) -> DatabaseUnreachable:
    """The failure to connect in words: nobody there, somebody who refuses, or a URL that names nobody."""
    details = str(error).strip()
    if isinstance(error, psycopg.ProgrammingError):
        return DatabaseUnreachable(
            "DATABASE_URL cannot be read.",
            details=details,
            hint="It looks like postgresql://user:password@host:5432/database.",
        )
    if missing := _NO_DATABASE.search(details):
        return DatabaseUnreachable(
            f"PostgreSQL at {place(url)} has no database {missing[1]}.",
            hint=f"Check its name in DATABASE_URL, or make it: create database {missing[1]};",
        )
    if is_refusal(error):
        return DatabaseUnreachable(
            f"PostgreSQL at {place(url)} refuses.",
            details=details,
            hint="Check user, password and database in DATABASE_URL.",
        )
    return DatabaseUnreachable(
        f"Nothing answers at {place(url)}.",
        details=details,
        hint="Check host and port in DATABASE_URL; without one, start it with `sahne up`.",
    )


def refuse_unreachable(url: str) -> None:
    """Log in once and hang up.

    Raises:
        DatabaseUnreachable: it does not answer, or refuses.
    """
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne").close()
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise unreachable(url, error) from error


def check_doors(url: str) -> None:
    """Log in as the doors do (`Settings.authenticator_url`) and hang up.

    Raises:
        DoorsCannotLogIn: PostgreSQL is there and refuses.
        DatabaseUnreachable: nothing answers.
    """
    _log_in(url).close()


def refuse_unmigrated(url: str) -> None:
    """Log in as the doors do and look for the first of our tables.

    Raises:
        NotMigrated: it is not there.
        DoorsCannotLogIn, DatabaseUnreachable
    """
    with _log_in(url) as conn:
        found = conn.execute(_IS_MIGRATED).fetchone()
    if found is None:
        raise NotMigrated(details=place(url), hint="Run `sahne migrate`, or check the database's name in DATABASE_URL.")


def _log_in(url: str) -> psycopg.Connection[TupleRow]:
    try:
        return psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne")
    except psycopg.OperationalError as error:
        if not is_refusal(error) or _NO_DATABASE.search(str(error)):
            raise unreachable(url, error) from error
        role = unquote(urlsplit(url).username or "").partition(".")[0]
        raise DoorsCannotLogIn(
            f"PostgreSQL does not let Sahne log in as role `{role}`.",
            details=str(error).strip(),
            hint="Run `sahne migrate` where the role is missing. Its password is SAHNE_AUTHENTICATOR_PASSWORD, or else"
            f" the one in DATABASE_URL; where it is another, an administrator says alter role {role} password '…';",
        ) from error


def server_lacks(url: str) -> list[Lack]:
    """What keeps the stream of changes from running, and what existing projects count on and this server has not.

    Settings of the server, of the role in `url`, and extensions that the server cannot make.

    Raises:
        DatabaseUnreachable
    """
    try:
        conn = psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne")
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise unreachable(url, error) from error
    with conn:
        row = conn.execute(_LOOK, (list(EXTENSIONS),)).fetchone()
        role = sql.Identifier(conn.info.user).as_string(conn)
    wal_level, may_replicate, missing = row or ("", False, [])
    lacks = []
    if wal_level != "logical":
        lacks.append(
            Lack(
                "wal_level",
                f"wal_level is {wal_level}: realtime needs logical, and a restart of PostgreSQL.",
                "alter system set wal_level = logical;",
            )
        )
    if not may_replicate:
        lacks.append(
            Lack(
                "replication",
                f"Role {role} lacks the attribute REPLICATION: realtime needs it.",
                f"alter role {role} replication;",
            )
        )
    if missing:
        lacks.append(
            Lack(
                "extensions",
                f"This PostgreSQL has no {' and no '.join(missing)}: SQL of an existing Supabase project may need it."
                " Install the server's package postgresql-contrib.",
                " ".join(f'create extension if not exists "{each}" with schema extensions;' for each in missing),
            )
        )
    return lacks


def place(url: str) -> str:
    """Host and port, for people."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 5432}" if parts.hostname else "the local socket"


def is_refusal(error: psycopg.Error) -> bool:
    """Whether a server answered and said no; libpq tells it in its text alone."""
    return "FATAL:" in str(error)
