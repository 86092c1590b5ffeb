"""The platform as Supabase has it: roles, claims, guards of storage, broadcasts from SQL, the job queue."""

from __future__ import annotations

import asyncio
import os
from uuid import uuid4

import procrastinate
import psycopg
import pytest
from psycopg import errors as pg

from sahne.database.actor import actor_from_claims
from sahne.database.binaries import Binaries
from tests.connections import Connection, as_authenticator
from tests.world import World


def test_the_server_is_of_the_version_under_test(admin: Connection, binaries: Binaries) -> None:
    if "SAHNE_TEST_DATABASE_URL" not in os.environ:
        assert admin.info.server_version // 10_000 == binaries.major


@pytest.mark.parametrize(
    "role", ["anon", "authenticated", "service_role", "supabase_auth_admin", "supabase_storage_admin"]
)
def test_the_doors_become_each_role_of_the_platform(world: World, role: str) -> None:
    with psycopg.connect(as_authenticator(world.url)) as conn:
        conn.execute(f"set local role {role}")
        assert conn.execute("select current_user").fetchone() == (role,)


def test_the_doors_cannot_become_the_owner_and_own_nothing_themselves(world: World) -> None:
    with psycopg.connect(as_authenticator(world.url)) as conn:
        with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
            conn.execute("set local role postgres")
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute("select * from public.profiles")


def test_claims_are_read_in_both_styles(world: World) -> None:
    user_id = uuid4()
    actor = actor_from_claims({"role": "authenticated", "sub": str(user_id), "email": "a@b.c", "aal": "aal1"})
    with world.acting(actor) as conn:
        question = "select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() ->> 'aal' as aal"
        assert conn.execute(question).fetchone() == {
            "uid": user_id,
            "role": "authenticated",
            "email": "a@b.c",
            "aal": "aal1",
        }
        conn.execute("select set_config('request.jwt.claim.sub', %s, true)", (str(uuid4()),))
        assert conn.execute("select auth.uid() as uid").fetchone() != {"uid": user_id}
    with world.acting(None) as conn:
        assert conn.execute("select auth.uid() as uid").fetchone() == {"uid": None}


def test_nobody_at_the_doors_reads_accounts(world: World) -> None:
    user_id = world.person()
    for who in (user_id, None):
        with world.acting(who) as conn, pytest.raises(pg.InsufficientPrivilege):
            conn.execute("select * from auth.users")


def test_deleting_an_objects_row_by_hand_is_refused_and_the_storage_door_may(world: World) -> None:
    owner = world.person()
    world.put_object("photos", f"{owner}/a.png", owner)
    with world.acting(owner) as conn:
        with pytest.raises(pg.InsufficientPrivilege, match="Direct deletion"), conn.transaction():
            conn.execute("delete from storage.objects where owner_id = %s", (str(owner),))
        conn.execute("select set_config('storage.allow_delete_query', 'true', true)")
        assert conn.execute("delete from storage.objects where owner_id = %s", (str(owner),)).rowcount == 1


def test_nobody_at_the_doors_goes_round_the_policies_of_a_table(admin: Connection) -> None:
    found = admin.execute("""
        select grants.grantee::text, grants.table_schema || '.' || grants.table_name as name, grants.privilege_type::text
          from information_schema.role_table_grants as grants
         where grants.grantee in ('anon', 'authenticated', 'PUBLIC')
           and grants.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES')
           and grants.table_schema not in ('pg_catalog', 'information_schema')""").fetchall()
    assert found == []


def test_names_of_objects_are_taken_apart(world: World) -> None:
    with world.acting(None) as conn:
        row = conn.execute(
            """
            select storage.foldername('a/b/c.tar.gz') as folder, storage.filename('a/b/c.tar.gz') as file,
                   storage.extension('a/b/c.tar.gz') as extension, storage.foldername('c.png') as none
            """
        ).fetchone()
    assert row == {"folder": ["a", "b"], "file": "c.tar.gz", "extension": "gz", "none": []}


