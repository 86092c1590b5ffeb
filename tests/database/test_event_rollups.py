"""What is counted of events is what the events themselves say: after any story of late ones, twice told ones, erasures."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.connections import Connection
from tests.world import World

STORIES = 6
STORIES_TO_PROVE = 200
STEPS = 25
NAMES = ("opened", "scene_viewed", "bought")
ZONES = ("UTC", "Europe/Istanbul", "America/New_York")

# Asked of the events alone; `days` are every day that has sums
RAW = """
with zone as (select quota_time_zone as zone from private.settings),
     came as (select (created_at at time zone zone)::date as day, user_id, event_name
                from public.analytics_events, zone),
     people as (select user_id, min(day) as first_day from came where user_id is not null group by 1)
"""
DAYS = (
    RAW
    + """
select days.day,
       (select count(*) from came where came.day = days.day) as events,
       (select count(*) from came where came.day = days.day and user_id is null) as nobodys,
       (select count(distinct user_id) from came where came.day = days.day) as people,
       (select count(distinct user_id) from came where came.day between days.day - 6 and days.day) as people_of_week,
       (select count(distinct user_id) from came where came.day between days.day - 29 and days.day) as people_of_month
  from private.analytics_days days order by 1
"""
)
ROLLUPS = {
    "days": ("select * from private.analytics_days order by 1", DAYS),
    "events": (
        "select * from private.analytics_event_days order by 1, 2",
        RAW + "select day, event_name, count(*) as events, count(distinct user_id) as people from came group by 1, 2"
        " order by 1, 2",
    ),
    "cohorts by day": (
        "select period, cohort, people from private.analytics_cohorts where unit = 'day' order by 1, 2",
        RAW + "select day as period, first_day as cohort, count(distinct user_id) as people"
        " from came join people using (user_id) group by 1, 2 order by 1, 2",
    ),
    "cohorts by week": (
        "select period, cohort, people from private.analytics_cohorts where unit = 'week' order by 1, 2",
        RAW + "select date_trunc('week', day::timestamp)::date as period,"
        " date_trunc('week', first_day::timestamp)::date as cohort, count(distinct user_id) as people"
        " from came join people using (user_id) group by 1, 2 order by 1, 2",
    ),
}  # fmt: skip


CAME = """
select user_id, event_name, created_at from public.analytics_events
 where user_id is not null and private.house_day(created_at) > private.house_day(now()) - %s
 order by created_at
"""
WAYS: tuple[dict[str, Any], ...] = (
    {"steps": list(NAMES), "window_hours": 24 * 9, "days": 30},
    {"steps": ["opened", "opened"], "window_hours": 720, "days": 60},
    {"steps": ["bought", "opened", "bought"], "window_hours": 100, "days": 9},
)


@pytest.fixture(autouse=True)
def empty(admin: Connection) -> Iterator[None]:
    yield
    admin.execute("delete from public.analytics_events")
    admin.execute("update private.settings set quota_time_zone = 'UTC'")
    for table in (
        "analytics_days",
        "analytics_cohorts",
        "analytics_changes",
        "analytics_stale_days",
        "analytics_funnels",
    ):
        admin.execute(f"delete from private.{table}".encode())
    for table in ("analytics_user_days", "analytics_people", "analytics_event_days", "analytics_dropped_months"):
        admin.execute(f"delete from private.{table}".encode())


def write(world: World, user: UUID | None, at: datetime, name: str = "opened", id: UUID | None = None) -> None:
    world.owner(
        "insert into public.analytics_events (id, user_id, event_name, created_at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        id or uuid4(), user, name, at,
    )  # fmt: skip


def fold(world: World) -> int:
    """All that waits; how many steps it took."""
    steps = 0
    while world.verb(None, "fold_analytics_day"):
        steps += 1
        assert steps < 2_000
    while world.verb(None, "recount_analytics_funnel"):
        steps += 1
        assert steps < 2_000
    return steps


def differences(world: World) -> dict[str, Any]:
    """Where the rollups say otherwise than the events."""
    told = {name: (world.owner(rollup), world.owner(raw)) for name, (rollup, raw) in ROLLUPS.items()}
    return {
        name: [each for each in (*rollup, *raw) if (each in rollup) != (each in raw)]
        for name, (rollup, raw) in told.items()
        if rollup != raw
    }


def walked(world: World, way: dict[str, Any]) -> list[dict[str, Any]]:
    """What the events say of a way, each person's gone through one after the other."""
    people: dict[UUID, list[tuple[str, datetime]]] = {}
    for row in world.owner(CAME, way["days"]):
        people.setdefault(row["user_id"], []).append((row["event_name"], row["created_at"]))
    took: list[list[float]] = [[] for _ in way["steps"]]
    for came in people.values():
        entered, last = None, datetime.min.replace(tzinfo=UTC)
        for place, step in enumerate(way["steps"]):
            then = next((at for name, at in came if name == step and at > last), None)
            entered = entered or then
            if then is None or entered is None or then - entered > timedelta(hours=way["window_hours"]):
                break
            took[place].append((then - entered).total_seconds())
            last = then
    return [
        {
            "event_name": name,
            "people": len(each),
            "median_seconds": pytest.approx(median(each), abs=0.002) if each else None,
        }
        for name, each in zip(way["steps"], took, strict=True)
    ]


