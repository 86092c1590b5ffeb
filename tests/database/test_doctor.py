"""What `sahne doctor` looks for in a database, made for real and found; the healthy one beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from sahne.database.binaries import Binaries
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.sql import load_queries
from sahne.doctor import access, changes, keeping, postgres
from sahne.doctor.finding import Finding
from sahne.doctor.installation import Installation
from sahne.doctor.look import Check, Look, findings_of
from sahne.doctor.table import CHECKS
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.conftest import free_port
from tests.connections import Connection
from tests.eventually import eventually
from tests.pgbouncer import pgbouncer

pytestmark = pytest.mark.anyio

OF_A_DATABASE = ("database", "changes", "access", "keeping")


async def seen(look: Look, settings: Settings) -> list[Finding]:
    return await findings_of(Check("", "it", look), Installation(settings))


async def wrong(look: Look, settings: Settings) -> list[tuple[str, str]]:
    """State and what was found of all that is not well; each says what to do."""
    found = [each for each in await seen(look, settings) if each.state in ("warning", "fault")]
    assert all(each.to_do for each in found)
    return [(each.state, each.found) for each in found]


async def test_a_fresh_database_has_no_fault_of_its_own(settings: Settings) -> None:
    faults = [
        (each.looks_at, one.found)
        for each in CHECKS
        if each.group in OF_A_DATABASE
        for one in await findings_of(each, Installation(settings))
        if one.state == "fault" and one.looked_at != "fsync"  # off, so that tests are quick
    ]
    assert faults == []


@contextmanager
def made(admin: Connection, *statements: str, undo: str) -> Iterator[None]:
    """For the block."""
    for each in statements:
        admin.execute(each.encode())
    try:
        yield
    finally:
        for each in undo.split(";"):
            admin.execute(each.encode())


async def test_a_table_without_row_level_security_is_a_fault_once_a_client_may_use_it(
    admin: Connection, settings: Settings
) -> None:
    with made(admin, "create table public.open_one (id int)", undo="drop table public.open_one"):
        admin.execute("revoke all on public.open_one from anon, authenticated")
        assert await wrong(access.row_security, settings) == [
            ("warning", "open_one has none; no client may use it yet")
        ]
        admin.execute("grant select on public.open_one to anon")
        assert await wrong(access.row_security, settings) == [("fault", "open_one has none, and is open to anon")]
        admin.execute("alter table public.open_one enable row level security")
        assert await wrong(access.row_security, settings) == []


async def test_a_schema_that_the_database_itself_shows_is_looked_at_too(admin: Connection, settings: Settings) -> None:
    name = psycopg.conninfo.conninfo_to_dict(settings.admin_database_url)["dbname"]
    shown = f"alter role authenticator in database {name} set pgrst.db_schemas = 'public, shop'"
    undo = f"alter role authenticator in database {name} reset pgrst.db_schemas; drop schema shop cascade"
    with made(admin, "create schema shop", "create table shop.shelf (id int)", shown, undo=undo):
        admin.execute("grant select on shop.shelf to authenticated")
        assert [found for _, found in await wrong(access.row_security, settings)] == [
            "shop.shelf has none, and is open to authenticated"
        ]
    assert await wrong(access.row_security, settings) == []


async def test_rights_that_no_policy_is_asked_about_are_found(admin: Connection, settings: Settings) -> None:
    statements = (
        "grant truncate on public.gifts to anon",
        "grant create on schema public to authenticated",
        "create policy everybody on public.gifts for update to authenticated using (true)",
        "create view public.everybodys_mail as select email from auth.users",
        "grant select on public.everybodys_mail to anon",
    )
    undo = (
        "revoke truncate on public.gifts from anon; revoke create on schema public from authenticated;"
        "drop policy everybody on public.gifts; drop view public.everybodys_mail"
    )
    with made(admin, *statements, undo=undo):
        assert await wrong(access.grants, settings) == [
            ("fault", "anon may truncate gifts"),
            ("fault", "authenticated may make tables and functions in schema public"),
            ("warning", "every client may update rows of public.gifts by policy “everybody”"),
            ("warning", "view everybodys_mail is read past the policies of its tables"),
        ]
        admin.execute("alter view public.everybodys_mail set (security_invoker = true)")
        assert len(await wrong(access.grants, settings)) == 3
    assert await wrong(access.grants, settings) == []


async def test_a_function_of_its_owner_is_a_fault_where_a_client_chooses_what_it_finds(
    admin: Connection, settings: Settings
) -> None:
    definer = "create function public.counted() returns bigint security definer language sql as 'select 1::bigint'"
    with made(admin, definer, undo="drop function public.counted()"):
        admin.execute("grant execute on function public.counted() to anon")
        assert [state for state, _ in await wrong(access.definer_functions, settings)] == ["fault", "warning"]
        admin.execute("alter function public.counted() set search_path = ''")
        assert await wrong(access.definer_functions, settings) == [
            ("warning", "counted() runs as its owner for whoever has no account")
        ]
        admin.execute("revoke execute on function public.counted() from anon, public")
        assert await wrong(access.definer_functions, settings) == []


def test_a_clients_role_that_no_policy_binds_is_found(admin: Connection) -> None:
    """Roles are the whole cluster's: in a transaction that nobody else sees."""
    with admin.transaction(force_rollback=True):
        admin.execute("alter role authenticated bypassrls")
        rows = admin.execute(load_queries("sahne.doctor", "access.sql")["roles_too_strong"]).fetchall()
    assert rows == [{"role": "authenticated", "attributes": "bypassrls"}]


