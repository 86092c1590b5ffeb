"""`sahne db explain`, `slow` and `indexes`: plans as somebody gets them, statements by time, indexes in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from sahne.cli.app import app
from sahne.database.actor import ANONYMOUS, SERVICE, user_actor
from sahne.database.binaries import Binaries
from sahne.database.embedded import EmbeddedPostgres, counting_statements
from sahne.errors import SahneError
from sahne.gateway.rest.explained import plan_of
from sahne.operations.explain import NotExplained, explain
from sahne.operations.maintenance.looks import StatementsNotCounted, look_at_indexes, slow_statements
from sahne.settings import Settings
from tests.conftest import free_port
from tests.connections import Connection
from tests.world import World

pytestmark = pytest.mark.anyio
SECONDS = 10.0


async def text_of(settings: Settings, actor: Any, statement: str, *, runs: bool = False) -> str:
    plan = await explain(settings.authenticator_url, actor, statement, as_json=False, runs=runs, seconds_max=SECONDS)
    return str(plan)


async def test_a_plan_holds_the_policies_of_whoever_it_is_for(settings: Settings, bo: UUID) -> None:
    statement = "select id from generated_images"
    assert str(bo) not in await text_of(settings, user_actor(bo), statement)
    assert "user_id" in await text_of(settings, user_actor(bo), statement)
    assert "Filter" not in await text_of(settings, SERVICE, statement)
    with pytest.raises(NotExplained) as refused:
        await text_of(settings, ANONYMOUS, "select email from auth.users")
    assert "permission denied" in str(refused.value.details)


async def test_what_is_carried_out_does_not_stay(settings: Settings, admin: Connection) -> None:
    admin.execute("insert into public.gifts (name, coin_price, order_index) values ('Rose', 1, 1)")
    written = "update gifts set name = 'Thorn' where name = 'Rose'"
    assert "actual time" in await text_of(settings, SERVICE, written, runs=True)
    assert "actual time" not in await text_of(settings, SERVICE, written)
    assert admin.execute("select name from public.gifts").fetchall() == [{"name": "Rose"}]
    for behind in ("select 1; commit; delete from gifts", "select 1; delete from gifts"):
        with pytest.raises(NotExplained):
            await text_of(settings, SERVICE, behind, runs=True)
    assert admin.execute("select count(*) as gifts from public.gifts").fetchall() == [{"gifts": 1}]


async def test_what_takes_too_long_is_told(settings: Settings) -> None:
    with pytest.raises(NotExplained) as refused:
        await explain(
            settings.authenticator_url, SERVICE, "select pg_sleep(60)", as_json=False, runs=True, seconds_max=0.1
        )
    assert "statement timeout" in str(refused.value.details)


async def test_a_url_of_the_data_api_is_planned_as_it_is_answered(settings: Settings, bo: UUID) -> None:
    url = f"{settings.api_url}/rest/v1/generated_images?select=id&order=created_at.desc&limit=20"
    text = (await plan_of(settings, user_actor(bo), url, as_json=False, runs=False, seconds_max=SECONDS)).decode()
    assert "generated_images" in text
    plan = json.loads(await plan_of(settings, user_actor(bo), url, as_json=True, runs=True, seconds_max=SECONDS))
    assert plan[0]["Plan"]["Actual Loops"] == 1
    with pytest.raises(SahneError) as unknown:
        await plan_of(settings, ANONYMOUS, "/rest/v1/nothing", as_json=False, runs=False, seconds_max=SECONDS)
    assert unknown.value.code == "PGRST205"


def test_the_command_explains_for_a_person_and_refuses_a_stranger(
    database_url: str, world: World, admin: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    person = world.person()
    admin.execute("update auth.users set email = 'bo@example.com' where id = %s", (person,))
    asked = ["db", "explain", "select id from generated_images", "--json", "--as"]
    told = CliRunner().invoke(app, [*asked, "bo@example.com"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)[0]["Plan"]
    stranger = CliRunner().invoke(app, [*asked, "nobody@example.com"])
    assert (stranger.exit_code, json.loads(stranger.stdout)["error"]["code"]) == (1, "user_not_found")


def test_indexes_that_are_missing_idle_or_one_too_many_are_found_and_the_others_are_not(
    database_url: str, admin: Connection
) -> None:
    admin.execute(
        """
        create table private.one (id int primary key, name text);
        create table private.many (id int primary key, one int references private.one (id),
                                   other int references private.one (id), name text);
        create index many_other on private.many (other);
        create index many_other_name on private.many (other, name);
        create index many_name on private.many (name);
        create index many_name_again on private.many (name);
        create index many_name_desc on private.many (name desc);
        create index many_name_some on private.many (name) where name <> '';
        """
    )
    try:
        found = look_at_indexes(database_url, unused_bytes_min=0)
        assert [(row["foreign_key"], row["statement"]) for row in found.missing if row["table"] == "private.many"] == [
            ("many_one_fkey", "create index concurrently on private.many (one);")
        ]
        assert {(row["index"], row["covered_by"]) for row in found.duplicate if row["table"] == "private.many"} == {
            ("private.many_other", "private.many_other_name"),
            ("private.many_name_again", "private.many_name"),
        }
        unused = {row["index"] for row in found.unused}
        assert "private.many_name" in unused
        assert "private.many_pkey" not in unused
        admin.execute(next(row["statement"] for row in found.missing if row["table"] == "private.many").encode())
        assert [row for row in look_at_indexes(database_url).missing if row["table"] == "private.many"] == []
    finally:
        admin.execute("drop table private.many, private.one")


def test_statements_are_listed_by_time_where_they_are_counted(binaries: Binaries, tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(
        tmp_path / "postgres",
        free_port(),
        server_settings={"fsync": "off"} | counting_statements(binaries),
        binaries=binaries,
    )
    cluster.start()
    try:
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("select pg_sleep(0.2)")
            conn.execute("select 1 as quick")
            conn.execute("create role plain login password 'a password'")
            first, *others = slow_statements(cluster.url, 10)
            assert conn.execute("select from pg_extension where extname = 'pg_stat_statements'").fetchall() == []
            plain = make_conninfo(cluster.url, user="plain", password="a password")
            with pytest.raises(StatementsNotCounted) as refused:
                slow_statements(plain, 10)
            assert "permission denied" in str(refused.value.details)
            conn.execute("create schema extensions; create extension pg_stat_statements with schema extensions")
            again = [row["statement"] for row in slow_statements(cluster.url, 100)]
        assert "select pg_sleep($1)" in again
        assert "a password" not in str(again)
        assert first["statement"] == "select pg_sleep($1)"
        assert first["calls"] == 1
        assert first["milliseconds_each"] >= 200
        assert first["percent"] > max(row["percent"] for row in others)
    finally:
        cluster.stop()


def test_a_server_that_does_not_count_statements_says_what_to_do(database_url: str) -> None:
    with pytest.raises(StatementsNotCounted) as refused:
        slow_statements(database_url, 10)
    assert "shared_preload_libraries" in str(refused.value.hint)