def looked_at(world: World, way: dict[str, Any]) -> Any:
    """What an admin is told of a way."""
    told = world.verb(world.admin(), "analytics_funnel", way["steps"], way["window_hours"], way["days"])
    return told["steps"]


def test_every_story_is_counted_as_the_events_tell_it(world: World, pytestconfig: pytest.Config) -> None:
    for number in range(STORIES_TO_PROVE if pytestconfig.getoption("--prove") else STORIES):
        story = Story(world, random.Random(number))
        for _ in range(STEPS):
            story.goes_on()
        fold(world)
        assert differences(world) == {}, f"story {number}: {story.acts}"
        for way in WAYS:
            assert looked_at(world, way) == walked(world, way), f"story {number}: {story.acts}"
        world.owner("delete from public.analytics_events")
        fold(world)


class Story:
    """People come and go, late and twice, and in between the worker counts some of it."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.acts: list[str] = []
        self._world, self._chance = world, chance
        self._people = [world.person() for _ in range(4)]
        self._sent: list[tuple[UUID | None, datetime, str, UUID]] = []

    def goes_on(self) -> None:
        """One act more."""
        acts = [self.comes] * 6 + [
            self.tells_twice,
            self.counts,
            self.counts,
            self.is_looked_at,
            self.is_erased,
            self.takes_back,
            self.moves,
        ]
        act = self._chance.choice(acts)
        self.acts.append(act.__name__)
        act()

    def comes(self) -> None:
        user = self._chance.choice([*self._people, None])
        at = datetime.now(UTC) - timedelta(minutes=self._chance.randrange(50 * 24 * 60))
        told = (user, at, self._chance.choice(NAMES), uuid4())
        self._sent.append(told)
        write(self._world, *told)

    def tells_twice(self) -> None:
        if self._sent:
            write(self._world, *self._chance.choice(self._sent))

    def counts(self) -> None:
        for _ in range(self._chance.randrange(12)):
            self._world.verb(None, "fold_analytics_day")
        for _ in range(self._chance.randrange(3)):
            self._world.verb(None, "recount_analytics_funnel")

    def is_looked_at(self) -> None:
        looked_at(self._world, self._chance.choice(WAYS))

    def is_erased(self) -> None:
        if len(self._people) > 1:
            gone = self._people.pop(self._chance.randrange(len(self._people)))
            self._sent = [told for told in self._sent if told[0] != gone]
            self._world.owner("delete from auth.users where id = %s", gone)

    def takes_back(self) -> None:
        if self._sent:
            told = self._sent.pop(self._chance.randrange(len(self._sent)))
            self._world.owner("delete from public.analytics_events where id = %s", told[3])

    def moves(self) -> None:
        zone = self._chance.choice(ZONES)
        self._world.owner("update private.settings set quota_time_zone = %s", zone)


def test_a_day_ends_where_the_house_is(world: World, bo: UUID) -> None:
    world.owner("update private.settings set quota_time_zone = 'Europe/Istanbul'")
    yesterday = datetime.now(UTC).replace(hour=21, minute=30) - timedelta(days=2)
    write(world, bo, yesterday)
    fold(world)
    day = world.one("select day from private.analytics_user_days where user_id = %s", bo)
    assert day == yesterday.date() + timedelta(days=1)


def test_a_quiet_day_has_the_people_of_the_days_before_it(world: World, bo: UUID) -> None:
    write(world, bo, datetime.now(UTC) - timedelta(days=3))
    fold(world)
    today = world.owner("select * from private.analytics_days order by day desc limit 1")[0]
    assert (today["people"], today["people_of_week"], today["people_of_month"]) == (0, 1, 1)
    assert differences(world) == {}


def test_counting_what_is_counted_already_has_nothing_to_do(world: World, bo: UUID) -> None:
    write(world, bo, datetime.now(UTC))
    assert fold(world) > 0
    assert fold(world) == 0


def test_what_was_counted_stays_when_its_month_is_dropped(world: World, admin: Connection, bo: UUID) -> None:
    old = datetime(2020, 3, 14, 12, tzinfo=UTC)
    admin.execute("select private.create_analytics_partition('2020-03-01')")
    write(world, bo, old)
    write(world, None, old)
    assert "analytics_events_2020_03" in [
        row["name"] for row in admin.execute("select private.drop_old_analytics_partitions() as name").fetchall()
    ]
    counted = "select events, nobodys from private.analytics_days where day = '2020-03-14'"
    assert world.owner(counted) == [{"events": 2, "nobodys": 1}], "what had not been counted was, before it went"
    world.owner("insert into private.analytics_changes (day) values ('2020-03-14')")
    world.verb(None, "fold_analytics_day")
    assert world.owner(counted) == [{"events": 2, "nobodys": 1}], "and is not counted anew out of nothing"
    assert world.one("select first_day from private.analytics_people where user_id = %s", bo) == date(2020, 3, 14)
    world.owner("delete from auth.users where id = %s", bo)
    assert world.one("select count(*) from private.analytics_user_days where day = '2020-03-14'") == 0


def test_two_workers_do_not_count_at_once(world: World, bo: UUID) -> None:
    write(world, bo, datetime.now(UTC))
    with world.serving() as conn:
        row = conn.execute("select private.fold_analytics_day() as day").fetchone()
        assert row
        assert row["day"]
        assert world.verb(None, "fold_analytics_day") is None


def test_a_batch_is_noted_by_its_days(world: World, bo: UUID) -> None:
    now = datetime.now(UTC)
    moments = (now, now - timedelta(days=1), now)
    rows = [
        {"n": n, "id": str(uuid4()), "user_id": str(bo), "event_name": "opened", "created_at": at.isoformat()}
        for n, at in enumerate(moments)
    ]
    world.verb(None, "report_events", [bo], json.dumps(rows))
    assert world.one("select count(*) from private.analytics_changes") == 2


def test_a_way_is_kept_while_it_is_true_and_walked_anew_when_it_is_not(world: World, bo: UUID) -> None:
    ways = "select counted_at, is_true from private.analytics_funnels"
    write(world, bo, datetime.now(UTC) - timedelta(hours=2))
    fold(world)
    assert [step["people"] for step in looked_at(world, WAYS[0])] == [1, 0, 0]
    fold(world)
    (kept,) = world.owner(ways)
    assert kept["is_true"]
    world.owner("update private.analytics_funnels set counted_at = counted_at - interval '1 hour'")
    looked_at(world, WAYS[0])
    assert world.owner(ways)[0]["counted_at"] < kept["counted_at"], "an hour old, and nothing happened since"
    write(world, bo, datetime.now(UTC) - timedelta(hours=1), NAMES[1])
    assert [step["people"] for step in looked_at(world, WAYS[0])] == [1, 1, 0], "not counted yet, and told"
    fold(world)
    write(world, bo, datetime.now(UTC) - timedelta(days=40))
    fold(world)
    assert world.owner(ways)[0]["is_true"]
    world.owner("update private.analytics_funnels set counted_on = counted_on - 1")
    looked_at(world, WAYS[0])
    assert world.one("select counted_on = private.house_day(now()) from private.analytics_funnels"), "another day's"


def test_ways_that_nobody_looks_at_are_forgotten(world: World) -> None:
    for hours in range(1, 25):
        looked_at(world, WAYS[0] | {"window_hours": hours})
    fold(world)
    assert world.one("select array_agg(window_hours order by window_hours) from private.analytics_funnels") == [
        *range(5, 25)
    ]
    world.owner("update private.analytics_funnels set asked_at = now() - interval '2 days' where window_hours < 24")
    looked_at(world, WAYS[0] | {"window_hours": 23})
    fold(world)
    assert world.one("select array_agg(window_hours order by window_hours) from private.analytics_funnels") == [23, 24]