@pytest.fixture
async def owner(admin: Connection, settings: Settings) -> AsyncIterator[Settings]:
    """Settings whose DATABASE_URL is of a role that owns nothing and may replicate nothing."""
    parts = urlsplit(settings.admin_database_url)
    url = urlunsplit(parts._replace(netloc=f"doctors_owner:secret@{parts.hostname}:{parts.port}"))
    with made(admin, "create role doctors_owner login password 'secret'", undo="drop role doctors_owner"):
        yield replace(settings, database_url=url, authenticator_password=parts.password)


async def test_a_publication_of_somebody_elses_and_one_without_a_table_are_faults(
    admin: Connection, settings: Settings, owner: Settings
) -> None:
    undo = "alter publication supabase_realtime add table public.calls"
    with made(admin, "alter publication supabase_realtime drop table public.calls", undo=undo):
        assert await wrong(changes.publications, settings) == [("fault", "public.calls is not in it")]
    assert await wrong(changes.publications, settings) == []
    assert await wrong(changes.publications, owner) == [
        ("fault", "it is postgres's, and doctors_owner may not add tables to it")
    ]
    assert ("warning", 'Role "doctors_owner" lacks the attribute REPLICATION: realtime needs it.') in await wrong(
        postgres.lacks, owner
    )


async def test_what_the_role_may_not_see_is_not_looked_at(owner: Settings) -> None:
    (finding,) = await seen(keeping.queue, owner)
    assert finding.state == "not_looked_at"
    assert "permission denied" in finding.found


def test_what_migrations_publish_is_what_is_looked_for(admin: Connection) -> None:
    for name, tables in changes.PUBLISHED.items():
        there = admin.execute(
            "select schemaname || '.' || tablename as table from pg_publication_tables where pubname = %s order by 1",
            (name,),
        )
        assert [row["table"] for row in there] == list(tables)