def test_names_that_are_hardly_any_are_taken_apart_too(world: World) -> None:
    with world.acting(None) as conn:
        rows = conn.execute(
            """
            select name, storage.foldername(name) as folder, storage.filename(name) as file
              from unnest(array['a/', '/a', '', null]) with ordinality as given(name, place)
             order by place
            """
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("a/", ["a"], ""),
        ("/a", [""], "a"),
        ("", None, None),
        (None, None, None),
    ]


def test_what_policies_ask_of_every_name_is_no_call(world: World) -> None:
    with world.serving() as conn:
        plan = conn.execute(
            """
            explain select from storage.objects
             where (storage.foldername(name))[1] = 'a' and storage.filename(name) = 'b' and storage.extension(name) = 'c'
            """
        ).fetchall()
    asked = " ".join(line for row in plan for line in row.values() if "Filter" in line)
    assert "string_to_array" in asked
    assert "storage." not in asked


def test_a_broadcast_from_sql_is_kept_with_an_id(world: World, admin: Connection) -> None:
    with world.serving() as conn:
        conn.execute("select realtime.send('{\"a\": 1}', 'cursor', 'room:1', true)")
        conn.execute("select realtime.send_binary('\\x00ff', 'bytes', 'room:1')")
        assert conn.execute("select realtime.topic() as topic").fetchone() == {"topic": "room:1"}
    rows = admin.execute(
        "select event, private, payload ->> 'a' as a, payload ->> 'id' = id::text as same, binary_payload"
        " from realtime.messages where topic = 'room:1' order by inserted_at, event desc"
    ).fetchall()
    assert rows == [
        {"event": "cursor", "private": True, "a": "1", "same": True, "binary_payload": None},
        {"event": "bytes", "private": True, "a": None, "same": None, "binary_payload": b"\x00\xff"},
    ]


def test_a_user_without_a_policy_broadcasts_nothing(world: World, admin: Connection) -> None:
    with world.acting(world.person()) as conn:
        conn.execute("select realtime.send('{}', 'cursor', 'room:2', true)")  # warns, as on Supabase
    assert admin.execute("select from realtime.messages where topic = 'room:2'").rowcount == 0


def test_messages_lie_in_partitions_by_day_that_are_kept_in_order(world: World, admin: Connection) -> None:
    admin.execute(
        "create table realtime.messages_2020_01_01 partition of realtime.messages"
        " for values from ('2020-01-01') to ('2020-01-02')"
    )
    with world.serving() as conn:
        touched = conn.execute("select realtime.keep_message_partitions(5) as n").fetchone()
    assert touched == {"n": 3}  # two more days ahead than before, and the old one gone
    with world.acting(None) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute("select realtime.keep_message_partitions()")


def test_the_publications_carry_what_they_must(admin: Connection) -> None:
    rows = admin.execute("select pubname, tablename from pg_publication_tables order by 1, 2").fetchall()
    published = {(row["pubname"], row["tablename"]) for row in rows}
    assert ("supabase_realtime", "generated_images") in published
    assert ("supabase_realtime_messages_publication", "messages") in published


def test_a_job_is_deferred_and_run_as_service_role(world: World) -> None:
    options = "-c role=service_role -c search_path=jobs"
    connector = procrastinate.PsycopgConnector(conninfo=as_authenticator(world.url), kwargs={"options": options})
    app = procrastinate.App(connector=connector)
    seen: list[int] = []

    @app.task(name="remember")
    async def remember(number: int) -> None:
        seen.append(number)

    async def main() -> None:
        async with app.open_async():
            await remember.defer_async(number=7)
            await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(main())
    assert seen == [7]


def test_the_job_queue_is_closed_to_clients_and_its_functions_have_a_fixed_search_path(
    world: World, admin: Connection
) -> None:
    for who in (world.person(), None):
        with world.acting(who) as conn, pytest.raises(pg.InsufficientPrivilege):
            conn.execute("select * from jobs.procrastinate_jobs")
    loose = admin.execute(
        "select from pg_proc where pronamespace = 'jobs'::regnamespace and proconfig is null"
    ).rowcount
    assert loose == 0
