"""Seeding: the same number makes the same world again, several live side by side, and what does not fit is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from sahne.cli.app import app
from sahne.operations.seed.load import NotMigrated, SeededBefore, SeedRefused, seed
from sahne.operations.seed.size import ImpossibleSize, Size, choose_size
from tests.conftest import with_database
from tests.connections import Connection
from tests.seeding import empty, rows, settings_of, value
from tests.world import World

UNTIL = datetime(2026, 11, 20, tzinfo=UTC)


BY_CHANCE = {
    "public.scenes": ["updated_at"],
    "public.categories": ["updated_at"],
    "private.scene_versions": ["id", "created_at"],  # written by trigger
}


def digest(conn: Connection) -> str:
    """Of every row of every table the seed fills, but for what is made by chance."""
    whole = hashlib.sha256()
    tables = rows(
        conn,
        """
        select format('%I.%I', relnamespace::regnamespace, relname) as name from pg_class
         where relkind in ('r', 'p') and not relispartition and relname not in ('settings', 'audit_log_entries')
           and relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)
         order by 1
    """,
    )
    for table in tables:
        drop = BY_CHANCE.get(table["name"], [])
        found = rows(conn, f"select (to_jsonb(t) - %s::text[])::text as row from {table['name']} t order by 1", drop)
        whole.update(table["name"].encode() + "\n".join(row["row"] for row in found).encode())
    return whole.hexdigest()


def test_the_same_seed_makes_the_same_world_and_another_another(cluster_url: str, template: str) -> None:
    small = Size(users=60, images=300, messages=200, sessions=8, gifts=30, events=100)
    digests = []
    for number in (3, 3, 4):
        with empty(cluster_url, template) as (url, conn):
            seed(settings_of(url), small, number=number, until=UNTIL)
            digests.append(digest(conn))
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_two_seeds_live_side_by_side_and_one_not_twice(cluster_url: str, template: str) -> None:
    small = Size(users=20, images=50, messages=40, sessions=4, gifts=5, events=10)
    with empty(cluster_url, template) as (url, conn):
        for number in (1, 2):
            seed(settings_of(url), small, number=number, until=UNTIL)
        with pytest.raises(SeededBefore):
            seed(settings_of(url), small, number=2, until=UNTIL)
        assert value(conn, "select count(*) from auth.users") == 40
        assert rows(conn, "select * from private.ledger_faults()") == []
        assert rows(conn, "select from scenes s where usage_count <>"
                          " (select count(*) from generated_images where scene_id = s.id)") == []  # fmt: skip


def test_days_are_booked_in_the_zone_of_the_quota(cluster_url: str, template: str) -> None:
    with empty(cluster_url, template) as (url, conn):
        conn.execute("update private.settings set quota_time_zone = 'Europe/Istanbul', gift_commission_percent = 35")
        seed(settings_of(url), Size(users=50, images=600, messages=0, sessions=0, gifts=0, events=0),
             number=1, until=UNTIL)  # fmt: skip
        kept = "select user_id, date, generation_count from usage_tracking"
        counted = (
            "select user_id, (created_at at time zone 'Europe/Istanbul')::date, count(*)"
            " from generated_images group by 1, 2"
        )
        assert rows(conn, f"({kept} except {counted}) union all ({counted} except {kept})") == []
        assert rows(conn, "select from usage_tracking where generation_count > daily_limit") == []


def run(*options: str, **env: str) -> Any:
    return CliRunner().invoke(app, ["seed", *options], env=env)


def test_the_command_says_what_it_loaded(cluster_url: str, template: str) -> None:
    with empty(cluster_url, template) as (url, _):
        answer = run("--users", "30", "--json", "--until", "2026-11-20", DATABASE_URL=url)
        assert answer.exit_code == 0, answer.output
        said = json.loads(answer.stdout)
        assert said["size"]["users"] == said["rows"]["users"] == 30
        assert said["until"] == "2026-11-20T00:00:00+00:00"
        assert said["rows_total"] == sum(said["rows"].values())
        again = run("--users", "30", "--until", "2026-11-20", DATABASE_URL=url)
        assert (again.exit_code, "already" in again.output) == (1, True)
        in_json = run("--users", "30", "--until", "2026-11-20", "--json", DATABASE_URL=url)
        assert (in_json.exit_code, json.loads(in_json.stdout)["error"]["code"]) == (1, "seeded_before")


def test_it_is_refused_where_it_does_not_belong_unless_it_is_meant(cluster_url: str, template: str) -> None:
    small = Size(users=10, images=5, messages=0, sessions=0, gifts=0, events=0)
    with empty(cluster_url, template) as (url, conn):
        with pytest.raises(SeedRefused, match="Invented"):
            seed(settings_of(url, host="0.0.0.0"), small, number=1, until=UNTIL)
        World(url).person(email="somebody@real.example.org")
        with pytest.raises(SeedRefused) as refused:
            seed(settings_of(url), small, number=1, until=UNTIL)
        assert refused.value.details == "Already here: 1 account that neither a seed nor the demo made."
        assert value(conn, "select count(*) from auth.users") == 1
        assert value(conn, "select count(*) from scenes") == 0, "a refusal leaves nothing"
        seed(settings_of(url), small, number=1, until=UNTIL, even_so=True)
        assert value(conn, "select count(*) from auth.users") == 11


def test_an_anonymous_sign_in_is_nobody_who_lives_there(cluster_url: str, template: str) -> None:
    small = Size(users=10, images=5, messages=0, sessions=0, gifts=0, events=0)
    with empty(cluster_url, template) as (url, conn):
        World(url).person(email=None, anonymous=True)
        seed(settings_of(url), small, number=1, until=UNTIL)
        assert value(conn, "select count(*) from auth.users") == 11


def test_beside_the_demo_world_it_is_let_in(cluster_url: str, template: str) -> None:
    with empty(cluster_url, template) as (url, conn):
        World(url).person(email="ada@example.com")
        seed(
            settings_of(url), Size(users=10, images=5, messages=0, sessions=0, gifts=0, events=0), number=1, until=UNTIL
        )
        assert value(conn, "select count(*) from auth.users") == 11


def test_a_database_without_tables_is_refused_in_words(cluster_url: str) -> None:
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute("drop database if exists bare")
        conn.execute("create database bare")
    try:
        with pytest.raises(NotMigrated):
            seed(settings_of(with_database(cluster_url, "bare")), Size(), number=1, until=UNTIL)
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as conn:
            conn.execute("drop database bare with (force)")


def test_a_world_that_reaches_into_the_future_is_refused(cluster_url: str, template: str) -> None:
    with empty(cluster_url, template) as (url, conn):
        with pytest.raises(ImpossibleSize, match="future"):
            seed(settings_of(url), Size(), number=1, until=datetime.now(UTC) + timedelta(hours=1))
        assert value(conn, "select count(*) from auth.users") == 0


@pytest.mark.parametrize(
    "wanted", [{"users": -1}, {"users": 0, "images": 1}, {"messages": 5, "sessions": 0}, {"users": 3, "sessions": 1}]
)
def test_impossible_worlds_are_refused(wanted: dict[str, int]) -> None:
    asked = {"users": None, "images": None, "messages": None, "sessions": None, "gifts": None, "events": None}
    with pytest.raises(ImpossibleSize):
        choose_size(**{**asked, **wanted})
