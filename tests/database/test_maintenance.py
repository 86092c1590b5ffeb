"""`sahne db maintain`: what needs upkeep is found and done, what does not is left, and nobody is locked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sahne.operations.maintenance.plan import Need
from sahne.operations.maintenance.work import Maintained, maintain
from tests.connections import Connection
from tests.eventually import eventually

NEED = Need(rows_min=100, bloat_bytes_min=100_000, waits_for_rows_max=400)
ROWS = 20_000

# The seed's chapter on maintenance, as it is written
OF_THE_SEED = """
VACUUM ANALYZE profiles;
VACUUM ANALYZE scenes;
VACUUM ANALYZE generated_images;
VACUUM ANALYZE analytics_events;
REINDEX TABLE generated_images;
"""


@pytest.fixture
def worn(admin: Connection) -> Iterator[str]:
    """A table most of whose rows are dead, with autovacuum off so that the test alone clears them away."""
    admin.execute("create table private.worn (id int primary key, word text) with (autovacuum_enabled = off)")
    admin.execute(
        b"insert into private.worn (id, word) select n, md5(n::text) from generate_series(1, %s) as n", (ROWS,)
    )
    admin.execute("create index worn_word on private.worn (word)")
    vacuum(admin, "private.worn")
    admin.execute("delete from private.worn where id % 10 <> 0")
    eventually(lambda: dead_rows(admin) > 0)
    yield "private.worn"
    admin.execute("drop table private.worn")


def vacuum(admin: Connection, table: str) -> None:
    """When all that was written is counted, so that none of it is counted afterwards."""
    admin.execute("select pg_stat_force_next_flush()")
    admin.execute(f"vacuum analyze {table}".encode())


def dead_rows(admin: Connection) -> int:
    admin.execute("select pg_stat_force_next_flush()")
    row = admin.execute(
        "select n_dead_tup as dead from pg_stat_all_tables where relid = 'private.worn'::regclass"
    ).fetchone()
    return int(row["dead"]) if row else 0


def steps_for(told: Maintained, table: str = "private.worn") -> list[tuple[str, str, str]]:
    return [
        (each.step.kind, each.step.what, each.outcome) for each in told.steps if each.step.what.startswith(table[:12])
    ]


def test_dead_rows_are_cleared_then_indexes_built_anew_and_then_nothing_is_left_to_do(
    database_url: str, admin: Connection, worn: str
) -> None:
    planned = maintain(database_url, seconds_max=60, dry_run=True, need=NEED)
    assert steps_for(planned) == [("vacuum", worn, "planned")]
    assert dead_rows(admin) > 0  # nothing was changed
    bytes_before = size(admin, "private.worn_word")
    told: list[tuple[str, int, int]] = []
    done = maintain(database_url, seconds_max=60, need=NEED, tell=lambda *each: told.append(each))
    assert steps_for(done) == [
        ("vacuum", worn, "done"),
        ("reindex", "private.worn_word", "done"),
        ("reindex", "private.worn_pkey", "done"),
    ]
    assert all("estimated" in each.step.why for each in done.steps if each.step.kind == "reindex")
    assert {what for what, finished, total in told if finished == total} >= {"rows", "indexes"}
    assert size(admin, "private.worn_word") < bytes_before / 2
    assert steps_for(maintain(database_url, seconds_max=60, need=NEED)) == []
    assert [each.statement for each in done.advice if each.what == worn] == [
        "alter table private.worn reset (autovacuum_enabled);"
    ]


def size(admin: Connection, index: str) -> int:
    row = admin.execute(b"select pg_relation_size(%s::text::regclass) as bytes", (index,)).fetchone()
    assert row
    return int(row["bytes"])


def test_an_index_that_is_as_large_as_its_rows_make_it_is_left_alone(database_url: str, admin: Connection) -> None:
    admin.execute(
        "create table private.sound as select n as id, md5(n::text) as word, n % 7 as kind, null::text as nothing"
        " from generate_series(1, 30000) as n"
    )
    try:
        for columns in ("id", "word", "kind", "nothing", "lower(word)", "kind, word"):
            admin.execute(f"create index on private.sound ({columns})".encode())
        vacuum(admin, "private.sound")
        planned = maintain(database_url, seconds_max=60, dry_run=True, need=NEED)
        assert [each.step for each in planned.steps if "sound" in each.step.what] == []
    finally:
        admin.execute("drop table private.sound")


def test_a_table_that_is_in_use_is_passed_over_and_its_users_never_wait(database_url: str, worn: str) -> None:
    with psycopg.connect(database_url) as reader:
        reader.execute(f"lock table {worn} in share update exclusive mode".encode())
        done = maintain(database_url, seconds_max=60, need=NEED)
    assert ("vacuum", worn, "in_use") in steps_for(done)


def test_a_reindex_that_breaks_takes_its_half_along_and_one_found_later_is_dropped(
    database_url: str, admin: Connection, worn: str
) -> None:
    vacuum(admin, worn)
    with psycopg.connect(database_url) as old:
        old.execute(f"select count(*) from {worn}".encode())  # a transaction that a concurrent build must wait for
        done = maintain(database_url, seconds_max=60, need=NEED)
    outcomes = {what: outcome for kind, what, outcome in steps_for(done) if kind == "reindex"}
    assert outcomes == {"private.worn_word": "in_use", "private.worn_pkey": "in_use"}
    left = [each["name"] for each in admin.execute(
        "select indexrelid::regclass::text as name from pg_index where not indisvalid"
    )]  # fmt: skip
    assert left
    assert all(re.search(r"_cc(new|old)$", name) for name in left)
    again = maintain(database_url, seconds_max=60, need=NEED)
    assert [each.outcome for each in again.steps if each.step.kind == "drop"] == ["done"] * len(left)
    assert admin.execute("select from pg_index where not indisvalid").fetchall() == []


def test_what_there_is_no_time_for_waits(database_url: str, worn: str) -> None:
    done = maintain(database_url, seconds_max=0.0, need=NEED)
    assert steps_for(done) == [("vacuum", worn, "no_time")]


def test_a_table_in_partitions_is_counted_as_a_whole(database_url: str, admin: Connection) -> None:
    admin.execute("create table private.parted (id int) partition by range (id)")
    admin.execute("create table private.parted_one partition of private.parted for values from (0) to (10)")
    try:
        admin.execute("insert into private.parted (id) select 1 from generate_series(1, 50)")
        vacuum(admin, "private.parted_one")
        done = maintain(database_url, seconds_max=60, need=NEED)
        assert ("analyze", "private.parted", "done") in steps_for(done, "private.parted")
        assert steps_for(maintain(database_url, seconds_max=60, need=NEED), "private.parted") == []
    finally:
        admin.execute("drop table private.parted")


def test_a_table_so_large_that_autovacuum_comes_late_is_advised_about(database_url: str, admin: Connection) -> None:
    admin.execute("create table private.large as select n as id from generate_series(1, 3000) as n")
    try:
        vacuum(admin, "private.large")
        (advice,) = maintain(database_url, seconds_max=0.0, dry_run=True, need=NEED).advice
        assert (advice.what, advice.why) == ("private.large", "autovacuum waits for 600 dead rows")
        admin.execute(advice.statement.encode())
        assert maintain(database_url, seconds_max=0.0, dry_run=True, need=NEED).advice == []
    finally:
        admin.execute("drop table private.large")


def test_the_seeds_own_statements_run_and_the_guide_shows_them_beside(admin: Connection) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "looking-after.md").read_text("utf-8")
    for statement in re.findall(r".+;", OF_THE_SEED):
        admin.execute(statement.encode())
        assert statement.removesuffix(";") in guide
    name = admin.info.dbname
    admin.execute(f"REINDEX DATABASE {name}".encode())
    assert "REINDEX DATABASE" in guide
