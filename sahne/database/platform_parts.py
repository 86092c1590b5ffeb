"""What Supabase itself would provide, made where it is not there: roles, `auth`, `storage`, `realtime`.

In a project of Supabase it is there, and stays as it is.

Each file of `platform/` may run again without harm and says in its line `-- there when:` how to see that
another hand (a hosted project) provided it already. Roles belong to the cluster, everything else to one
database, so every part is looked at singly. Only a superuser can make these; without one the administrator
gets the SQL.
"""

from __future__ import annotations

import re
from importlib.resources import files
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from sahne.database.history import AdminConnection, Source, read_checksums, record_checksum
from sahne.database.run import run_source
from sahne.errors import AdministratorNeeded, SetupError

ORDER = (
    "roles",
    "schemas",
    "extensions",
    "auth_tables",
    "auth_mfa",
    "auth_passkeys",
    "storage_tables",
    "storage_functions",
    "realtime",
    "publications",
    "data_api",
)

# What doors of our own use alone: a project of Supabase may be without it, or has it in another way
NOT_OF_A_PROJECT = frozenset({"platform/extensions", "platform/auth_passkeys", "platform/data_api"})

_THERE_WHEN = re.compile(r"^-- there when: (.+)$", re.MULTILINE)

# Roles are rows of a catalog that all databases share: this lock is seen from every one of them.
_LOCK_ROLES = "lock table pg_catalog.pg_authid in share row exclusive mode"

# As `postgres` has it on Supabase: who logs in to write SQL finds `uuid_generate_v4()` without saying where it lies.
_SEARCH_PATH = 'alter role current_user set search_path = "$user", public, extensions'

_HAS_SEARCH_PATH = """
select exists (
  select
    from pg_catalog.pg_db_role_setting settings, unnest(settings.setconfig) setting
   where settings.setrole = current_user::regrole and setting like 'search_path=%'
)
"""

_LET_MIGRATE = """-- the migrations put triggers on auth.users, policies on storage.objects, tables in the publication
grant supabase_auth_admin, supabase_storage_admin, anon, authenticated, service_role to {role};
grant usage on schema realtime to {role};
alter publication supabase_realtime owner to {role};
commit;

-- realtime reads what was committed; it also needs wal_level = logical
alter role {role} replication;

{password}
"""

_PASSWORD = """\
-- Sahne logs in with the password in SAHNE_AUTHENTICATOR_PASSWORD, or else that in DATABASE_URL; here is its hash,
-- for a role that has none: another database of this server may live by the one it has
do $password$
begin
  if (select rolpassword is null from pg_catalog.pg_authid where rolname = 'authenticator') then
    alter role authenticator password {verifier};
  end if;
end
$password$;"""

_PASSWORD_KEPT = """\
-- authenticator was there before and keeps its password: SAHNE_AUTHENTICATOR_PASSWORD must hold it; or choose another:
-- alter role authenticator password 'CHOOSE-A-PASSWORD';"""

_PASSWORD_MISSING = """-- choose the password Sahne logs in with, and set the same in SAHNE_AUTHENTICATOR_PASSWORD:
-- alter role authenticator password 'CHOOSE-A-PASSWORD';"""


class PlatformMissing(AdministratorNeeded):
    """This database lacks what Supabase provides, and only a superuser can make it."""

    code = "platform_missing"

    def __init__(self, parts: list[Source], script: str) -> None:
        super().__init__(
            details=[part.name for part in parts],
            hint="Let an administrator run this SQL once on this database, then try again.",
            sql=script,
        )


class ProjectLacks(SetupError):
    """This Supabase project lacks what every newer one has; only Supabase can make it."""

    code = "project_lacks"

    def __init__(self, parts: list[Source]) -> None:
        super().__init__(
            details=[part.name for part in parts],
            hint="Upgrade the project in its dashboard (Settings → Infrastructure), then migrate again.",
        )


def platform_parts() -> list[Source]:
    """The platform's files in the order they need each other."""
    folder = files("sahne.database").joinpath("platform")
    return [Source(f"platform/{name}", folder.joinpath(f"{name}.sql").read_text("utf-8")) for name in ORDER]


def missing_parts(conn: AdminConnection) -> list[Source]:
    """The parts to run: never applied or changed since, and not provided by another hand."""
    checksums = read_checksums(conn)
    may_change = _is_superuser(conn) and not is_supabase(conn)
    return [
        part
        for part in platform_parts()
        if checksums.get(part.name) != part.checksum
        and (may_change or not _is_there(conn, part))
        and not (part.name in NOT_OF_A_PROJECT and is_project(conn))
    ]


