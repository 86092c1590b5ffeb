"""An announcement reaches every follower once, in batches, whatever becomes of the worker between and within them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.world import World

TOLD = "select user_id, event_count, group_key from public.notifications where code = 'session_live' and actor_profile_id = %s"


def followers(world: World, creator: UUID, count: int) -> list[UUID]:
    people = [world.person() for _ in range(count)]
    for person in people:
        world.verb(person, "follow_profile", creator)
    return people


def announce(world: World, creator: UUID, code: str = "session_live", session: str = "s") -> None:
    world.one("select private.announce(%s, %s, jsonb_build_object('session_id', %s::text))", code, creator, session)


def tell_all(world: World, batch: int = 1000) -> list[int]:
    """The sizes of all batches."""
    sizes = []
    while (size := world.verb(None, "fan_out", batch)) is not None:
        sizes.append(size)
    return sizes


def test_every_follower_is_told_once_and_nobody_else(world: World, ada: UUID, bo: UUID) -> None:
    people = followers(world, ada, 5)
    announce(world, ada)
    assert tell_all(world, 2) == [2, 2, 1]
    assert sorted(row["user_id"] for row in world.owner(TOLD, ada)) == sorted(people)
    assert tell_all(world) == []
    assert world.sql(bo, "select id from public.notifications") == []
    assert [row["code"] for row in world.sql(people[0], "select code from public.notifications")] == ["session_live"]


def test_what_is_no_news_for_followers_goes_to_nobody(world: World, ada: UUID) -> None:
    followers(world, ada, 1)
    announce(world, ada, "goal_reached")
    assert tell_all(world) == []


def test_who_began_to_follow_afterwards_is_not_told(world: World, ada: UUID) -> None:
    old = followers(world, ada, 1)
    announce(world, ada)
    followers(world, ada, 1)
    tell_all(world)
    assert [row["user_id"] for row in world.owner(TOLD, ada)] == old


def test_who_muted_the_creator_or_wants_no_live_news_is_not_told(world: World, ada: UUID) -> None:
    muted, unwilling, willing = followers(world, ada, 3)
    world.verb(muted, "change_notice_preferences", f'{{"muted_creators": ["{ada}"]}}')
    world.verb(unwilling, "change_notice_preferences", '{"categories": {"live": {"app": false}}}')
    announce(world, ada)
    tell_all(world)
    assert [row["user_id"] for row in world.owner(TOLD, ada)] == [willing]


def test_blocked_people_are_told_nothing_of_each_other(world: World, ada: UUID) -> None:
    blocked, blocker = world.person(), world.person()
    for who, whom in ((ada, blocked), (blocker, ada)):
        world.verb(who, "block_profile", whom)
    for person in (blocked, blocker):
        world.owner("insert into public.follows (follower_id, followed_profile_id) values (%s, %s)", person, ada)
        world.one("select private.tell(%s, 'subscribed', %s)", person, ada)
    announce(world, ada)
    tell_all(world)
    assert world.owner("select from public.notifications where actor_profile_id = %s", ada) == []


def test_who_is_told_by_a_reminder_is_not_told_again_as_a_follower(world: World, ada: UUID) -> None:
    (fan,) = followers(world, ada, 1)
    world.one("select private.tell(%s, 'session_live', %s, '{\"session_id\": \"s\"}')", fan, ada)
    announce(world, ada)
    tell_all(world)
    assert [row["event_count"] for row in world.owner(TOLD, ada)] == [1]


def test_a_worker_that_dies_within_a_batch_leaves_nothing_of_it(world: World, ada: UUID) -> None:
    people = followers(world, ada, 4)
    announce(world, ada)
    assert world.verb(None, "fan_out", 2) == 2
    with psycopg.connect(world.url) as dying:
        dying.execute("select private.fan_out(2)")
        assert world.verb(None, "fan_out", 2) is None  # the event is in the other's hands
        dying.execute("select pg_backend_pid()")
        dying.rollback()
    assert tell_all(world, 2) == [2, 0]
    assert Counter(row["user_id"] for row in world.owner(TOLD, ada)) == Counter(people)


def test_a_small_creator_does_not_wait_for_a_large_ones_followers(world: World, ada: UUID) -> None:
    followers(world, ada, 4)
    small = world.person(creator=True)
    (fan,) = followers(world, small, 1)
    announce(world, ada)
    assert world.verb(None, "fan_out", 2) == 2
    announce(world, small)
    assert world.verb(None, "fan_out", 2) == 1
    assert [row["user_id"] for row in world.owner(TOLD, small)] == [fan]
    tell_all(world)


@bounds(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.sampled_from(["announce", "batch", "dies", "follow", "unfollow", "again"]), min_size=3, max_size=14
    ),
    batch=st.integers(1, 3),
)
def test_nobody_is_told_twice_whatever_happens_meanwhile(world: World, acts: list[str], batch: int) -> None:
    creator = world.person(creator=True)
    people = followers(world, creator, 4)
    announced = 0
    steady = {*people[1:]}
    for place, act in enumerate(acts):
        match act:
            case "announce":
                announced += 1
                announce(world, creator, session=f"s{announced}")
            case "batch":
                world.verb(None, "fan_out", batch)
            case "dies":
                with psycopg.connect(world.url) as dying:
                    dying.execute("select private.fan_out(%s)", (batch,))
                    dying.rollback()
            case "follow":
                followers(world, creator, 1)
            case "unfollow":
                world.verb(people[0], "unfollow_profile", creator)
            case "again":
                world.verb(people[0], "unfollow_profile", creator)
                world.owner("delete from private.paces where user_id = %s", people[0])
                world.verb(people[0], "follow_profile", creator)
            case _:
                raise AssertionError(place)
    tell_all(world, batch)
    told = Counter((row["user_id"], row["group_key"]) for row in world.owner(TOLD, creator))
    assert not told or max(told.values()) == 1
    assert {(user, f"session_live:s{n + 1}") for user in steady for n in range(announced)} <= told.keys()
    assert all(row["event_count"] == 1 for row in world.owner(TOLD, creator))


def test_ten_followers_are_one_row_that_grows_until_it_is_read(world: World, ada: UUID) -> None:
    shown = "select event_count, actor_profile_id, read_at is not null as read from public.notifications order by created_at"
    for count in range(1, 4):
        (last,) = followers(world, ada, 1)
        assert world.sql(ada, shown) == [
            {"event_count": count, "actor_profile_id": last if count == 1 else None, "read": False}
        ]
    world.sql(ada, "update public.notifications set read_at = now()")
    followers(world, ada, 2)
    assert [(row["event_count"], row["read"]) for row in world.sql(ada, shown)] == [(3, True), (2, False)]
    world.sql(ada, "update public.notifications set read_at = null")  # both may be unread at once
    assert [row["event_count"] for row in world.sql(ada, shown)] == [3, 2]


NIGHTS: list[tuple[str, str, str, str, str | None]] = [
    # from, until, zone, now, end: an ordinary night, its day, its second half; and nights when clocks are put forward and back
    ("22:00", "07:00", "Europe/Berlin", "2026-01-10 23:00+01", "2026-01-11 07:00+01"),
    ("22:00", "07:00", "Europe/Berlin", "2026-01-10 12:00+01", None),
    ("22:00", "07:00", "Europe/Berlin", "2026-01-11 06:59+01", "2026-01-11 07:00+01"),
    ("22:00", "07:00", "Europe/Berlin", "2026-01-11 07:00+01", None),
    ("13:00", "15:00", "Asia/Tokyo", "2026-01-10 14:00+09", "2026-01-10 15:00+09"),
    ("22:00", "07:00", "Europe/Berlin", "2026-03-28 23:00+01", "2026-03-29 07:00+02"),
    ("22:00", "07:00", "Europe/Berlin", "2026-10-24 23:00+02", "2026-10-25 07:00+01"),
    ("01:00", "02:30", "Europe/Berlin", "2026-03-29 01:30+01", "2026-03-29 03:30+02"),
]  # fmt: skip


@pytest.mark.parametrize(("begins", "until", "zone", "at", "end"), NIGHTS)
def test_quiet_hours_end_by_the_clock_on_the_wall(
    world: World, begins: str, until: str, zone: str, at: str, end: str | None
) -> None:
    asked = "select private.quiet_end(%s, %s, %s, %s::timestamptz) is not distinct from %s::timestamptz"
    assert world.one(asked, begins, until, zone, at, end)


def test_a_night_is_as_long_as_it_is_when_clocks_change(world: World) -> None:
    asked = "select private.quiet_end('22:00', '07:00', 'Europe/Berlin', %s::timestamptz) - %s::timestamptz"
    lengths: list[Any] = [
        world.one(asked, begins, begins)
        for begins in ("2026-03-28 22:00+01", "2026-01-10 22:00+01", "2026-10-24 22:00+02")
    ]
    assert lengths == [timedelta(hours=hours) for hours in (8, 9, 10)]
