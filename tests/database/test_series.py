"""A plan that comes again: when one is over the next is made, at the same time of the day whatever the clocks do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.world import World

ZONE = "Europe/Berlin"
# What each has of its own; all else was the host's choice, and stays
OWN = {"id", "livekit_room_name", "scheduled_at", "created_at", "updated_at"}
NEXT = "select * from public.live_sessions where series_id = %s and status = 'scheduled'"


def planned(world: World, ada: UUID, **fields: Any) -> UUID:
    at = datetime.now(UTC) + timedelta(days=1)
    return world.session(ada, live=False, **({"scheduled_at": str(at)} | fields))


def repeated(world: World, ada: UUID, session: UUID, every: str = "weekly", zone: str = ZONE) -> UUID:
    return UUID(world.verb(ada, "repeat_session", session, every, zone)["series"]["id"])


@pytest.mark.parametrize(("every", "days"), [("daily", 1), ("weekly", 7)])
def test_the_next_is_planned_when_one_ends_or_is_called_off(world: World, ada: UUID, every: str, days: int) -> None:
    chosen: dict[str, Any] = {
        "title": "Kahve",
        "description": "Sabah",
        "thumbnail_url": "/k.webp",
        "access_type": "pay_per_view",
    }
    chosen |= {"ppv_coin_price": 5, "chat_enabled": False, "gifts_enabled": False}
    first = planned(world, ada, **chosen, tags=["kahve"], category="talk", language="tr")
    series = repeated(world, ada, first, every)
    (was,) = world.owner(NEXT, series)
    world.verb(ada, "start_session", first)
    assert world.owner(NEXT, series) == []
    world.verb(ada, "end_session", first)
    (second,) = world.owner(NEXT, series)
    assert second["scheduled_at"].astimezone(ZoneInfo(ZONE)) == was["scheduled_at"].astimezone(
        ZoneInfo(ZONE)
    ) + timedelta(days=days)
    assert {name for name in was if second[name] != was[name]} <= OWN
    assert (second["livekit_room_name"], second["started_at"]) == (f"live_{second['id']}", None)
    world.verb(ada, "cancel_session", second["id"])
    (third,) = world.owner(NEXT, series)
    assert third["id"] not in (first, second["id"])


@pytest.mark.parametrize(
    ("before", "after", "hours"),
    [("2026-03-22", "2026-03-29", 167), ("2026-10-18", "2026-10-25", 169), ("2026-06-07", "2026-06-14", 168)],
)
def test_the_time_of_the_day_stays_when_clocks_are_put_on_or_back(
    world: World, before: str, after: str, hours: int
) -> None:
    moment = """select private.moment_of(row(null, null, 'weekly', %s, '20:30', null, 0, null, null)::public.session_series, %s)"""
    one, two = world.one(moment, ZONE, before), world.one(moment, ZONE, after)
    assert two - one == timedelta(hours=hours)
    assert [each.astimezone(ZoneInfo(ZONE)).strftime("%H:%M") for each in (one, two)] == ["20:30", "20:30"]


def test_a_time_that_the_clocks_skip_is_an_hour_later_that_day_alone(world: World) -> None:
    moment = """select private.moment_of(row(null, null, 'daily', %s, '02:30', null, 0, null, null)::public.session_series, %s)"""
    hours = [
        world.one(moment, ZONE, f"2026-03-{day}").astimezone(ZoneInfo(ZONE)).strftime("%H:%M") for day in (28, 29, 30)
    ]
    assert hours == ["02:30", "03:30", "02:30"]


def test_days_that_went_by_are_passed_over(world: World) -> None:
    day = """select private.next_day_of(
               row(null, null, %s, 'UTC', '20:00', '2026-01-01', 0, null, null)::public.session_series, %s)"""
    assert str(world.one(day, "daily", "2026-01-01 20:30+00")) == "2026-01-02"
    assert str(world.one(day, "weekly", "2026-01-01 20:30+00")) == "2026-01-08"
    assert str(world.one(day, "weekly", "2026-03-12 19:59+00")) == "2026-03-12"
    assert str(world.one(day, "weekly", "2026-03-12 20:00+00")) == "2026-03-19"
    assert str(world.one(day, "daily", "2027-01-01 20:01+00")) == "2027-01-02"


def test_an_edit_lasts_and_a_stop_ends_it(world: World, ada: UUID) -> None:
    first = planned(world, ada, title="Eski")
    series = repeated(world, ada, first)
    world.verb(ada, "edit_session", first, json.dumps({"title": "Yeni"}))
    assert repeated(world, ada, first, "daily") == series
    world.verb(ada, "cancel_session", first)
    (second,) = world.owner(NEXT, series)
    assert second["title"] == "Yeni"
    assert world.verb(ada, "stop_repeating", second["id"])["series"]["stopped_at"]
    world.verb(ada, "cancel_session", second["id"])
    assert world.owner(NEXT, series) == []


def test_only_the_host_repeats_and_only_what_has_a_time(world: World, ada: UUID, bo: UUID) -> None:
    session, draft = planned(world, ada), world.session(ada, live=False)
    assert world.refusal(bo, "repeat_session", session, "daily", ZONE) == (403, "forbidden")
    assert world.refusal(ada, "repeat_session", draft, "daily", ZONE) == (409, "session_not_scheduled")
    assert world.refusal(ada, "repeat_session", session, "daily", "Mars/Olympus") == (422, "unprocessable")
    assert world.refusal(ada, "stop_repeating", session) == (404, "not_found")
    repeated(world, ada, session)
    assert world.refusal(bo, "stop_repeating", session) == (403, "forbidden")


def test_a_creator_has_ten_series_at_most(world: World, ada: UUID) -> None:
    sessions = [planned(world, ada) for _ in range(11)]
    for session in sessions[:10]:
        repeated(world, ada, session)
    assert world.refusal(ada, "repeat_session", sessions[10], "daily", ZONE) == (409, "too_many_series")
    world.verb(ada, "stop_repeating", sessions[0])
    repeated(world, ada, sessions[10])


def test_a_series_to_which_nobody_comes_ends_after_four(world: World, ada: UUID) -> None:
    series = repeated(world, ada, planned(world, ada), "daily")
    for _ in range(4):
        (plan,) = world.owner(NEXT, series)
        late = "update public.live_sessions set scheduled_at = now() - interval '24 hours 1 second' where id = %s"
        world.owner(late, plan["id"])
        assert world.one("select private.cancel_no_shows()") == 1
    assert world.owner(NEXT, series) == []
    assert world.one("select stopped_at is not null from public.session_series where id = %s", series)


def test_one_of_a_series_waits_for_its_host_as_long_as_one_with_tickets(world: World, ada: UUID) -> None:
    series = repeated(world, ada, planned(world, ada))
    (plan,) = world.owner(NEXT, series)
    waited = "update public.live_sessions set scheduled_at = now() - %s where id = %s"
    world.owner(waited, timedelta(hours=24) - timedelta(seconds=30), plan["id"])
    assert world.one("select private.cancel_no_shows()") == 0
    world.owner(waited, timedelta(hours=24, seconds=1), plan["id"])
    assert world.one("select private.cancel_no_shows()") == 1


def test_who_is_suspended_or_no_creator_any_more_plans_nothing(world: World, ada: UUID) -> None:
    session = planned(world, ada)
    series = repeated(world, ada, session)
    world.verb(ada, "start_session", session)
    world.owner("update auth.users set banned_until = now() + interval '1 hour' where id = %s", ada)
    assert world.owner(NEXT, series) == []
    other = world.person(creator=True)
    session = planned(world, other)
    series = repeated(world, other, session)
    world.owner("update public.profiles set is_creator = false where id = %s", other)
    world.verb(other, "cancel_session", session)
    assert world.owner(NEXT, series) == []
