"""`sahne partitions`: what it shows, makes, moves and drops, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from sahne.cli.app import app
from tests.connections import Connection
from tests.world import World


@pytest.fixture(autouse=True)
def clean(admin: Connection) -> Iterator[None]:
    yield
    admin.execute("delete from public.analytics_events")


def run(url: str, *options: str) -> Any:
    """The command's JSON."""
    answer = CliRunner().invoke(app, ["partitions", "--json", *options], env={"DATABASE_URL": url})
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def write(admin: Connection, *moments: str) -> None:
    for moment in moments:
        admin.execute("insert into public.analytics_events (event_name, created_at) values ('x', %s)", (moment,))


def names(admin: Connection) -> set[str]:
    rows = admin.execute(
        "select relname::text as name from pg_class where oid in"
        " (select inhrelid from pg_inherits where inhparent = 'analytics_events'::regclass)"
    )
    return {row["name"] for row in rows.fetchall()}


def test_the_list_has_bounds_sizes_and_rows_and_the_default_last(database_url: str, admin: Connection) -> None:
    now = datetime.now(UTC)
    write(admin, now.isoformat(), now.isoformat())
    admin.execute("vacuum analyze public.analytics_events")
    said = run(database_url)
    by_name = {each["name"]: each for each in said["partitions"]}
    this = by_name[f"analytics_events_{now:%Y_%m}"]
    assert datetime.fromisoformat(this["from_time"]) <= now < datetime.fromisoformat(this["to_time"])
    assert this["events_about"] == 2
    assert this["bytes"] > 0
    last = said["partitions"][-1]
    assert (last["name"], last["from_time"], last["to_time"]) == ("analytics_events_default", None, None)
    assert said["default"] == []
    assert said["rules"] == {"ahead_months": 4, "retention_months": 13}


def test_months_are_made_ahead_once(database_url: str, admin: Connection) -> None:
    assert run(database_url, "--ahead") == {"made": 0}
    assert run(database_url, "--ahead", "--months", "6") == {"made": 2}
    assert run(database_url, "--ahead", "--months", "6") == {"made": 0}


def test_what_lies_in_the_default_is_told_by_month_and_moved_month_by_month(
    database_url: str, admin: Connection
) -> None:
    write(admin, "2033-01-31T23:59:59Z", "2033-02-01T00:00:00Z", "2033-02-28T00:00:00Z", "2034-05-05T00:00:00Z")
    months = [{"month": "2033-01", "events": 1}, {"month": "2033-02", "events": 2}, {"month": "2034-05", "events": 1}]
    default = run(database_url)["default"]
    assert [{"month": each["month"][:7], "events": each["events"]} for each in default] == months
    assert run(database_url, "--move-default", "--months", "2") == {"moved": months[:2]}
    assert [each["month"] for each in run(database_url)["default"]] == ["2034-05-01"]
    assert run(database_url, "--move-default") == {"moved": months[2:]}
    assert run(database_url, "--move-default") == {"moved": []}
    lying = admin.execute(
        "select tableoid::regclass::text as part, count(*) as n from public.analytics_events group by 1 order by 1"
    )
    assert lying.fetchall() == [
        {"part": "private.analytics_events_2033_01", "n": 1},
        {"part": "private.analytics_events_2033_02", "n": 2},
        {"part": "private.analytics_events_2034_05", "n": 1},
    ]


def test_retention_is_shown_and_drops_only_when_told(database_url: str, admin: Connection) -> None:
    for month in ("2018-01-01", "2018-02-01"):
        admin.execute("select private.create_analytics_partition(%s)", (month,))
    old = ["analytics_events_2018_01", "analytics_events_2018_02"]
    before = names(admin)
    assert run(database_url, "--retention") == {"retention_months": 13, "would_drop": old}
    assert names(admin) == before, "a look changes nothing"
    assert run(database_url, "--retention", "--yes") == {"retention_months": 13, "dropped": old}
    assert names(admin) == before - set(old)
    assert run(database_url, "--retention") == {"retention_months": 13, "would_drop": []}


def test_the_setting_decides_what_is_old(database_url: str, admin: Connection) -> None:
    admin.execute("select private.create_analytics_partition('2017-01-01')")
    admin.execute("update private.settings set analytics_retention_months = 1200")
    try:
        assert run(database_url, "--retention", "--yes")["dropped"] == []
    finally:
        admin.execute("update private.settings set analytics_retention_months = 13")
    assert run(database_url, "--retention", "--yes")["dropped"] == ["analytics_events_2017_01"]


@pytest.mark.parametrize("options", [["--ahead", "--retention"], ["--yes"], ["--ahead", "--months", "121"]])
def test_orders_that_contradict_themselves_are_refused(
    database_url: str, admin: Connection, options: list[str]
) -> None:
    before = names(admin)
    answer = CliRunner().invoke(app, ["partitions", *options], env={"DATABASE_URL": database_url})
    assert answer.exit_code == 2
    assert names(admin) == before


def test_a_database_that_is_not_there_is_said_in_words(admin: Connection) -> None:
    answer = CliRunner().invoke(app, ["partitions"], env={"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/none"})
    assert answer.exit_code == 1
    assert "Nothing answers at 127.0.0.1:1" in answer.output


def test_people_are_shown_a_table_with_what_to_do(database_url: str, admin: Connection) -> None:
    World(database_url).person()
    write(admin, "2035-07-07T00:00:00Z")
    answer = CliRunner().invoke(app, ["partitions"], env={"DATABASE_URL": database_url, "COLUMNS": "120"})
    assert answer.exit_code == 0
    assert "1 event of 2035-07" in answer.output
    assert "--move-default" in answer.output
