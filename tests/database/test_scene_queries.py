"""The six common queries: under row-level security, and telling what counting every picture would tell (S23)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors as pg

from tests.connections import Connection
from tests.database.seed_sql import SEED_SQL
from tests.studio import make_category, make_image, make_scene
from tests.world import World

SEED = 20260101


@pytest.fixture(scope="module")
def people(world: World, admin: Connection) -> list[UUID]:
    """Five users with pictures that came, changed, and partly went, by every way there is."""
    dice = random.Random(SEED)
    users = [world.person() for _ in range(6)]
    categories = [make_category(admin) for _ in range(3)]
    scenes = [make_scene(admin, dice.choice(categories), is_active=dice.random() > 0.2) for _ in range(12)]
    images: list[UUID] = []
    for _ in range(300):
        at = datetime.now(UTC) - timedelta(days=dice.randrange(0, 40), seconds=dice.randrange(0, 86400))
        taken = None if dice.random() < 0.2 else dice.uniform(0.1, 30)
        images.append(
            make_image(admin, dice.choice(users[:5]), scene_id=dice.choice([*scenes, None]), created_at=at,
                       generation_time=taken, is_favorite=dice.random() < 0.3)
        )  # fmt: skip
    for image_id in dice.sample(images, 120):
        change = dice.choice(
            ["is_favorite = not is_favorite", "scene_id = null", "generation_time = null", "generation_time = 2.5",
             "created_at = created_at - interval '1 day'"]
        )  # fmt: skip
        admin.execute(f"update public.generated_images set {change} where id = %s".encode(), (image_id,))
    admin.execute("delete from public.generated_images where id = any (%s)", (dice.sample(images, 60),))
    admin.execute("delete from public.scenes where id = any (%s)", (scenes[:2],))
    admin.execute("delete from auth.users where id = %s", (users.pop(0),))
    return users


@pytest.fixture
def me(people: list[UUID]) -> UUID:
    return people[0]


def call(world: World, who: UUID | None, function: str) -> list[dict[str, Any]]:
    with world.acting(who) as conn:
        return conn.execute(f"select * from public.{function}".encode()).fetchall()


@pytest.mark.parametrize("query", list(SEED_SQL))
def test_each_query_tells_whole_what_the_seeds_own_sql_tells(
    world: World, admin: Connection, people: list[UUID], ege: UUID, query: str
) -> None:
    asked = SEED_SQL[query]
    for person in people if asked.personal else [ege]:
        assert asked.ours(world, person) == asked.seeds(admin, person)


def test_a_profile_comes_with_its_counts(world: World, admin: Connection, people: list[UUID]) -> None:
    for user_id in people:
        counted = admin.execute(
            """
            select count(*) as total_images, count(*) filter (where is_favorite) as favorite_count,
                   max(created_at) as last_generation_at
              from public.generated_images where user_id = %s
            """,
            (user_id,),
        ).fetchone()
        (found,) = call(world, user_id, "profile_with_stats()")
        assert counted
        assert {name: found[name] for name in counted} == counted
        assert found["id"] == user_id


def test_recent_images_are_ones_own_newest_first_with_their_scene(world: World, admin: Connection, me: UUID) -> None:
    counted = admin.execute(
        """
        select gi.id, s.name as scene_name, s.category as scene_category
          from public.generated_images gi left join public.scenes s on s.id = gi.scene_id
         where gi.user_id = %s order by gi.created_at desc limit 20
        """,
        (me,),
    ).fetchall()
    found = call(world, me, "recent_images()")
    assert [{name: row[name] for name in ("id", "scene_name", "scene_category")} for row in found] == counted
    assert len(call(world, me, 'recent_images("limit" => 3)')) == 3
    assert not {"prompt", "negative_prompt"} & found[0].keys()


def test_popular_scenes_count_everybodys_pictures_for_anybody(
    world: World, admin: Connection, people: list[UUID]
) -> None:
    counted = admin.execute(
        """
        select s.id, count(gi.id) as n from public.scenes s
          left join public.generated_images gi on gi.scene_id = s.id
         where s.is_active group by s.id
        """
    ).fetchall()
    expected = {row["id"]: row["n"] for row in counted}
    for who in (people[0], None):
        found = call(world, who, 'popular_scenes("limit" => 1000)')
        assert {row["id"]: row["generation_count"] for row in found} == expected
        assert [row["generation_count"] for row in found] == sorted(expected.values(), reverse=True)
        assert "prompt_template" not in found[0]


def test_the_daily_limit_says_what_is_left(world: World, admin: Connection) -> None:
    user_id = world.person()
    make_image(admin, user_id)
    (found,) = call(world, user_id, "daily_limit()")
    assert (found["used"], found["limit"], found["remaining"], found["is_premium"]) == (1, 10, 9, False)
    assert found["resets_at"] > datetime.now(UTC)


def test_categories_come_with_their_active_scenes(world: World, admin: Connection, people: list[UUID]) -> None:
    counted = admin.execute(
        """
        select c.slug, count(s.id) as n from public.categories c
          left join public.scenes s on s.category = c.slug and s.is_active
         where c.is_active group by c.slug
        """
    ).fetchall()
    found = call(world, None, "categories_with_scene_count()")
    assert {row["slug"]: row["active_scene_count"] for row in found} == {row["slug"]: row["n"] for row in counted}
    assert all(row["scene_count"] == row["active_scene_count"] for row in found)


def test_an_admin_sees_the_days_as_counting_them_would(
    world: World, admin: Connection, people: list[UUID], ege: UUID
) -> None:
    admin.execute("set timezone = 'UTC'")
    counted = admin.execute(
        """
        select date(created_at) as date, count(*) as total_generations, count(distinct user_id) as unique_users,
               avg(generation_time) as avg_generation_time
          from public.generated_images where created_at >= current_date - 30 group by 1 order by 1 desc
        """
    ).fetchall()
    found = call(world, ege, "daily_generation_stats(30)")
    assert len(found) == len(counted)
    for row, other in zip(found, counted, strict=True):
        assert row.pop("avg_generation_time") == pytest.approx(other.pop("avg_generation_time"), abs=1e-6)
        assert row == other


def test_nobody_else_sees_the_days(world: World, me: UUID) -> None:
    for who in (me, None):
        with pytest.raises(pg.InsufficientPrivilege):
            call(world, who, "daily_generation_stats(30)")


@pytest.mark.parametrize("function", ["profile_with_stats()", "recent_images()", "daily_limit()"])
def test_who_is_not_signed_in_has_no_profile_pictures_or_limit(world: World, function: str) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        call(world, None, function)


def test_counts_of_others_are_not_seen(world: World, people: list[UUID]) -> None:
    with world.acting(people[0]) as conn:
        assert conn.execute("select user_id from private.user_image_counts").fetchall() == [{"user_id": people[0]}]
        assert conn.execute("select from private.image_days").rowcount == 0
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute("update private.user_image_counts set total_images = 0")


def test_no_count_is_left_of_what_is_gone(world: World, admin: Connection) -> None:
    user_id, scene_id = world.person(), make_scene(admin)
    at = datetime(2019, 1, 1, tzinfo=UTC)
    image_id = make_image(admin, user_id, scene_id=scene_id, created_at=at, is_favorite=True, generation_time=1.5)
    admin.execute("delete from public.generated_images where id = %s", (image_id,))
    for table, key, value in [
        ("user_image_counts", "user_id", user_id),
        ("scene_image_counts", "scene_id", scene_id),
        ("user_image_days", "user_id", user_id),
        ("image_days", "day", at.date()),
    ]:
        assert admin.execute(f"select from private.{table} where {key} = %s".encode(), (value,)).rowcount == 0
