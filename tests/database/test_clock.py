"""What happens because time passes, each by itself: one that cannot be done is told and holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
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


async def test_a_session_that_cannot_be_ended_holds_up_no_other(world: World, database: Database) -> None:
    first, second = sorted(world.session(world.person(creator=True)) for _ in range(2))
    world.owner(
        "update public.live_sessions set interrupted_at = now() - interval '1 hour' where id in (%s, %s)", first, second
    )
    world.owner(
        f"""create function private.stand_in_the_way() returns trigger language plpgsql as $$
            begin
              if new.id = '{first}' and new.status = 'ended' then raise exception 'not this one'; end if;
              return new;
            end $$"""
    )
    world.owner(
        """create trigger z_stand_in_the_way before update on public.live_sessions
           for each row execute function private.stand_in_the_way()"""
    )
    with pytest.raises(ExceptionGroup, match="not this one"):
        await end_sessions(database)
    world.owner("drop function private.stand_in_the_way cascade")
    assert [status(world, session) for session in (first, second)] == ["live", "ended"]
    await end_sessions(database)
    assert status(world, first) == "ended"


def told(facts: list[Any], tick: str) -> bool:
    return any(isinstance(each, Failed) and tick in each.what for each in facts)


def status(world: World, session: UUID) -> str:
    return str(world.one("select status from public.live_sessions where id = %s", session))
