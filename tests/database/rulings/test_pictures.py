"""Pairs for the rulings on pictures, quota and counters (S1 to S6, S13, S15 to S18, S23): the seeds, then ours."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.database.rulings.rows import own_object, refusal, scene, touch, write
from tests.world import World


def keep(world: World, user: UUID, scene_id: UUID, **more: object) -> None:
    """A client keeps a picture of their own."""
    given = {"image_url": own_object(world, user), "prompt": "p"} | more
    write(world, user, "generated_images", user_id=user, scene_id=scene_id, **given)


def counts(world: World, user: UUID, scene_id: UUID) -> tuple[int, int, int]:
    return (
        world.one("select usage_count from public.scenes where id = %s", scene_id),
        world.one("select generation_count from public.profiles where id = %s", user),
        world.one("select coalesce(sum(generation_count), 0) from public.usage_tracking where user_id = %s", user),
    )


def test_s1_a_user_can_keep_a_picture(seed: World, ours: World) -> None:
    bo, made = seed.person(), scene(seed)
    with pytest.raises(pg.InsufficientPrivilege, match="usage_tracking"):
        keep(seed, bo, made)
    bo, made = ours.person(), scene(ours)
    keep(ours, bo, made)
    assert counts(ours, bo, made) == (1, 1, 1)


def test_s2_a_picture_counts_for_its_scene(mended_seed: World, ours: World) -> None:
    bo, made = mended_seed.person(), scene(mended_seed)
    keep(mended_seed, bo, made)
    assert counts(mended_seed, bo, made) == (0, 1, 1), "the scene's counter is not the caller's to write"
    bo, made = ours.person(), scene(ours)
    keep(ours, bo, made)
    assert counts(ours, bo, made)[0] == 1


@pytest.mark.parametrize(
    "change", ["is_premium = true", "generation_count = -5", "role = 'admin'", "is_creator = true", "email = 'x@y'"]
)
def test_s3_nobody_makes_themselves_more_than_they_are(seed: World, ours: World, change: str) -> None:
    statement = f"update public.profiles set {change} where id = %s"
    bo = seed.person()
    assert touch(seed, bo, statement, bo) == 1
    bo = ours.person()
    assert "permission denied" in refusal(ours, bo, statement, bo)


@pytest.mark.parametrize(
    "forged",
    [{"generation_time": 0.001}, {"model": "forged"}, {"is_favorite": True}, {"created_at": "2001-01-01"},
     {"metadata": "{}"}],
    ids=str,
)  # fmt: skip
def test_s4_what_the_server_says_of_a_picture_is_not_forged(
    mended_seed: World, ours: World, forged: dict[str, object]
) -> None:
    keep(mended_seed, mended_seed.person(), scene(mended_seed), **forged)
    with pytest.raises(pg.InsufficientPrivilege, match="permission denied"):
        keep(ours, ours.person(), scene(ours), **forged)


def test_s4_a_picture_is_an_object_of_ones_own(mended_seed: World, ours: World) -> None:
    elsewhere = f"https://elsewhere.example/{uuid4()}.png"
    keep(mended_seed, mended_seed.person(), scene(mended_seed), image_url=elsewhere)
    with pytest.raises(pg.InsufficientPrivilege, match="objects you uploaded"):
        keep(ours, ours.person(), scene(ours), image_url=elsewhere)


def test_s4_a_kept_picture_changes_its_favour_only(mended_seed: World, ours: World) -> None:
    for world in (mended_seed, ours):
        bo = world.person()
        keep(world, bo, scene(world))
        change = "update public.generated_images set image_url = 'https://x' || id where user_id = %s"
        if world is mended_seed:
            assert touch(world, bo, change, bo) == 1
        else:
            assert "permission denied" in refusal(world, bo, change, bo)
            assert touch(world, bo, "update public.generated_images set is_favorite = true where user_id = %s", bo) == 1


def test_s5_the_limit_of_the_day_is_a_limit(mended_seed: World, ours: World) -> None:
    bo, made = mended_seed.person(), scene(mended_seed)
    for _ in range(11):
        keep(mended_seed, bo, made)
    assert counts(mended_seed, bo, made)[2] == 11
    bo, made = ours.person(), scene(ours)
    for _ in range(10):
        keep(ours, bo, made)
    with pytest.raises(pg.InsufficientPrivilege, match="The daily limit of pictures is reached"):
        keep(ours, bo, made)
    assert counts(ours, bo, made) == (10, 10, 10)


def test_s5_premium_that_ran_out_is_not_premium(seed: World, ours: World) -> None:
    ran_out = "update public.profiles set is_premium = true, subscription_expires_at = now() - interval '1 day'"
    asked = "select case when p.is_premium then 999999 else 10 end from public.profiles p where p.id = %s"
    bo = seed.person()
    seed.owner(f"{ran_out} where id = %s", bo)
    assert seed.one(asked, bo) == 999999
    bo = ours.person()
    ours.owner(f"{ran_out} where id = %s", bo)
    assert ours.sql(bo, 'select "limit" from public.daily_limit()')[0]["limit"] == 10


def test_s6_a_used_scene_can_go(seed: World, ours: World) -> None:
    for world in (seed, ours):
        bo, made = world.person(), scene(world)
        image = world.put("generated_images", user_id=bo, scene_id=made, image_url=str(uuid4()), prompt="p")
        gone = "delete from public.scenes where id = %s returning id"
        if world is seed:
            with pytest.raises(pg.NotNullViolation):
                world.owner(gone, made)
        else:
            assert len(world.owner(gone, made)) == 1
            assert [row["id"] for row in world.sql(bo, "select id from public.recent_images()")] == [image]


def test_s13_the_prompts_stay_with_the_server(seed: World, ours: World) -> None:
    for column in ("prompt_template", "negative_prompt"):
        read = f"select {column} from public.scenes where is_active"
        scene(seed)
        assert seed.sql(None, read) != []
        assert "permission denied" in refusal(ours, None, read)
    assert "permission denied" in refusal(ours, ours.person(), "select prompt from public.generated_images")


def plan(world: World, user: UUID | None, statement: str) -> str:
    return "\n".join(row["QUERY PLAN"] for row in world.sql(user, f"explain (verbose) {statement}"))


def test_s15_the_caller_is_asked_for_once_and_not_at_every_row(seed: World, ours: World) -> None:
    read = "select id from public.generated_images"
    assert "InitPlan" not in plan(seed, seed.person(), read)
    assert "InitPlan" in plan(ours, ours.person(), read)


def test_s16_nobody_pays_for_the_policies_of_the_server(seed: World, ours: World) -> None:
    read = "select id from public.scenes"
    assert "service_role" in plan(seed, None, read)
    assert "service_role" not in plan(ours, None, read)


def test_s17_a_seed_has_32_bits(seed: World, ours: World) -> None:
    for world in (seed, ours):
        bo, made = world.person(), scene(world)
        picture = {"user_id": bo, "scene_id": made, "image_url": str(uuid4()), "prompt": "p", "seed": 4294967295}
        if world is seed:
            with pytest.raises(pg.NumericValueOutOfRange):
                world.put("generated_images", **picture)
        else:
            world.put("generated_images", **picture)


def test_s18_the_day_of_the_quota_is_nobodys_time_zone(mended_seed: World, ours: World) -> None:
    """Two zones whose dates always differ: 25 hours lie between them."""
    for world, days in ((mended_seed, 2), (ours, 1)):
        bo, made = world.person(), scene(world)
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            url = own_object(world, bo)
            with world.acting(bo) as conn:
                conn.execute("select set_config('timezone', %s, true)", (zone,))
                conn.execute(
                    """insert into public.generated_images (user_id, scene_id, image_url, prompt)
                       values (%s, %s, %s, 'p')""",
                    (bo, made, url),
                )
        assert world.one("select count(*) from public.usage_tracking where user_id = %s", bo) == days


def test_s23_what_is_popular_is_counted_over_everybody(mended_seed: World, ours: World) -> None:
    popular = """select count(i.id) from public.scenes s left join public.generated_images i on i.scene_id = s.id
                  where s.id = %s group by s.id"""
    bo, made = mended_seed.person(), scene(mended_seed)
    keep(mended_seed, bo, made)
    assert mended_seed.one(popular, made) == 1
    assert mended_seed.sql(mended_seed.person(), popular, made)[0]["count"] == 0, "a client counts their own only"
    bo, made = ours.person(), scene(ours)
    keep(ours, bo, made)
    asked = "select generation_count from public.popular_scenes(1000) where id = %s"
    assert [ours.sql(who, asked, made)[0]["generation_count"] for who in (ours.person(), None)] == [1, 1]
    ours.sql(bo, "delete from public.generated_images where user_id = %s", bo)
    assert ours.sql(None, asked, made)[0]["generation_count"] == 0
