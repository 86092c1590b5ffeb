"""Migrating: once, whole or not at all, in one history with the Supabase CLI."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from sahne.database.history import MisnamedMigration, read_migrations
from sahne.database.migrate import (
    ADVISORY_KEY,
    DatabaseUnreachable,
    MigrationChanged,
    MigrationFailed,
    UnknownTarget,
    migrate,
    platform_sql,
    status,
)
from sahne.database.newer import SchemaNewer, heed_newer
from sahne.database.platform_parts import ORDER, PlatformMissing
from sahne.database.run import TransactionInMigration
from tests.conftest import with_database
from tests.eventually import eventually


@pytest.fixture
def empty(cluster_url: str) -> Iterator[str]:
    """A database nobody has touched."""
    with new_database(cluster_url) as url:
        yield url


class new_database:
    """`with new_database(cluster_url) as url:` makes one and drops it."""

    def __init__(self, cluster_url: str) -> None:
        self.cluster_url = cluster_url
        self.name = f"m_{uuid4().hex[:12]}"

    def __enter__(self) -> str:
        with psycopg.connect(self.cluster_url, autocommit=True) as conn:
            conn.execute(f"create database {self.name} template template0")
        return with_database(self.cluster_url, self.name)

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self.cluster_url, autocommit=True) as conn:
            conn.execute(f"drop database {self.name} with (force)")


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.lstrip('_')}.sql").write_text(text)
    return folder


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute(question.encode()).fetchall()


def test_a_second_run_does_nothing(empty: str) -> None:
    assert migrate(empty)
    assert migrate(empty) == []
    assert {state.state for state in status(empty)} == {"applied"}


def test_the_history_is_the_one_supabase_keeps(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_first="create table public.a (); -- and;\ncreate table public.b ();\n")
    migrate(empty, folder=tmp_path)
    assert ask(empty, "select version, name, statements from supabase_migrations.schema_migrations") == [
        ("20260101000000", "first", ["create table public.a ()", "create table public.b ()"])
    ]
    columns = ask(
        empty,
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'supabase_migrations' and table_name = 'schema_migrations' order by 1",
    )
    assert columns == [("name", "text"), ("statements", "ARRAY"), ("version", "text")]


def test_what_supabase_db_push_applied_is_not_applied_again(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_first="create table public.a ();")
    migrate(empty, folder=tmp_path)
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute("delete from supabase_migrations.sahne_checksums where name like 'migrations/%'")
    assert migrate(empty, folder=tmp_path) == []
    write(tmp_path, _20260101000000_first="create table public.a_changed ();")
    with pytest.raises(MigrationChanged):
        migrate(empty, folder=tmp_path)


def test_a_failed_migration_leaves_nothing_and_names_file_line_and_hint(empty: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        _20260101000000_good="create table public.good ();",
        _20260101000001_bad="-- why\ncreate table public.half ();\n\nselect lower(1,\n  2);\n",
    )
    with pytest.raises(MigrationFailed) as failure:
        migrate(empty, folder=tmp_path)
    assert failure.value.message.startswith("sahne/database/migrations/20260101000001_bad.sql:4: function lower(")
    assert "No function matches" in (failure.value.hint or "")
    assert ask(empty, "select to_regclass('public.good') is not null, to_regclass('public.half') is null") == [
        (True, True)
    ]
    assert ask(empty, "select version from supabase_migrations.schema_migrations") == [("20260101000000",)]


def test_what_is_checked_at_commit_fails_inside_its_file_too(empty: str, tmp_path: Path) -> None:
    text = "create table public.a (id int primary key, b int references public.a deferrable initially deferred);\n\n"
    write(tmp_path, _20260101000000_late=text + "insert into public.a values (1, 2);\n")
    with pytest.raises(MigrationFailed) as failure:
        migrate(empty, folder=tmp_path)
    assert failure.value.message.startswith("sahne/database/migrations/20260101000000_late.sql:3: insert or update")
    assert ask(empty, "select to_regclass('public.a') is null") == [(True,)]


@pytest.mark.parametrize("verb", ["commit", "BEGIN", "start  transaction", "rollback", "/* so /* it */ is */ commit"])
def test_a_migration_may_not_end_its_own_transaction(empty: str, tmp_path: Path, verb: str) -> None:
    write(tmp_path, _20260101000000_a="create table public.a ();", _20260101000001_b=f"select 1;\n{verb};")
    with pytest.raises(TransactionInMigration) as refusal:
        migrate(empty, folder=tmp_path)
    assert refusal.value.details == "sahne/database/migrations/20260101000001_b.sql:2"
    assert ask(empty, "select to_regclass('public.a') is null") == [(True,)]


def test_what_a_migration_sets_for_its_session_ends_with_it(empty: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        _20260101000000_dump="set session_replication_role = replica; set search_path = ''; set role anon;",
        _20260101000001_next="create table a ();",
    )
    migrate(empty, folder=tmp_path)
    made = "select tableowner = current_user, schemaname from pg_tables where tablename = 'a'"
    assert ask(empty, made) == [(True, "public")]


def test_an_index_that_could_not_be_made_does_not_stay(empty: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        _20260101000000_a="create table public.a (id int); insert into public.a values (1), (1);",
        _20260101000001_index="create unique index concurrently if not exists a_id on public.a (id);",
    )
    with pytest.raises(MigrationFailed, match="could not create unique index"):
        migrate(empty, folder=tmp_path)
    assert ask(empty, "select to_regclass('public.a_id') is null") == [(True,)]
    with psycopg.connect(empty, autocommit=True) as conn:  # what a try leaves that was cut off
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("create unique index concurrently a_id on public.a (id)")
        conn.execute("delete from public.a")
    assert migrate(empty, folder=tmp_path) == ["migrations/20260101000001_index"]
    assert ask(empty, "select indisvalid from pg_index where indexrelid = 'public.a_id'::regclass") == [(True,)]


def test_the_marks_an_editor_adds_to_a_file_are_no_change(empty: str, tmp_path: Path) -> None:
    text = "create table public.a ();\ncreate table public.b ();\n"
    write(tmp_path, _20260101000000_first=text)
    migrate(empty, folder=tmp_path)
    (tmp_path / "20260101000000_first.sql").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert migrate(empty, folder=tmp_path) == []


def test_what_cannot_be_in_a_transaction_has_a_file_of_its_own(empty: str, tmp_path: Path) -> None:
    index = "create index concurrently a_id on public.a (id);"
    write(tmp_path, _20260101000000_a="create table public.a (id int);", _20260101000001_index=f"-- why\n{index}")
    assert migrate(empty, folder=tmp_path)[-1] == "migrations/20260101000001_index"
    assert ask(empty, "select to_regclass('public.a_id') is not null") == [(True,)]
    write(tmp_path, _20260101000002_more=f"select 1;\n{index.replace('a_id', 'a_id2')}")
    with pytest.raises(MigrationFailed) as failure:
        migrate(empty, folder=tmp_path)
    assert "20260101000002_more.sql:2: CREATE INDEX CONCURRENTLY cannot run inside" in failure.value.message
    assert failure.value.hint == "Give the statement a file of its own: it cannot share a transaction."


def test_a_migration_changed_after_it_was_applied_stops_everything(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_first="create table public.a ();")
    migrate(empty, folder=tmp_path)
    write(tmp_path, _20260101000000_first="create table public.b ();", _20260101000001_next="create table public.c ();")
    with pytest.raises(MigrationChanged):
        migrate(empty, folder=tmp_path)
    assert ask(empty, "select to_regclass('public.c') is null") == [(True,)]
    assert [state.state for state in status(empty, folder=tmp_path)] == ["changed", "pending"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(empty: str) -> None:
    planned = migrate(empty, dry_run=True)
    assert planned[0] == "platform/roles"
    assert ask(empty, "select to_regnamespace('supabase_migrations') is null") == [(True,)]
    assert len(migrate(empty)) == len(planned)


def test_a_target_is_the_last_one_applied_and_an_unknown_one_is_refused(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_a="create table public.a ();", _20260101000001_b="create table public.b ();")
    migrate(empty, folder=tmp_path, target="20260101000000")
    assert ask(empty, "select to_regclass('public.a') is not null, to_regclass('public.b') is null") == [(True, True)]
    with pytest.raises(UnknownTarget):
        migrate(empty, folder=tmp_path, target="20200101000000")


def test_a_server_goes_on_over_newer_migrations_that_say_so_and_over_no_other(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_first="create table public.a (id int, old text);")
    migrate(empty, folder=tmp_path)
    first = read_migrations(tmp_path)
    assert heed_newer(empty, first) == []
    write(tmp_path, _20260102000000_expands="-- Adds.\n-- serves: any\nalter table public.a add column new text;")
    migrate(empty, folder=tmp_path)
    second = read_migrations(tmp_path)
    assert heed_newer(empty, first) == ["migrations/20260102000000_expands"]
    write(tmp_path, _20260103000000_contracts="-- serves: 20260102000000\nalter table public.a drop column old;")
    migrate(empty, folder=tmp_path)
    assert heed_newer(empty, second) == ["migrations/20260103000000_contracts"]
    with pytest.raises(SchemaNewer) as refused:
        heed_newer(empty, first)
    assert refused.value.details == ["migrations/20260103000000_contracts"]
    write(tmp_path, _20260104000000_says_nothing="-- serves: soon\nalter table public.a rename to b;")
    migrate(empty, folder=tmp_path)
    with pytest.raises(SchemaNewer):
        heed_newer(empty, read_migrations(tmp_path)[:-1])
    assert heed_newer(empty, read_migrations(tmp_path)) == []


@pytest.mark.parametrize("name", ["first", "_20260101006000_minute_sixty", "_2026_short"])
def test_a_name_without_a_version_is_refused_before_anything_is_done(empty: str, tmp_path: Path, name: str) -> None:
    write(tmp_path, **{name: "create table public.a ();"})
    with pytest.raises(MisnamedMigration) as misnamed:
        migrate(empty, folder=tmp_path)
    assert "fourteen digits" in (misnamed.value.hint or "")


def test_two_callers_at_once_apply_each_step_once(empty: str) -> None:
    with ThreadPoolExecutor(2) as callers:
        first, second = callers.map(migrate, [empty, empty])
    assert not (first and second)
    assert first or second


def test_a_second_caller_waits_for_its_turn(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _20260101000000_a="create table public.a ();")
    with psycopg.connect(empty, autocommit=True) as first, ThreadPoolExecutor(1) as callers:
        first.execute("select pg_advisory_lock(%s)", (ADVISORY_KEY,))
        second = callers.submit(migrate, empty, folder=tmp_path)
        waits = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
        eventually(lambda: first.execute(waits).fetchone() == (True,))
        assert ask(empty, "select to_regnamespace('supabase_migrations') is null") == [(True,)]
        first.execute("select pg_advisory_unlock(%s)", (ADVISORY_KEY,))
        assert second.result()[-1] == "migrations/20260101000000_a"


def test_two_databases_of_one_cluster_migrate_at_once(cluster_url: str) -> None:
    with new_database(cluster_url) as one, new_database(cluster_url) as two, ThreadPoolExecutor(2) as callers:
        first, second = callers.map(migrate, [one, two])
    assert first == second


def test_without_a_superuser_the_administrator_gets_the_sql_and_then_it_works(cluster_url: str, empty: str) -> None:
    role = f"owner_{uuid4().hex[:8]}"
    name = urlsplit(empty).path[1:]
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"create role {role} login bypassrls password 'owner'")
        conn.execute(f"alter database {name} owner to {role}")
    parts = urlsplit(empty)
    url = urlunsplit(parts._replace(netloc=f"{role}:owner@{parts.hostname}:{parts.port}"))
    try:
        with pytest.raises(PlatformMissing) as missing:
            migrate(url)
        assert ask(empty, "select to_regnamespace('auth') is null") == [(True,)]
        with psycopg.connect(empty, autocommit=True) as administrator:
            administrator.execute(missing.value.sql.encode())
        assert migrate(url)
        assert migrate(url) == []
    finally:
        with psycopg.connect(empty, autocommit=True) as conn:
            conn.execute(sql.SQL("alter database {} owner to current_user").format(sql.Identifier(name)))
            conn.execute(sql.SQL("reassign owned by {} to current_user").format(sql.Identifier(role)))
            conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
            conn.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def test_what_supabase_provides_is_left_as_it_is(cluster_url: str, empty: str) -> None:
    provided = {f"platform/{part}" for part in ORDER}
    mark = "comment on table auth.users is 'theirs'"
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute(platform_sql(empty).encode())
        conn.execute(mark.encode())
        conn.execute("create role supabase_admin")
    try:
        applied = migrate(empty)
        assert applied[-1].startswith("migrations/")
        assert not provided & set(applied)
        assert not provided & {step.name for step in status(empty)}
        assert ask(empty, "select obj_description('auth.users'::regclass)") == [("theirs",)]
        assert migrate(empty) == []
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as conn:
            conn.execute("drop role supabase_admin")


def test_the_sql_of_a_second_database_leaves_the_password_of_the_doors_as_it_is(empty: str) -> None:
    password = "select rolpassword from pg_catalog.pg_authid where rolname = 'authenticator'"
    with psycopg.connect(empty, autocommit=True) as conn:
        before = ask(empty, password)
        conn.execute(platform_sql(empty, authenticator_password="of the second").encode())
        assert ask(empty, password) == before
        assert before[0][0], "the cluster's doors have a password"
        with conn.transaction(force_rollback=True):
            conn.execute("alter role authenticator password null")
            conn.execute(platform_password(empty, "of the second").encode())
            now = conn.execute(password).fetchone()
            assert now
            assert now[0].startswith("SCRAM-SHA-256$")


def platform_password(url: str, password: str) -> str:
    """The end of the SQL alone: what sets the password."""
    whole = platform_sql(url, authenticator_password=password)
    return whole[whole.index("do $password$") :]


def test_only_what_supabase_does_not_provide_is_made(cluster_url: str, empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute(platform_sql(empty).encode())
        conn.execute("drop schema realtime cascade")
        conn.execute("create role supabase_admin")
    try:
        assert [step for step in migrate(empty) if step.startswith("platform/")] == [
            "platform/schemas",
            "platform/realtime",
        ]
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as conn:
            conn.execute("drop role supabase_admin")


def test_a_database_that_does_not_answer_is_told_in_words(cluster_url: str) -> None:
    parts = urlsplit(cluster_url)
    with pytest.raises(DatabaseUnreachable):
        migrate(urlunsplit(parts._replace(netloc=f"postgres:wrong@{parts.hostname}:{parts.port}")))
    with pytest.raises(DatabaseUnreachable):
        migrate("nonsense")


def test_a_given_password_opens_the_doors_and_another_does_not(empty: str, cluster_url: str) -> None:
    parts = urlsplit(empty)
    door = f"authenticator:{{}}@{parts.hostname}:{parts.port}"
    migrate(empty, authenticator_password=parts.password)
    psycopg.connect(urlunsplit(parts._replace(netloc=door.format(parts.password)))).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urlunsplit(parts._replace(netloc=door.format("wrong"))))
