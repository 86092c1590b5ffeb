"""Which way of making a scene is whose: sticky, evenly spread, remembered, counted; and the one that wins is kept."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.studio.requests import Wish, request_again
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio

WAYS = [{"label": "now", "weight": 1}, {"label": "rain", "weight": 3, "prompt_template": "A wet {gender}"}]
FIXED = "00000000-0000-4000-8000-00000000000"
COUNTS = ("people", "asked", "failed", "made", "kept", "favourites", "shared")
SPREAD = """
select variants.label, count(*) as people
  from generate_series(1, 10000) number
  join private.scene_variants variants on variants.id = private.variant_for(%s, md5(number::text)::uuid)
 group by 1 order by 1
"""
BOTH = """
select private.variant_for(%s, md5(number::text)::uuid) as one, private.variant_for(%s, md5(number::text)::uuid) as other,
       count(*) as people
  from generate_series(1, 10000) number
 group by 1, 2
"""
CHI_SQUARE_MAX = 13.8  # of two degrees of freedom: by chance more than this once in a thousand times; the ids are fixed


def begin(world: Studio, admin: UUID, scene: UUID, ways: list[dict[str, Any]] | None = None) -> Any:
    return world.verb(admin, "start_experiment", scene, "Rain", json.dumps(ways or WAYS))["experiment"]


def fixed_experiment(world: Studio, scene: UUID, number: int, weights: dict[str, int]) -> UUID:
    """One whose id, and so whose shares, are the same in every run."""
    id = UUID(f"{FIXED}{number}")
    world.owner(
        "insert into private.scene_experiments (id, scene_id, name, ended_at) values (%s, %s, 'fixed', now())",
        id,
        scene,
    )
    version = world.one("select id from private.scene_versions where scene_id = %s", scene)
    for place, (label, weight) in enumerate(weights.items()):
        world.owner(
            "insert into private.scene_variants (id, experiment_id, label, weight, version_id) values (%s, %s, %s, %s, %s)",
            UUID(f"{FIXED[:-1]}{number}{place}"), id, label, weight, version,
        )  # fmt: skip
    return id


async def test_ten_thousand_people_are_spread_as_the_weights_say_and_stay_where_they_are(studio: Studio) -> None:
    scene = studio.put(
        "scenes", id=UUID(f"{FIXED}a"), name=str(uuid4()), category=a_category(studio), prompt_template="p"
    )
    weights = {"a": 1, "b": 1, "c": 2}
    one = fixed_experiment(studio, scene, 1, weights)
    spread = studio.owner(SPREAD, one)
    expected = {label: 10_000 * weight / 4 for label, weight in weights.items()}
    assert (
        sum((row["people"] - expected[row["label"]]) ** 2 / expected[row["label"]] for row in spread) < CHI_SQUARE_MAX
    )
    assert studio.owner(SPREAD, one) == spread
    other = fixed_experiment(studio, scene, 2, {"a": 1, "b": 1})
    halves: dict[UUID, list[int]] = {row["one"]: [] for row in studio.owner(BOTH, one, other)}
    for row in studio.owner(BOTH, one, other):
        halves[row["one"]].append(row["people"])
    # who is where in one experiment says nothing of the other
    assert (
        sum((people - sum(row) / 2) ** 2 / (sum(row) / 2) for row in halves.values() for people in row) < CHI_SQUARE_MAX
    )


def a_category(world: Studio) -> str:
    slug = f"c-{uuid4().hex[:8]}"
    world.put("categories", name=slug, slug=slug)
    return slug


async def test_a_picture_is_made_by_ones_variant_which_is_remembered_and_counted(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID
) -> None:
    scene = studio.scene()
    experiment = begin(studio, ege, scene)
    now, rain = experiment["variants"]
    assert (now["version"], rain["version"], now["asked"]) == (1, 2, 0)
    mine = studio.one("select private.variant_for(%s, %s)", UUID(experiment["id"]), ada)
    got = now if now["id"] == str(mine) else rain
    photo = await studio.photo(database, ada)
    first = await ask(database, ada, Wish(scene, photo))
    failed = await ask(database, ada, Wish(scene))
    await work(settings, database)
    row = studio.generation(first)
    assert (str(row["scene_variant_id"]), str(row["scene_version_id"])) == (got["id"], got["version_id"])
    assert row["prompt"].startswith("A wet person" if got is rain else "A secret person")
    (image,) = studio.images(first)
    assert image["scene_version_id"] == row["scene_version_id"]
    assert studio.generation(failed)["scene_variant_id"] == mine
    studio.owner("update public.generated_images set is_favorite = true where id = %s", image["id"])
    assert counted(studio, ege, scene, mine) == {
        "people": 1, "asked": 2, "failed": 1, "made": 1, "kept": 1, "favourites": 1, "shared": 0,
    }  # fmt: skip
    (seen,) = studio.sql(ada, "select scene_version_id from public.generated_images where id = %s", image["id"])
    assert str(seen["scene_version_id"]) == got["version_id"]


def counted(studio: Studio, admin: UUID, scene: UUID, variant: UUID) -> dict[str, int]:
    """What an admin is told came of a variant."""
    (told,) = studio.verb(admin, "list_experiments", scene)["experiments"]
    (row,) = (each for each in told["variants"] if each["id"] == str(variant))
    return {name: row[name] for name in COUNTS}


async def test_what_was_made_is_counted_beside_what_is_kept_and_what_was_shared(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID
) -> None:
    scene = studio.scene()
    begin(studio, ege, scene)
    photo = await studio.photo(database, ada)
    made = [await ask(database, ada, Wish(scene, photo)) for _ in range(4)]
    await work(settings, database)
    alone, together, unshared, removed = [studio.images(id)[0]["id"] for id in made]
    variant = studio.generation(made[0])["scene_variant_id"]
    for day in (1, 2):  # two links of a picture are one picture
        studio.verb(ada, "share_image", alone, bytes([day]) * 32, day)
    collection = UUID(studio.verb(ada, "add_collection", "Holidays")["collection"]["id"])
    studio.verb(ada, "put_in_collection", collection, [together])
    assert counted(studio, ege, scene, variant)["shared"] == 1
    studio.verb(ada, "share_collection", collection, bytes([3]) * 32, 1)
    studio.sql(ada, "delete from public.generated_images where id = %s", removed)
    told = counted(studio, ege, scene, variant)
    assert {name: told[name] for name in ("made", "kept", "shared")} == {"made": 4, "kept": 3, "shared": 2}
    (share,) = studio.owner("select id from private.image_shares where token_hash = %s", bytes([1]) * 32)
    studio.verb(ada, "revoke_share", share["id"])
    assert counted(studio, ege, scene, variant)["shared"] == 2, "it was shown, whatever became of the link"
    assert studio.images(made[2])[0]["id"] == unshared


async def test_the_winner_is_how_the_scene_is_made_and_no_winner_leaves_it_as_it_is(studio: Studio, ege: UUID) -> None:
    scene = studio.scene()
    experiment = begin(studio, ege, scene)
    for verb, values in {
        "start_experiment": (scene, "Again", json.dumps(WAYS)), "save_scene": (scene, '{"negative_prompt": "x"}'),
        "restore_scene_version": (UUID(experiment["variants"][0]["version_id"]),),
    }.items():  # fmt: skip
        assert studio.refusal(ege, verb, *values) == (409, "experiment_running"), verb
    assert studio.verb(ege, "save_scene", scene, '{"order_index": 3}')["scene"]["experiment_id"] == experiment["id"]
    assert studio.refusal(ege, "end_experiment", UUID(experiment["id"]), uuid4()) == (404, "not_found")
    ended = studio.verb(ege, "end_experiment", UUID(experiment["id"]), UUID(experiment["variants"][1]["id"]))
    assert (ended["scene"]["prompt_template"], ended["scene"]["version"]) == ("A wet {gender}", 3)
    assert [each["is_winner"] for each in ended["experiment"]["variants"]] == [False, True]
    assert studio.refusal(ege, "end_experiment", UUID(experiment["id"])) == (409, "experiment_ended")
    second = begin(studio, ege, scene, [{"label": "a", "weight": 1}, {"label": "b", "weight": 1, "providers": ["fal"]}])
    left = studio.verb(ege, "end_experiment", UUID(second["id"]))["scene"]
    assert (left["version"], left["providers"], left["experiment_id"]) == (3, None, None)


@pytest.mark.parametrize("wrong", [{"prompt_template": "A {gendr}"}, {"category": "nowhere"}, {"label": "now"}])
async def test_ways_that_cannot_be_are_refused_whole(studio: Studio, ege: UUID, wrong: dict[str, str]) -> None:
    scene = studio.scene()
    ways = [WAYS[0], WAYS[1] | wrong]
    assert studio.refusal(ege, "start_experiment", scene, "Rain", json.dumps(ways)) == (422, "unprocessable")
    assert studio.verb(ege, "list_experiments", scene) == {"experiments": []}


async def test_the_same_again_is_made_by_the_version_of_its_time_and_another_take_by_todays(
    studio: Studio, database: Database, settings: Settings, ada: UUID
) -> None:
    scene = studio.scene()
    photo = await studio.photo(database, ada)
    first = await ask(database, ada, Wish(scene, photo))
    await work(settings, database)
    (image,) = studio.images(first)
    studio.owner(
        "update public.scenes set prompt_template = 'A new {gender}', style_keywords = '{sea}' where id = %s", scene
    )
    prompts = {}
    for seed in ("same", "new"):
        async with database.transaction(user_actor(ada).as_service()) as conn:
            again = await request_again(conn, image["id"], seed, str(uuid4()), providers=("memory",))
        row = studio.generation(again)
        prompts[seed] = (row["prompt"], row["scene_version_id"] == image["scene_version_id"])
    assert prompts == {"same": ("A secret person portrait, sunset", True), "new": ("A new person", False)}
