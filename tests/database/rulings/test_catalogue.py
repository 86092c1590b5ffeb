"""Pairs for the rulings on sign-up, categories, analytics (S9 to S12, S14): the seeds, then ours."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.database.rulings.rows import refusal, scene, write
from tests.world import World

SIGN_UP = "insert into auth.users (id, email, raw_user_meta_data) values (%s, %s, %s::jsonb)"


@pytest.mark.parametrize(
    ("email", "meta", "fails"),
    [("a@example.com", '{"gender": "other"}', pg.CheckViolation), (None, "{}", pg.NotNullViolation)],
    ids=["another gender", "no e-mail"],
)
def test_s10_everybody_can_sign_up(
    seed: World, ours: World, email: str | None, meta: str, fails: type[Exception]
) -> None:
    with pytest.raises(fails):
        seed.owner(SIGN_UP, uuid4(), email, meta)
    user = uuid4()
    ours.owner(SIGN_UP, user, email, meta)
    found = ours.owner("select email, gender from public.profiles where id = %s", user)
    assert found == [{"email": email, "gender": None}]


def test_s10_another_failure_says_which_trigger_it_was(ours: World) -> None:
    ours.owner("alter table public.profiles add constraint nobody check (email <> 'nobody@example.com') not valid")
    with pytest.raises(pg.CheckViolation, match="on_auth_user_created"):
        ours.owner(SIGN_UP, uuid4(), "nobody@example.com", "{}")
    ours.owner("alter table public.profiles drop constraint nobody")


def test_s11_the_count_of_a_category_follows_every_change(seed: World, ours: World) -> None:
    for world, after in ((seed, [2, 2, 2]), (ours, [2, 1, 0])):
        slug = f"c-{uuid4().hex[:8]}"
        first, second = scene(world, category=slug), scene(world, category=slug)
        asked = "select scene_count from public.categories where slug = %s"
        counted = [world.one(asked, slug)]
        world.owner("update public.scenes set is_active = false where id = %s", first)
        counted.append(world.one(asked, slug))
        world.owner("delete from public.scenes where id = %s", second)
        counted.append(world.one(asked, slug))
        assert counted == after


def test_s12_the_category_of_a_scene_is_one(seed: World, ours: World) -> None:
    unknown = {"category": "no such thing", "prompt_template": "p"}
    seed.put("scenes", name=str(uuid4()), **unknown)
    with pytest.raises(pg.ForeignKeyViolation, match="scenes_category_fkey"):
        ours.put("scenes", name=str(uuid4()), **unknown)
    scene(ours, category="renamed")
    ours.owner("update public.categories set slug = 'new-name' where slug = 'renamed'")
    assert ours.one("select count(*) from public.scenes where category = 'new-name'") == 1


def test_s14_nobody_floods_the_analytics_without_a_name(seed: World, ours: World, bo: UUID) -> None:
    for _ in range(3):
        write(seed, None, "analytics_events", event_name="flood")
    flood = "insert into public.analytics_events (event_name) values ('flood')"
    assert "permission denied" in refusal(ours, None, flood)
    assert refusal(ours, bo, flood) == "You can report only your own events"
    write(ours, bo, "analytics_events", user_id=bo, event_name="opened")


def test_s9_a_month_of_analytics_is_a_partition(seed: World, ours: World, bo: UUID) -> None:
    month = "partition of public.analytics_events for values from ('2024-01-01') to ('2024-02-01')"
    with pytest.raises(pg.InvalidObjectDefinition, match="not partitioned"):
        seed.owner(f"create table public.analytics_events_2024_01 {month}")
    assert ours.one("select private.create_analytics_partition('2024-01-01')") is True
    event = uuid4()
    sent = {"id": event, "user_id": bo, "event_name": "opened", "created_at": "2024-01-15T12:00Z"}
    columns = ", ".join(sent)
    ours.owner(f"insert into public.analytics_events ({columns}) values (%s, %s, %s, %s)", *sent.values())
    kept = ours.owner("select tableoid::regclass::text as place from public.analytics_events where id = %s", event)
    assert kept == [{"place": "private.analytics_events_2024_01"}]
    with pytest.raises(pg.UniqueViolation):
        ours.owner(f"insert into public.analytics_events ({columns}) values (%s, %s, %s, %s)", *sent.values())
