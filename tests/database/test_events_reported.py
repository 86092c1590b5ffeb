"""Batches of events in the database: each once, whose they are, who is left out, who is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.at_once import overtaken
from tests.world import World

NOW = datetime.now(UTC)


def event(user: UUID | None, *, at: datetime = NOW, id: UUID | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": str(id or uuid4()), "user_id": str(user) if user else None, "event_name": "opened",
        "created_at": at.isoformat(), **more,
    }  # fmt: skip


def report(world: World, *events: dict[str, Any]) -> dict[int, str]:
    """Those that were left out, and why."""
    users = sorted({each["user_id"] for each in events if each["user_id"]})
    text = json.dumps([each | {"n": n} for n, each in enumerate(events)])
    return dict(world.verb(None, "report_events", users, text))


def kept(world: World, **where: Any) -> list[dict[str, Any]]:
    conditions = " and ".join(f"{name} = %s" for name in where)
    return world.owner(f"select * from public.analytics_events where {conditions}", *where.values())


def test_an_event_is_kept_once_however_often_it_comes(world: World) -> None:
    user, first = world.person(), uuid4()
    assert report(world, event(user, id=first), event(user), event(user, id=first)) == {2: "repeated"}
    assert report(world, event(user, id=first), event(user)) == {0: "repeated"}
    assert len(kept(world, user_id=user)) == 3


@pytest.mark.parametrize("away", [timedelta(days=-8), timedelta(minutes=11), timedelta(days=-7000)])
def test_a_moment_that_cannot_be_believed_is_the_beginning_of_the_day(world: World, away: timedelta) -> None:
    user, id, at = world.person(), uuid4(), datetime.now(UTC) + away
    assert report(world, event(user, id=id, at=at)) == {}
    assert report(world, event(user, id=id, at=at)) == {0: "repeated"}
    (row,) = kept(world, user_id=user)
    received = row["received_at"].astimezone(UTC)
    assert row["created_at"] == received.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_moment_that_can_be_is_kept(world: World) -> None:
    user, now = world.person(), datetime.now(UTC)
    report(world, event(user, at=now - timedelta(days=6)), event(user, at=now + timedelta(minutes=9)))
    assert {row["created_at"] for row in kept(world, user_id=user)} == {
        now - timedelta(days=6),
        now + timedelta(minutes=9),
    }


def test_events_of_nobody_and_of_an_anonymous_sign_in_are_kept_without_a_name(world: World) -> None:
    ids = [uuid4(), uuid4()]
    assert report(world, event(None, id=ids[0]), event(world.person(anonymous=True), id=ids[1])) == {}
    assert [row["user_id"] for id in ids for row in kept(world, id=id)] == [None, None]


def test_who_is_suspended_or_gone_spoils_nothing_for_the_others(world: World) -> None:
    bo, cem, gone = world.person(), world.person(), uuid4()
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", cem)
    assert report(world, event(bo), event(cem), event(gone)) == {1: "suspended", 2: "gone"}
    assert len(kept(world, user_id=bo)) == 1


def test_what_postgresql_would_find_too_large_spoils_nothing_for_the_others(world: World) -> None:
    user = world.person()
    large = {"a": [1] * 4000}  # twelve thousand bytes of text, and three times as many as PostgreSQL keeps them
    assert report(world, event(user), event(user, event_properties=large)) == {1: "too_large"}


def test_of_who_has_opted_out_nothing_is_kept_by_either_way_until_they_say_otherwise(world: World) -> None:
    user = world.person()
    assert world.verb(user, "reporting") == {"is_reporting": True}
    assert world.verb(user, "set_reporting", False) == {"is_reporting": False}
    assert world.verb(user, "set_reporting", False) == {"is_reporting": False}
    neighbour = world.person()
    assert report(world, event(user), event(neighbour)) == {0: "ignored"}
    insert = "insert into public.analytics_events (user_id, event_name) values (%s, 'opened')"
    world.sql(user, insert, user)
    assert kept(world, user_id=user) == []
    assert world.verb(user, "set_reporting", True) == {"is_reporting": True}
    world.sql(user, insert, user)
    assert report(world, event(user)) == {}
    assert len(kept(world, user_id=user)) == 2


def test_who_is_suspended_cannot_say_whether_they_are_counted(world: World) -> None:
    cem = world.person()
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", cem)
    assert world.refusal(cem, "set_reporting", False) == (403, "user_banned")


TELLING: dict[str, Any] = {
    "event_properties": {"name": "Bo"},
    "device_info": {"model": "Bo's phone"},
    "session_id": "s-1",
}


@pytest.mark.parametrize(
    "erase",
    ["delete from auth.users where id = %s", "update auth.users set deleted_at = now() where id = %s"],
    ids=["erased", "erased in all but the row"],
)
def test_who_is_erased_leaves_events_that_tell_of_nobody(world: World, erase: str) -> None:
    user, neighbour, id, other = world.person(), world.person(), uuid4(), uuid4()
    report(world, event(user, id=id, **TELLING), event(neighbour, id=other, **TELLING))
    world.owner(erase, user)
    (row,), (next_to_it,) = kept(world, id=id), kept(world, id=other)
    assert row["event_name"] == "opened"
    assert [row[name] for name in ("user_id", *TELLING)] == [None] * 4
    assert {name: next_to_it[name] for name in TELLING} == TELLING


def test_who_is_suspended_keeps_what_they_reported(world: World) -> None:
    user = world.person()
    report(world, event(user, **TELLING))
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", user)
    assert len(kept(world, user_id=user)) == 1


def test_a_batch_waits_for_an_erasure_under_way_and_finds_nobody(world: World) -> None:
    user, id = world.person(), uuid4()
    with world.serving() as conn:
        conn.execute("set local role supabase_auth_admin")
        conn.execute("delete from auth.users where id = %s", (user,))
        left_out = overtaken(world, conn, lambda: report(world, event(user, id=id)))
    assert left_out == {0: "gone"}
    assert kept(world, id=id) == []


def test_no_client_says_the_verbs(world: World) -> None:
    for statement in ("select private.report_events('{}', '[]')", "select private.set_reporting(false)"):
        with pytest.raises(pg.InsufficientPrivilege):
            world.sql(world.person(), statement)
