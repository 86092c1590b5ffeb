"""When somebody was here last is written once in five minutes, by whomever they asked, and is their own to see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.accounts.seen import NOTED_MAX, SEEN_SECONDS, Seen
from sahne.database.pool import Database
from tests.world import World

pytestmark = pytest.mark.anyio
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Hand:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def seen(database: Database, hand: Hand) -> Seen:
    return Seen(database, hand)


def away(world: World, who: UUID) -> None:
    world.owner("update public.profiles set last_seen_at = %s where id = %s", LONG_AGO, who)


def last_seen(world: World, who: UUID) -> Any:
    return world.one("select last_seen_at from public.profiles where id = %s", who)


def is_new(moment: datetime) -> bool:
    return datetime.now(UTC) - moment < timedelta(minutes=1)


async def test_who_asks_for_something_was_here_now_and_the_others_were_not(
    world: World, seen: Seen, ada: UUID, bo: UUID
) -> None:
    for person in (ada, bo):
        away(world, person)
    seen.note(bo)
    await seen.write()
    assert is_new(last_seen(world, bo))
    assert last_seen(world, ada) == LONG_AGO


async def test_it_is_written_once_in_five_minutes(world: World, seen: Seen, hand: Hand, bo: UUID) -> None:
    away(world, bo)
    seen.note(bo)
    await seen.write()
    away(world, bo)
    hand.seconds = SEEN_SECONDS - 1
    seen.note(bo)
    await seen.write()
    assert last_seen(world, bo) == LONG_AGO
    hand.seconds = SEEN_SECONDS
    seen.note(bo)
    await seen.write()
    assert is_new(last_seen(world, bo))


async def test_what_another_server_wrote_lately_stays(world: World, database: Database, bo: UUID) -> None:
    lately = datetime.now(UTC) - timedelta(seconds=SEEN_SECONDS - 30)
    world.owner("update public.profiles set last_seen_at = %s where id = %s", lately, bo)
    seen = Seen(database)
    seen.note(bo)
    await seen.write()
    assert last_seen(world, bo) == lately


async def test_it_is_no_change_of_the_profile_and_no_shadow_of_theirs_shows_it(
    world: World, seen: Seen, bo: UUID
) -> None:
    shadow = world.shadow(bo)
    for profile in (bo, shadow):
        away(world, profile)
    changed = world.one("select updated_at from public.profiles where id = %s", bo)
    seen.note(bo)
    await seen.write()
    assert world.one("select updated_at from public.profiles where id = %s", bo) == changed
    assert last_seen(world, shadow) == LONG_AGO
    stranger = world.person()
    assert world.sql(stranger, "select last_seen_at from public.profiles where id = %s", bo) == []


async def test_who_is_gone_or_held_by_somebody_stops_nobody(world: World, seen: Seen, ada: UUID, bo: UUID) -> None:
    for person in (ada, bo):
        away(world, person)
        seen.note(person)
    seen.note(uuid4())
    with world.serving() as conn:
        conn.execute("select from public.profiles where id = %s for update", (ada,))
        await seen.write()
    assert is_new(last_seen(world, bo))
    assert last_seen(world, ada) == LONG_AGO


async def test_a_crowd_beyond_the_bound_is_noted_after_the_next_write(world: World, seen: Seen, bo: UUID) -> None:
    away(world, bo)
    for _ in range(NOTED_MAX):
        seen.note(uuid4())
    seen.note(bo)
    await seen.write()
    assert last_seen(world, bo) == LONG_AGO
    seen.note(bo)
    await seen.write()
    assert is_new(last_seen(world, bo))
