"""What happened is told in the transaction that made it so: to one person, who reads it at once, or to all who follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.world import World

READ = "update public.notifications set read_at = %s returning read_at"
EVENTS = "select code, actor_profile_id, user_id from private.events where actor_profile_id = %s order by id"


OF_SOMEBODY = """
select code from private.events where user_id = %s or actor_profile_id = %s
 union all
select code from public.notifications where user_id = %s or actor_profile_id = %s"""


def told(world: World, who: UUID | None) -> list[Any]:
    return [row["code"] for row in world.sql(who, "select code from public.notifications order by created_at")]


def test_one_person_is_told_and_nobody_else_reads_it(world: World, ada: UUID, bo: UUID) -> None:
    world.one("select private.tell(%s, 'kettle_boils', %s, '{\"cups\": 2}')", bo, ada)
    assert (told(world, bo), told(world, ada)) == (["kettle_boils"], [])
    with pytest.raises(InsufficientPrivilege):
        told(world, None)
    assert world.owner(EVENTS, ada) == [{"code": "kettle_boils", "actor_profile_id": ada, "user_id": bo}]


def test_everybody_who_follows_is_one_event_however_many_they_are(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    world.one("select private.announce('kettle_boils', %s)", ada)
    assert world.owner(EVENTS, ada)[-1] == {"code": "kettle_boils", "actor_profile_id": ada, "user_id": None}
    assert "kettle_boils" not in told(world, bo)


def test_who_is_gone_is_told_nothing(world: World, bo: UUID) -> None:
    world.owner("update auth.users set deleted_at = now() where id = %s", bo)
    for nobody in (bo, uuid4()):
        world.one("select private.tell(%s, 'kettle_boils')", nobody)
        assert world.owner(OF_SOMEBODY, *[nobody] * 4) == []


def test_the_moment_of_reading_is_the_servers_and_stays(world: World, bo: UUID) -> None:
    world.one("select private.tell(%s, 'kettle_boils')", bo)
    (first,) = world.sql(bo, READ, "1999-01-01")
    assert datetime.now(UTC) - first["read_at"] < timedelta(minutes=1)
    assert world.sql(bo, READ, "infinity") == [first]
    assert world.sql(bo, READ, None) == [{"read_at": None}]


def test_others_mark_nothing_and_nobody_changes_or_writes_one(world: World, ada: UUID, bo: UUID) -> None:
    world.one("select private.tell(%s, 'kettle_boils')", bo)
    assert world.sql(ada, READ, "now") == []
    for statement in (
        "update public.notifications set code = 'coins_won'",
        "delete from public.notifications",
        "insert into public.notifications (user_id, code) select id, 'coins_won' from public.profiles",
        "select from private.events",
        "select private.tell(gen_random_uuid(), 'coins_won', null, '{}')",
        "select private.announce('coins_won', null, '{}')",
    ):
        with pytest.raises(InsufficientPrivilege):
            world.sql(bo, statement)


def test_what_is_old_is_forgotten_and_what_is_not_stays(world: World, bo: UUID) -> None:
    for _ in range(2):
        world.one("select private.tell(%s, 'kettle_boils')", bo)
    for table, days in (("private.events", 31), ("public.notifications", 91)):
        one = f"(select id from {table} where user_id = %s limit 1)"
        world.owner(f"update {table} set created_at = now() - interval '{days} days' where id = {one}", bo)
    assert world.one("select private.forget_notices(30, 90)") == 2
    assert world.one("select private.forget_notices(30, 90)") == 0
    assert told(world, bo) == ["kettle_boils"]


def test_an_erasure_takes_along_what_was_told_to_and_of_somebody(world: World, ada: UUID, bo: UUID) -> None:
    world.one("select private.tell(%s, 'kettle_boils', %s)", bo, ada)
    world.one("select private.announce('kettle_boils', %s)", ada)
    world.owner("delete from auth.users where id = %s", ada)
    assert world.owner(OF_SOMEBODY, *[ada] * 4) == []
