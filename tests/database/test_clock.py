"""What happens because time passes, each by itself: one that cannot be done is told and holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.live.clock import TICKS, clock_loops, end_sessions
from sahne.telemetry import Failed, subscribe
from tests.eventually import eventually_async
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def facts() -> Iterator[list[Any]]:
    seen: list[Any] = []
    stop = subscribe(seen.append)
    yield seen
    stop()


@pytest.fixture
def broken(world: World) -> Iterator[str]:
    """The first of all ticks raises."""
    world.owner(f"alter function private.{TICKS[0]} rename to lost")
    yield TICKS[0]
    world.owner(f"alter function private.lost rename to {TICKS[0]}")


async def test_a_tick_that_raises_is_told_and_holds_up_no_other(
    world: World, database: Database, broken: str, facts: list[Any], ada: UUID, bo: UUID
) -> None:
    session = world.session(ada)
    world.verb(bo, "join_session", session)
    world.verb(ada, "invite_profile", session, bo, "co_host")
    world.owner("update public.live_participants set invitation_expires_at = now() where session_id = %s", session)
    world.owner("update public.live_sessions set interrupted_at = now() - interval '1 hour' where id = %s", session)
    loops = clock_loops(database)
    for loop in loops:
        loop.start()

    async def is_done() -> bool:
        return told(facts, broken) and status(world, session) == "ended"

    await eventually_async(is_done)
    for loop in loops:
        await loop.stop()
    assert len([each for each in facts if isinstance(each, Failed)]) == 1


async def test_a_session_that_cannot_be_ended_holds_up_no_other(
    world: World, database: Database, facts: list[Any]
) -> None:
    first, second = sorted(world.session(world.person(creator=True)) for _ in range(2))
    world.owner(
        "update public.live_sessions set interrupted_at = now() - interval '1 hour' where id in (%s, %s)", first, second
    )
    with standing_in_the_way(world, "live_sessions", first):
        await end_sessions(database)
        assert [status(world, session) for session in (first, second)] == ["live", "ended"]
        assert ["not this one" in each.error for each in facts if isinstance(each, Failed)] == [True]
        await end_sessions(database)  # it is not tried again at once
        assert len([each for each in facts if isinstance(each, Failed)]) == 1
    due_again(world)
    await end_sessions(database)
    assert status(world, first) == "ended"


async def test_a_plan_that_cannot_be_called_off_is_told_and_holds_up_no_other(
    world: World, database: Database, facts: list[Any]
) -> None:
    """As many as one sweep takes, and one more behind them."""
    plans = sorted(world.session(world.person(creator=True), live=False) for _ in range(4))
    world.owner("update public.live_sessions set scheduled_at = now() - interval '9 days' where id = any (%s)", plans)
    with standing_in_the_way(world, "live_sessions", *plans[:3]):
        assert world.one("select private.cancel_no_shows(3)") == 0
        assert world.one("select private.cancel_no_shows(3)") == 1
        due_again(world)
        loop = next(each for each in clock_loops(database) if "cancel_no_shows" in each.name)
        loop.start()

        async def is_told() -> bool:
            return len([each for each in facts if isinstance(each, Failed) and "not this one" in each.error]) == 3

        await eventually_async(is_told)
        await loop.stop()
        assert [status(world, plan) for plan in plans] == [*["scheduled"] * 3, "cancelled"]
        waits = """select attempts, extract(epoch from due_at - failed_at)::integer from private.sweep_failures
                    where row_id = any (%s)"""
        assert [tuple(row.values()) for row in world.owner(waits, plans)] == [(2, 120)] * 3
    due_again(world)
    assert world.one("select private.cancel_no_shows()") == 3


@pytest.mark.parametrize("sweep", ["expire_guests", "expire_calls", "tell_reminders"])
async def test_one_that_cannot_be_swept_holds_up_no_other(world: World, ada: UUID, sweep: str) -> None:
    table, rows, left = two_due(world, ada, sweep)
    with standing_in_the_way(world, table, rows[0]):
        world.one(f"select count(*) from private.{sweep}()")
        assert world.one(left, rows) == 1
    due_again(world)
    world.one(f"select count(*) from private.{sweep}()")
    assert world.one(left, rows) == 0


def two_due(world: World, ada: UUID, sweep: str) -> tuple[str, list[UUID], str]:
    """Two rows that a sweep has to deal with: their table, their ids, and how to count those it has not."""
    if sweep == "expire_calls":
        calls = [
            UUID(world.verb(world.person(), "start_call", world.person(), "audio_call")["call"]["id"]) for _ in range(2)
        ]
        world.owner("update public.calls set initiated_at = now() - interval '1 hour' where id = any (%s)", calls)
        return "calls", calls, "select count(*) from public.calls where id = any (%s) and status = 'initiated'"
    if sweep == "expire_guests":
        session = world.session(ada)
        guests = [world.watching(session) for _ in range(2)]
        for guest in guests:
            world.verb(ada, "invite_profile", session, guest, "co_host")
        aged = "update public.live_participants set invitation_expires_at = now() where session_id = %s returning id"
        seats = [row["id"] for row in world.owner(aged, session)]
        seats = [
            row["id"]
            for row in world.owner(
                "select id from public.live_participants where id = any (%s) and invited_at is not null", seats
            )
        ]
        waiting = (
            "select count(*) from public.live_participants where id = any (%s) and invitation_response = 'pending'"
        )
        return "live_participants", seats, waiting
    session = world.session(ada, live=False)
    for _ in range(2):
        world.verb(world.person(), "remind_of_session", session)
    due = "update public.session_reminders set next_at = now() where session_id = %s returning id"
    reminders = [row["id"] for row in world.owner(due, session)]
    return (
        "session_reminders",
        reminders,
        "select count(*) from public.session_reminders where id = any (%s) and next_at <= now()",
    )


@contextmanager
def standing_in_the_way(world: World, table: str, *rows: UUID) -> Iterator[None]:
    """These rows cannot be changed meanwhile."""
    world.owner(
        f"""create function private.stand_in_the_way() returns trigger language plpgsql as $$
            begin
              if new.id = any ('{{{",".join(map(str, rows))}}}'::uuid[]) then raise exception 'not this one'; end if;
              return new;
            end $$"""
    )
    world.owner(
        f"""create trigger z_stand_in_the_way before update on public.{table}
            for each row execute function private.stand_in_the_way()"""
    )
    try:
        yield
    finally:
        world.owner("drop function private.stand_in_the_way cascade")


def due_again(world: World) -> None:
    world.owner("update private.sweep_failures set due_at = now()")


def told(facts: list[Any], tick: str) -> bool:
    return any(isinstance(each, Failed) and tick in each.what for each in facts)


def status(world: World, session: UUID) -> str:
    return str(world.one("select status from public.live_sessions where id = %s", session))