def provide_platform(conn: AdminConnection, *, password: str | None, default_password: str) -> list[str]:
    """Make the missing parts; `password` resets authenticator's, `default_password` is a new authenticator's.

    Raises:
        PlatformMissing: parts are missing and the role is no superuser; `sql` is the administrator's.
        ProjectLacks: they are missing from a project of Supabase.
    """
    missing = missing_parts(conn)
    if missing and is_project(conn):
        raise ProjectLacks(missing)
    if missing and not _is_superuser(conn):
        script = administrators_sql(conn, missing, password=password, default_password=default_password)
        raise PlatformMissing(missing, script)
    for part in missing:
        with conn.transaction():
            conn.execute(_LOCK_ROLES)
            new = not _has_authenticator(conn)
            run_source(conn, part)
            record_checksum(conn, part.name, part.checksum)
            if new and _has_authenticator(conn):
                _set_password(conn, password or default_password)
                password = None
    if password and _is_superuser(conn):
        with conn.transaction():
            conn.execute(_LOCK_ROLES)
            _set_password(conn, password)
    return [part.name for part in missing]


def settle_search_path(conn: AdminConnection) -> None:
    """Give the role of `conn` the search path of its kind on Supabase, unless it has one of its own."""
    if _ask(conn, _HAS_SEARCH_PATH):
        return
    with conn.transaction():
        if _is_superuser(conn):
            conn.execute(_LOCK_ROLES)
        conn.execute(_SEARCH_PATH)


def provide_roles(url: str, *, password: str | None = None) -> None:
    """Make the roles alone, for a database that comes out of a backup and brings everything else.

    A new `authenticator` gets `password`, or else the one inside `url`; an existing one is left as it is.

    Raises:
        PlatformMissing: roles are missing and the role in `url` is no superuser; `sql` is the administrator's.
    """
    part = next(part for part in platform_parts() if part.name == "platform/roles")
    with psycopg.connect(url, autocommit=True) as conn:
        if _is_there(conn, part):
            return
        if not _is_superuser(conn):
            raise PlatformMissing([part], part.text)
        with conn.transaction():
            conn.execute(_LOCK_ROLES)
            new = not _has_authenticator(conn)
            run_source(conn, part)
            if new:
                _set_password(conn, password or unquote(urlsplit(url).password or ""))


def administrators_sql(
    conn: AdminConnection, parts: list[Source], *, password: str | None, default_password: str
) -> str:
    """One script a superuser can give to psql; afterwards the role of `conn` can migrate without being one.

    The passwords are those of `provide_platform`; only their hash stands in the script.
    """
    texts = [f"-- {part.file}\n{part.text.strip()}\n" for part in parts]
    role = sql.Identifier(conn.info.user).as_string(conn)
    password_sql = _password_sql(conn, password, default_password)
    return "begin;\n" + "\n".join([*texts, _LET_MIGRATE.format(role=role, password=password_sql)])


def _password_sql(conn: AdminConnection, password: str | None, default_password: str) -> str:
    if password is None and _has_authenticator(conn):
        return _PASSWORD_KEPT
    if chosen := password or default_password:
        return _PASSWORD.format(verifier=sql.Literal(_verifier(conn, chosen)).as_string(conn))
    return _PASSWORD_MISSING


def _set_password(conn: AdminConnection, password: str) -> None:
    conn.execute(sql.SQL("alter role authenticator password {}").format(sql.Literal(_verifier(conn, password))))


def _verifier(conn: AdminConnection, password: str) -> str:
    """Hashed here, so that no server log ever shows the password."""
    return conn.pgconn.encrypt_password(password.encode(), b"authenticator", b"scram-sha-256").decode()


def _is_there(conn: AdminConnection, part: Source) -> bool:
    question = _THERE_WHEN.search(part.text)
    if question is None:
        raise ValueError(f"{part.file} has no line `-- there when:`")
    return _ask(conn, f"select {question[1]}")


def _has_authenticator(conn: AdminConnection) -> bool:
    return _ask(conn, "select exists (select from pg_roles where rolname = 'authenticator')")


def _is_superuser(conn: AdminConnection) -> bool:
    return _ask(conn, "select rolsuper from pg_roles where rolname = current_user")


def is_project(conn: AdminConnection) -> bool:
    """Whether this is a project of Supabase, seen as its people see it: what it provides is not ours to change."""
    return is_supabase(conn) and not _is_superuser(conn)


def is_supabase(conn: AdminConnection) -> bool:
    """Whether Supabase's own administrator is there."""
    return _ask(conn, "select exists (select from pg_roles where rolname = 'supabase_admin')")


def _ask(conn: AdminConnection, question: str) -> bool:
    row = conn.execute(question.encode()).fetchone()
    return bool(row and row[0])
