"""Scenes as admins keep them and people find them: versions without a gap, times at their edges, names in languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.errors import CheckViolation

from sahne.database.actor import ANONYMOUS
from sahne.database.refusals import Refused
from sahne.errors import Unprocessable
from sahne.studio.prompts import PLACEHOLDER, render_prompt
from tests.at_once import together
from tests.world import World

KEEP = "update public.scenes set prompt_template = %s where id = %s"
FAULTS = "select private.template_faults(%s)"
KEPT = """
select regexp_replace(%s, '\\{(gender|style|category)\\}', '', 'g') !~ '[{}]'
"""
PIECES = st.sampled_from(
    ["{gender}", "{style}", "{category}", "{", "}", "{{", "}}", "{gendr}", "{ gender}", "{}", "{Gender}", "a", ", ", "ş",
     "{gender", "style}", "\n", "\\{gender}"]
)  # fmt: skip


@pytest.fixture(scope="module")
def category(world: World) -> str:
    slug = f"c-{uuid4().hex[:8]}"
    world.put("categories", name=slug, slug=slug)
    return slug


@pytest.fixture
def keep(world: World, ege: UUID, category: str) -> Callable[..., Any]:
    """Add a scene, as an admin."""

    def add(**fields: Any) -> Any:
        given = {"name": f"Scene {uuid4()}", "category": category, "prompt_template": "A {gender}, {style}"}
        return save(world, ege, None, **(given | fields))

    return add


def save(world: World, admin: UUID, scene: str | None, **fields: Any) -> Any:
    return world.verb(admin, "save_scene", scene and UUID(scene), json.dumps(fields))["scene"]


def id_of(kept: Any) -> UUID:
    return UUID(kept["scene"]["id"])


def numbers(world: World, scene: UUID) -> list[int]:
    rows = world.owner("select number from private.scene_versions where scene_id = %s order by number", scene)
    return [row["number"] for row in rows]


def find(world: World, words: str | None = None, locale: str | None = None, **wanted: Any) -> list[str]:
    given = {"category": None, "subcategory": None, "premium": None, "order": "featured", "after": None, "limit": 100}
    values = given | wanted
    page = world.verb(None, "list_scenes", words, *values.values(), locale)
    return [scene["name"] for scene in page["scenes"]]


def test_what_makes_a_scenes_pictures_anew_is_a_version_and_its_name_is_none(
    world: World, ege: UUID, keep: Callable[..., Any]
) -> None:
    scene = keep(note="First")
    assert (scene["version"], numbers(world, id_of(scene))) == (1, [1])
    again = save(world, ege, scene["scene"]["id"], name=f"Other {uuid4()}", is_premium=True, order_index=4)
    assert (again["version"], again["version_id"]) == (1, scene["version_id"])
    both = save(world, ege, scene["scene"]["id"], negative_prompt="blurry", providers=["bfl", "embedded"], note="Whole")
    assert (both["version"], both["providers"]) == (2, ["bfl", "embedded"])
    world.owner("update public.scenes set style_keywords = '{sea}' where id = %s", id_of(scene))
    world.owner("delete from private.scene_providers where scene_id = %s", id_of(scene))
    versions = world.verb(ege, "list_scene_versions", id_of(scene), None, 10)["versions"]
    assert [(each["number"], each["note"], each["made_by"]) for each in versions] == [
        (4, None, None), (3, None, None), (2, "Whole", str(ege)), (1, "First", str(ege)),
    ]  # fmt: skip
    assert [each["number"] for each in world.verb(ege, "list_scene_versions", id_of(scene), 3, 1)["versions"]] == [2]


def test_sixteen_who_save_at_once_make_sixteen_versions_without_a_gap(
    world: World, ege: UUID, keep: Callable[..., Any]
) -> None:
    scene = keep()

    def change(number: int) -> None:
        if number % 2:
            save(world, ege, scene["scene"]["id"], prompt_template=f"A {{gender}}, number {number}")
        else:
            world.owner(KEEP, f"A {{gender}}, number {number}", id_of(scene))

    assert together(16, change) == [None] * 16
    assert numbers(world, id_of(scene)) == list(range(1, 18))


def test_an_old_version_comes_back_as_a_new_one(world: World, ege: UUID, keep: Callable[..., Any]) -> None:
    scene = keep(style_keywords=["sea", "sun"], providers=["fal"])
    changed = save(world, ege, scene["scene"]["id"], prompt_template="A {gender}", style_keywords=None, providers=None)
    compared = world.verb(ege, "compare_scene_versions", UUID(scene["version_id"]), UUID(changed["version_id"]))
    assert [(each["field"], each["before"], each["after"]) for each in compared["changes"]] == [
        ("prompt_template", "A {gender}, {style}", "A {gender}"), ("style_keywords", "sea, sun", None),
        ("providers", "fal", None),
    ]  # fmt: skip
    back = world.verb(ege, "restore_scene_version", UUID(scene["version_id"]))["scene"]
    assert (back["version"], back["prompt_template"], back["providers"]) == (3, "A {gender}, {style}", ["fal"])
    assert back["scene"]["style_keywords"] == ["sea", "sun"]
    other = keep()
    refused = (404, "not_found")
    assert world.refusal(ege, "restore_scene_version", uuid4()) == refused
    assert world.refusal(
        ege, "compare_scene_versions", UUID(scene["version_id"]), UUID(other["version_id"])
    ) == refused  # fmt: skip


@pytest.mark.parametrize("who", ["ada", "bo"])
def test_nobody_else_keeps_scenes_or_reads_what_makes_their_pictures(
    world: World, who: str, keep: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    person, scene = request.getfixturevalue(who), keep()
    verbs: dict[str, tuple[Any, ...]] = {
        "save_scene": (id_of(scene), "{}"), "admin_scenes": (None, 10), "read_admin_scene": (id_of(scene),),
        "list_scene_versions": (id_of(scene), None, 10), "restore_scene_version": (UUID(scene["version_id"]),),
        "compare_scene_versions": (UUID(scene["version_id"]), UUID(scene["version_id"])),
        "preview_scene": (id_of(scene), "{}"), "order_scenes": ([id_of(scene)],), "admin_categories": (),
        "save_category": (None, "{}"), "order_categories": ([uuid4()],), "start_experiment": (id_of(scene), "x", "[]"),
        "end_experiment": (uuid4(),), "list_experiments": (id_of(scene),), "read_studio_log": (None, 10),
    }  # fmt: skip
    for verb, values in verbs.items():
        assert world.refusal(person, verb, *values) == (403, "forbidden"), verb
    for table in ("scene_versions", "scene_experiments", "scene_variants", "scene_providers", "studio_log"):
        for reader in (person, ANONYMOUS):
            with pytest.raises(Exception, match="permission denied"):
                world.sql(reader, f"select * from private.{table}")
    for column in ("prompt_template", "negative_prompt"):
        with pytest.raises(Exception, match="permission denied"):
            world.sql(person, f"select {column} from public.scenes")
    with pytest.raises(Exception, match="permission denied"):
        world.sql(person, "select scene_variant_id from public.generations")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=6).map("".join) | st.text("{}genrstylcaoy ", max_size=24))
@example("{gender{style}}")
@example("{gender}}")
def test_what_the_database_takes_of_braces_is_what_is_filled(world: World, template: str) -> None:
    is_kept = bool(world.one(KEPT, template))
    assert is_kept == (not world.one(FAULTS, template))
    assert is_kept == (not set(PLACEHOLDER.sub("", template)) & set("{}"))
    if is_kept:
        assert not set(render_prompt(template, gender=None, style=("a",), category="b")) & set("{}")


@pytest.mark.parametrize("text", ["A {gendr}", "A {gender", "A }", "A {{gender}}", "A {}", ""])
def test_a_template_that_cannot_be_filled_is_refused_by_every_door(
    world: World, ege: UUID, keep: Callable[..., Any], text: str
) -> None:
    scene = keep()
    with pytest.raises(Refused) as refused:
        save(world, ege, scene["scene"]["id"], prompt_template=text)
    assert refused.value.status == 422
    if "gendr" in text:
        assert refused.value.details == {"unknown": ["{gendr}"]}
    with pytest.raises(CheckViolation), world.serving(None) as conn:
        conn.execute(KEEP.encode(), (text, id_of(scene)))
    assert numbers(world, id_of(scene)) == [1]


@pytest.mark.parametrize(
    ("begins", "ends", "is_offered"),
    [(None, None, True), (-1, 1, True), (None, 1, True), (-1, None, True), (1, 2, False), (-2, -1, False),
     (None, 0, False), (0, None, True)],
)  # fmt: skip
def test_a_scene_is_found_and_used_in_its_time_alone(
    world: World, bo: UUID, keep: Callable[..., Any], begins: int | None, ends: int | None, is_offered: bool
) -> None:
    """The edges are asked about in the transaction whose moment they are."""
    scene = keep()
    id, name = id_of(scene), scene["scene"]["name"]
    with world.serving(bo) as conn:
        conn.execute(
            "update public.scenes set active_from = now() + %s * interval '1 day',"
            " active_until = now() + %s * interval '1 day' where id = %s", (begins, ends, id),
        )  # fmt: skip
        listed = conn.execute(
            "select private.list_scenes(null, null, null, null, 'newest', null, 100, null) as page"
        ).fetchone()
        may = conn.execute("select private.may_use_scene(%s) as may", (id,)).fetchone()
        conn.execute("set local role authenticated")
        seen = conn.execute("select id from public.scenes where id = %s", (id,)).fetchall()
    assert listed is not None
    assert may is not None
    assert (name in [each["name"] for each in listed["page"]["scenes"]], may["may"], bool(seen)) == (is_offered,) * 3


def test_a_time_that_ends_before_it_begins_is_refused(world: World, ege: UUID, keep: Callable[..., Any]) -> None:
    with pytest.raises(Unprocessable) as refused:
        keep(active_from="2031-01-02T00:00:00Z", active_until="2031-01-02T00:00:00Z")
    assert refused.value.details == {"rule": "scenes_activity_check"}


def test_a_scene_is_found_by_its_words_in_any_language_and_named_in_the_readers(
    world: World, ege: UUID, keep: Callable[..., Any]
) -> None:
    category = f"k-{uuid4().hex[:8]}"
    group = world.verb(ege, "save_category", None, json.dumps(
        {"name": category, "slug": category, "translations": [{"locale": "tr", "name": "Işıklı geceler"}]}
    ))["category"]  # fmt: skip
    names = [{"locale": "tr", "name": "Altın Saat"}, {"locale": "pt-BR", "name": "Hora dourada", "description": "Sol"}]
    scene = keep(name=f"Golden {category}", description="Warm", category=category, translations=names)
    keep(name=f"Rain {category}", category=category)
    golden = scene["scene"]["name"]
    for words in ("altin", "ALTIN SAAT", "saat altın", "dourada", "golden", "isikli altin", "altiin"):
        assert find(world, words, category=category) == [golden], words
    assert len(find(world, "IŞIKLI", category=category)) == 2
    assert find(world, "altinx yoktur boyle", category=category) == []
    assert find(world, "altin", "tr") == ["Altın Saat"]
    assert find(world, "altin", "tr-TR") == ["Altın Saat"]
    assert find(world, "altin", "pt-BR") == ["Hora dourada"]
    assert find(world, "altin", "pt") == [golden]
    (row,) = world.verb(None, "list_scenes", "altin", category, None, None, "featured", None, 9, "tr")["scenes"]
    assert row["description"] == "Warm"
    named = world.verb(None, "list_categories", "tr")["categories"]
    assert "Işıklı geceler" in [each["name"] for each in named]
    save(world, ege, scene["scene"]["id"], translations=[])
    assert find(world, "dourada", category=category) == []
    world.verb(ege, "save_category", UUID(group["category"]["id"]), json.dumps({"translations": []}))
    assert find(world, "isikli", category=category) == []


def test_pages_of_scenes_follow_each_other_in_every_order(world: World, ege: UUID, keep: Callable[..., Any]) -> None:
    category = f"p-{uuid4().hex[:8]}"
    world.put("categories", name=category, slug=category)
    kept = [keep(category=category, order_index=number // 2, is_premium=number == 3) for number in range(5)]
    names = [each["scene"]["name"] for each in kept]
    for number, each in enumerate(kept):
        world.owner("update public.scenes set usage_count = %s where id = %s", number % 3, id_of(each))
    for order in ("featured", "newest", "popular"):
        found: list[str] = []
        after: str | None = None
        while True:
            page = world.verb(None, "list_scenes", None, category, None, None, order, after, 2, None)
            found += [each["name"] for each in page["scenes"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(found) == sorted(names)
        assert found == names[::-1] if order == "newest" else True
    assert find(world, category=category, premium=True) == [names[3]]
    assert find(world, category=category, subcategory="none") == []
    assert world.verb(ege, "order_scenes", [id_of(each) for each in kept[::-1]]) == {"ordered": 5}
    assert find(world, category=category) == names[::-1]
    assert world.refusal(ege, "order_scenes", [uuid4()]) == (404, "not_found")


def test_a_dry_run_tells_what_is_wrong_and_keeps_nothing(world: World, ege: UUID, keep: Callable[..., Any]) -> None:
    scene = keep(negative_prompt="blurry")
    tried = world.verb(
        ege, "preview_scene", id_of(scene), json.dumps({"prompt_template": "{gendr} {", "category": "no"})
    )
    assert [(each["field"], each["what"]) for each in tried["faults"]] == [
        ("prompt_template", "does not know {gendr}"), ("prompt_template", "does not know {"), ("category", "is not there"),
    ]  # fmt: skip
    assert (tried["scene"]["negative_prompt"], numbers(world, id_of(scene))) == ("blurry", [1])
    empty = world.verb(ege, "preview_scene", None, "{}")["faults"]
    assert [each["field"] for each in empty] == ["prompt_template", "category"]


def test_what_admins_do_is_written_down(world: World, ege: UUID, keep: Callable[..., Any]) -> None:
    scene = keep()
    save(world, ege, scene["scene"]["id"], is_active=False, note="Out")
    act, before = world.verb(ege, "read_studio_log", None, 2)["acts"]
    assert (act["act"], act["actor_id"], act["subject_id"]) == ("edit_scene", str(ege), scene["scene"]["id"])
    assert act["details"] == {"fields": ["is_active", "note"]}
    assert before["act"] == "add_scene"
    assert world.verb(ege, "read_studio_log", before["id"] + 1, 1)["acts"] == [before]
