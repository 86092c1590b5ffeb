"""Who waits for a session is told a day and a quarter of an hour before, and when it starts: each once, of the time it has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.at_once import together
from tests.world import World

DAY, QUARTER, SECOND = timedelta(days=1), timedelta(minutes=15), timedelta(seconds=1)


def planned(world: World, ada: UUID, ahead: timedelta) -> UUID:
    return world.session(ada, live=False, scheduled_at=str(datetime.now(UTC) + ahead))


def pass_time(world: World, session: UUID, by: timedelta) -> None:
    """The clock goes on: all that is told by it comes nearer, and nobody has moved anything."""
    with psycopg.connect(world.url) as conn:
        conn.execute("set local session_replication_role = replica")
        conn.execute("update public.live_sessions set scheduled_at = scheduled_at - %s where id = %s", (by, session))
        conn.execute(
            """update public.session_reminders set planned_at = planned_at - %(by)s, next_at = next_at - %(by)s
                where session_id = %(session)s""",
            {"by": by, "session": session},
        )


def told(world: World, who: UUID) -> list[str]:
    """What somebody has been told once the clock has looked."""
    while world.one("select private.tell_reminders()"):
        pass
    return [row["code"] for row in world.sql(who, "select code from public.notifications order by created_at")]


def test_each_is_told_once_and_at_its_time(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, DAY + timedelta(hours=2))
    for _ in range(2):
        world.verb(bo, "remind_of_session", session)
    assert told(world, bo) == []
    pass_time(world, session, timedelta(hours=2) - SECOND * 30)
    assert told(world, bo) == []
    pass_time(world, session, SECOND * 31)
    assert told(world, bo) == told(world, bo) == ["session_tomorrow"]
    pass_time(world, session, DAY - QUARTER - SECOND * 60)
    assert told(world, bo) == ["session_tomorrow"]
    pass_time(world, session, SECOND * 61)
    assert told(world, bo) == told(world, bo) == ["session_tomorrow", "session_soon"]
    world.verb(ada, "start_session", session)
    assert told(world, bo) == told(world, bo) == ["session_tomorrow", "session_soon", "session_live"]
    assert world.sql(bo, "select id from public.session_reminders") == []


def test_a_clock_that_stood_still_tells_the_nearest_alone(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, DAY * 2)
    world.verb(bo, "remind_of_session", session)
    pass_time(world, session, DAY * 2 - timedelta(minutes=5))
    assert told(world, bo) == ["session_soon"]


def test_a_session_that_is_moved_is_told_and_reminded_of_anew(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, timedelta(minutes=10))
    world.verb(bo, "remind_of_session", session)
    world.sql(ada, "update public.live_sessions set scheduled_at = %s where id = %s",
              datetime.now(UTC) + timedelta(hours=5), session)  # fmt: skip
    assert told(world, bo) == told(world, bo) == ["session_moved"]
    pass_time(world, session, timedelta(hours=5) - QUARTER + SECOND)
    assert told(world, bo) == ["session_moved", "session_soon"]


def test_a_session_that_is_called_off_is_told_and_reminded_of_no_more(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, timedelta(minutes=10))
    world.verb(bo, "remind_of_session", session)
    world.verb(ada, "cancel_session", session)
    assert told(world, bo) == told(world, bo) == ["session_called_off"]
    assert world.sql(bo, "select id from public.session_reminders") == []


def test_who_takes_it_back_is_told_nothing(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, timedelta(minutes=16))
    world.verb(bo, "remind_of_session", session)
    world.verb(bo, "forget_reminder", session)
    assert world.refusal(bo, "forget_reminder", session) == (404, "not_found")
    pass_time(world, session, timedelta(minutes=2))
    world.verb(ada, "start_session", session)
    assert told(world, bo) == []


def test_a_draft_without_a_time_tells_when_it_starts(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada, live=False)
    world.verb(bo, "remind_of_session", session)
    world.verb(ada, "start_session", session)
    assert told(world, bo) == ["session_live"]


def test_only_named_people_are_reminded_and_only_of_what_is_to_come(world: World, ada: UUID, bo: UUID) -> None:
    live = world.session(ada)
    assert world.refusal(bo, "remind_of_session", live) == (409, "session_not_scheduled")
    assert world.refusal(bo, "remind_of_session", uuid4()) == (404, "not_found")
    plan = planned(world, ada, DAY)
    assert world.refusal(world.person(anonymous=True), "remind_of_session", plan) == (403, "anonymous_not_allowed")


def test_reminders_are_ones_own_to_see_and_nobodys_to_write(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, DAY)
    world.verb(bo, "remind_of_session", session)
    seen = "select session_id, user_id from public.session_reminders"
    assert (world.sql(bo, seen), world.sql(ada, seen)) == ([{"session_id": session, "user_id": bo}], [])
    for statement in (
        "insert into public.session_reminders (session_id, user_id) select session_id, user_id from public.session_reminders",
        "delete from public.session_reminders",
        "select next_at from public.session_reminders",
    ):
        with pytest.raises(InsufficientPrivilege):
            world.sql(bo, statement)


def test_many_clocks_at_once_tell_everybody_once(world: World, ada: UUID) -> None:
    session = planned(world, ada, timedelta(minutes=16))
    people = [world.person() for _ in range(30)]
    for person in people:
        world.verb(person, "remind_of_session", session)
    pass_time(world, session, timedelta(minutes=2))
    together(6, lambda _: world.one("select private.tell_reminders(7)"))
    while world.one("select private.tell_reminders(7)"):
        pass
    world.verb(ada, "start_session", session)
    looks = together(4, lambda _: [world.one("select private.tell_reminders(7)") for _ in range(8)])
    assert not [each for each in looks if isinstance(each, Exception)]
    for person in people:
        assert told(world, person) == ["session_soon", "session_live"]


def told_of(world: World, who: UUID) -> Any:
    return world.sql(who, "select details from public.notifications")[0]["details"]


def test_what_is_told_is_what_everybody_can_read_of_it(world: World, ada: UUID, bo: UUID) -> None:
    session = planned(world, ada, timedelta(minutes=10))
    world.verb(bo, "remind_of_session", session)
    world.verb(ada, "start_session", session)
    assert told(world, bo) == ["session_live"]
    assert told_of(world, bo).keys() == {"session_id", "title", "session_type", "scheduled_at"}