async def test_an_index_that_a_broken_build_left_is_a_fault(admin: Connection, settings: Settings) -> None:
    with made(admin, "create table private.twice (id int)", undo="drop table private.twice"):
        admin.execute("insert into private.twice (id) values (1), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            admin.execute("create unique index concurrently once on private.twice (id)")
        (finding,) = await wrong(postgres.invalid_indexes, settings)
        assert finding == ("fault", "private.once on private.twice is invalid: written to and never read")
    assert await wrong(postgres.invalid_indexes, settings) == []


async def test_a_transaction_that_is_open_for_long_is_told(admin: Connection, settings: Settings) -> None:
    assert await wrong(postgres.long_transactions, settings) == []
    longer_than = load_queries("sahne.doctor", "postgres.sql")["long_transactions"]
    with psycopg.connect(settings.admin_database_url, application_name="forgetful") as conn:
        conn.execute("select 1")
        whose = [row["whose"] for row in admin.execute(longer_than, {"seconds": 0})]
        assert [each for each in whose if each.startswith("forgetful, process ")]
        assert admin.execute(longer_than, {"seconds": 3600}).fetchall() == []


async def test_jobs_of_a_worker_that_is_gone_and_bytes_that_are_gone_are_found(
    admin: Connection, settings: Settings
) -> None:
    job = "select jobs.procrastinate_defer_jobs_v1(array[row('studio', 'make', 0, null, null, '{}', null)::jobs.procrastinate_job_to_defer_v1])"
    undo = (
        "delete from jobs.procrastinate_jobs; set session_replication_role = replica;"
        "delete from storage.objects; reset session_replication_role"
    )
    with made(admin, job, undo=undo):
        assert ("fault", "0 lanes of workers, 1 job to do") in await wrong(keeping.queue, settings)
        admin.execute("update jobs.procrastinate_jobs set status = 'doing'")
        assert ("warning", "1 job of workers that are gone") in await wrong(keeping.queue, settings)
        admin.execute("update jobs.procrastinate_jobs set status = 'failed'")
        assert ("warning", "make was given up 1 time in a day") in await wrong(keeping.queue, settings)
        admin.execute("insert into storage.objects (bucket_id, name, version) values ('photos', 'a.png', 'gone')")
        assert await wrong(keeping.objects, settings) == [("fault", "1 of 1 have no bytes, such as photos/a.png")]


async def test_a_migration_that_waits_is_a_fault(admin: Connection, settings: Settings) -> None:
    gone = "delete from supabase_migrations.schema_migrations where version = '20260101002500'"
    undo = "insert into supabase_migrations.schema_migrations (version, name) values ('20260101002500', 'comments')"
    with made(admin, gone, undo=undo):
        (waiting,) = await wrong(postgres.migrations, settings)
        assert waiting == ("fault", "1 step to apply, migrations/20260101002500_comments first")


async def test_a_pooler_of_transactions_wants_a_direct_way_beside_it(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    with pgbouncer(database_url, tmp_path) as pooled:
        alone = replace(settings, database_url=pooled)
        assert [state for state, _ in await wrong(postgres.poolers, alone)] == ["fault"]
        assert await wrong(postgres.poolers, replace(alone, replication_url=database_url)) == []
        both = await wrong(postgres.poolers, replace(alone, replication_url=pooled))
        assert both == [("fault", "SAHNE_REPLICATION_URL leads to one too")]


@contextmanager
def server(binaries: Binaries, folder: Path, **given: str) -> Iterator[str]:
    """A PostgreSQL with settings of its own, and nothing in it."""
    cluster = EmbeddedPostgres(
        folder / "postgres", free_port(), server_settings={"fsync": "off", **given}, binaries=binaries
    )
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop()


async def test_a_server_that_realtime_cannot_run_on_and_slots_that_lost_their_log_are_found(
    binaries: Binaries, tmp_path: Path
) -> None:
    few = {"max_connections": "12", "max_replication_slots": "1", "max_wal_senders": "2", "wal_level": "replica"}
    with server(binaries, tmp_path, **few, timezone="Europe/Istanbul") as url:
        settings = read_settings(env_file=None, database_url=url)
        found = await seen(postgres.server_settings, settings)
        states = {each.looked_at: each.state for each in found if each.state != "ok"}
        assert states == {
            "wal_level": "fault", "fsync": "fault", "max_connections": "fault", "timezone": "warning",
        }  # fmt: skip
    small = {"max_replication_slots": "1", "max_slot_wal_keep_size": "1MB", "max_wal_size": "32MB"}
    with server(binaries, tmp_path, **small) as url, psycopg.connect(url, autocommit=True) as conn:
        settings = read_settings(env_file=None, database_url=url)
        conn.execute("select pg_create_logical_replication_slot('left_behind', 'pgoutput')")
        ((state, found_idle),) = await wrong(changes.slots, settings)
        assert (state, found_idle.startswith("nobody reads it")) == ("warning", True)
        assert ("fault", "1 of 1 are taken") in await wrong(postgres.server_settings, settings)
        eventually(lambda: lost_its_log(conn), 30)
        ((state, found_lost),) = await wrong(changes.slots, settings)
        assert (state, found_lost.startswith("invalid: ")) == ("fault", True)


def lost_its_log(conn: psycopg.Connection[tuple[object, ...]]) -> bool:
    """After more log than may be kept for a slot."""
    conn.execute("create table if not exists filler (text text)")
    conn.execute("insert into filler (text) select repeat('x', 1000) from generate_series(1, 20000)")
    conn.execute("select pg_switch_wal()")
    conn.execute("checkpoint")
    return conn.execute("select wal_status from pg_replication_slots").fetchone() == ("lost",)
