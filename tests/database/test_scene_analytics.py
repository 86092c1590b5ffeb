"""Events by month: who may write them, where they lie, how they go (rulings S9, S14)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.at_once import overtaken
from tests.connections import Connection
from tests.world import World

INSERT = "insert into public.analytics_events (id, user_id, event_name, created_at) values (%s, %s, 'opened', %s)"


def write(conn: Connection, user_id: UUID | None, at: datetime, event_id: UUID | None = None) -> None:
    conn.execute(INSERT, (event_id or uuid4(), user_id, at))


def now() -> datetime:
    return datetime.now(UTC)


def test_a_user_reports_their_own_events_and_reads_none(world: World, admin: Connection) -> None:
    user_id = world.person()
    with world.acting(user_id) as conn:
        write(conn, user_id, now())
        with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
            conn.execute("select * from public.analytics_events")
    row = admin.execute(
        "select received_at is not null as received, tableoid::regclass::text as part"
        " from public.analytics_events where user_id = %s",
        (user_id,),
    ).fetchone()
    assert row == {"received": True, "part": f"private.analytics_events_{now():%Y_%m}"}


def test_events_of_nobody_and_of_others_are_refused(world: World) -> None:
    user_id, stranger = world.person(), world.person()
    for author in (None, stranger):
        with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege):
            write(conn, author, now())
    with world.acting(None) as conn, pytest.raises(pg.InsufficientPrivilege):
        write(conn, None, now())
    with world.serving() as conn:
        write(conn, None, now())
        assert conn.execute("select from public.analytics_events where user_id is null").rowcount == 1


@pytest.mark.parametrize("offset", [timedelta(days=-8), timedelta(minutes=11)])
def test_a_client_cannot_report_from_far_away_in_time(world: World, offset: timedelta) -> None:
    user_id = world.person()
    with world.acting(user_id) as conn:
        write(conn, user_id, now() - timedelta(days=6))
        with pytest.raises(pg.InsufficientPrivilege):
            write(conn, user_id, now() + offset)


def test_a_retry_with_its_own_timestamp_is_a_duplicate(world: World) -> None:
    user_id, event_id, at = world.person(), uuid4(), now()
    with world.acting(user_id) as conn:
        write(conn, user_id, at, event_id)
    with world.acting(user_id) as conn, pytest.raises(pg.UniqueViolation):
        write(conn, user_id, at, event_id)


def test_months_are_made_ahead_and_once(world: World, admin: Connection) -> None:
    with world.serving() as conn:
        assert conn.execute("select private.create_analytics_partitions_ahead() as n").fetchone() == {"n": 0}
        conn.execute("update private.settings set analytics_partitions_ahead_months = 6")
        assert conn.execute("select private.create_analytics_partitions_ahead() as n").fetchone() == {"n": 2}
    exposed = admin.execute(
        "select from pg_class where relnamespace = 'public'::regnamespace and relname like 'analytics_events_2%'"
    )
    assert exposed.rowcount == 0


def test_a_new_month_takes_what_the_default_held_of_it(world: World, admin: Connection) -> None:
    user_id = world.person()
    write(admin, user_id, datetime(2031, 5, 17, tzinfo=UTC))
    with world.serving() as conn:
        made = conn.execute("select private.create_analytics_partition('2031-05-09') as made").fetchone()
        assert made == {"made": True}
    row = admin.execute(
        "select tableoid::regclass::text as part from public.analytics_events where user_id = %s", (user_id,)
    ).fetchone()
    assert row == {"part": "private.analytics_events_2031_05"}
    unguarded = admin.execute(
        "select relname from pg_class where relkind = 'r' and not relrowsecurity"
        " and relnamespace = 'private'::regnamespace and relname like 'analytics%'"
    )
    assert unguarded.fetchall() == []


def test_a_new_month_waits_for_an_event_that_is_being_written(world: World) -> None:
    user_id = world.person()
    with world.serving() as conn:
        conn.execute(
            "insert into public.analytics_events (user_id, event_name, created_at) values (%s, 'x', '2031-08-31 23:59:59.999999Z')",
            (user_id,),
        )
        made = overtaken(world, conn, lambda: world.verb(None, "create_analytics_partition", date(2031, 8, 1)))
    assert made is True
    part = "select tableoid::regclass::text from public.analytics_events where user_id = %s"
    assert world.one(part, user_id) == "private.analytics_events_2031_08"


def test_months_older_than_the_retention_go_and_the_others_stay(world: World, admin: Connection) -> None:
    admin.execute("select private.create_analytics_partition('2020-01-01')")
    with world.serving() as conn:
        gone = conn.execute("select private.drop_old_analytics_partitions() as name").fetchall()
    assert gone == [{"name": "analytics_events_2020_01"}]
    assert admin.execute(
        "select to_regclass(%s) is not null as there", (f"private.analytics_events_{now():%Y_%m}",)
    ).fetchone() == {"there": True}


def test_a_client_touches_no_partition(world: World) -> None:
    with world.acting(world.person()) as conn:
        for statement in (
            "select * from private.analytics_events_default",
            "select private.drop_old_analytics_partitions()",
            "select private.create_analytics_partition('2020-01-01')",
        ):
            with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
                conn.execute(statement.encode())


def test_an_erased_user_leaves_events_without_a_name(world: World, admin: Connection) -> None:
    user_id, event_id = world.person(), uuid4()
    write(admin, user_id, now(), event_id)
    admin.execute("delete from auth.users where id = %s", (user_id,))
    row = admin.execute("select user_id from public.analytics_events where id = %s", (event_id,)).fetchone()
    assert row == {"user_id": None}
