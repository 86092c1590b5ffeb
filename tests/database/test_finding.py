"""Creators and sessions are found by what they are called, however it is typed; nobody else and nothing hidden is."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation

from tests.world import World

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
# what the statement runs under, as the function has it
SETTINGS = """
select set_config(split_part(setting, '=', 1), trim(both '"' from split_part(setting, '=', 2)), true)
  from pg_proc, unnest(proconfig) setting where proname = 'found_creators' and setting !~ '^search_path'"""


def creator(world: World, name: str) -> UUID:
    """A creator with a display name of their own."""
    made = world.person(creator=True)
    world.owner("update public.profiles set display_name = %s where id = %s", name, made)
    return made


def search(world: World, who: UUID, words: str | None, **wanted: str) -> Any:
    filters = [wanted.get(name) for name in ("category", "tag", "language")]
    return world.verb(who, "search", words, *filters, 20)


def found(world: World, who: UUID, words: str) -> list[UUID]:
    """Creators, the likest first."""
    return [UUID(face["id"]) for face in search(world, who, words)["creators"]]


def found_sessions(world: World, who: UUID, words: str | None, **wanted: str) -> list[UUID]:
    return [UUID(row["id"]) for row in search(world, who, words, **wanted)["sessions"]]


@pytest.mark.parametrize(
    "typed",
    ["Işıl Çağrıoğlu", "isil cagrioglu", "IŞIL", "İŞİL", "ısıl cagri", "çağrıoğlu", "isl cagrioglu", "Cağrioglu"],
)
def test_a_creator_is_found_in_any_case_with_or_without_dots_and_with_an_error(
    world: World, bo: UUID, typed: str
) -> None:
    isil = creator(world, "Işıl Çağrıoğlu")
    assert isil in found(world, bo, typed)


def test_names_of_other_tongues_fold_as_well(world: World, bo: UUID) -> None:
    people = {name: creator(world, name) for name in ("Zoë Müller-Strauß", "Łukasz Øre", "Ægir d'Œuvre")}
    for name, typed in zip(people, ("zoe muller strauss", "lukasz ore", "aegir oeuvre"), strict=True):
        assert people[name] in found(world, bo, typed)


def test_a_new_name_is_found_and_the_old_one_is_not(world: World, bo: UUID) -> None:
    person = creator(world, "Pervane Tekinsoy")
    world.sql(person, "update public.profiles set display_name = 'Kelebek Ozansoy' where id = %s", person)
    assert person in found(world, bo, "kelebek ozansoy")
    assert person not in found(world, bo, "pervane tekinsoy")


def test_who_is_no_creator_and_whoever_is_behind_a_shadow_is_not_found(world: World, bo: UUID) -> None:
    hidden = creator(world, "Zümrüdüanka Yücesoy")
    world.shadow(hidden, display_name="Zümrüdüanka Yücesoy")
    world.owner("update public.profiles set display_name = 'Zümrüdüanka Yücesoy' where id = %s", world.person())
    assert found(world, bo, "zumruduanka yucesoy") == [hidden]
    world.owner("update public.profiles set is_creator = false where id = %s", hidden)
    assert found(world, bo, "zumruduanka yucesoy") == []


def test_who_is_suspended_is_not_found_nor_what_they_planned(world: World, bo: UUID) -> None:
    host = creator(world, "Karagöz Hacivatoğlu")
    plan = world.session(host, live=False, title="Perde arkası sohbeti")
    assert (found(world, bo, "karagoz hacivatoglu"), found_sessions(world, bo, "perde arkasi")) == ([host], [plan])
    world.owner(SUSPENDED, host)
    assert (found(world, bo, "karagoz hacivatoglu"), found_sessions(world, bo, "perde arkasi")) == ([], [])


def test_sessions_are_found_by_title_tags_and_category_while_they_are_to_come_or_live(
    world: World, ada: UUID, bo: UUID
) -> None:
    session = world.session(ada, live=False, title="Mutfakta türküler", tags=["bağlama", "canlı"], category="music")
    for typed in ("mutfakta turkuler", "baglama", "MÜZİK".replace("ÜZİK", "usic"), "mutfakda turkuler"):
        assert session in found_sessions(world, bo, typed), typed
    world.verb(ada, "start_session", session)
    assert session in found_sessions(world, bo, "türküler")
    world.verb(ada, "end_session", session)
    assert session not in found_sessions(world, bo, "türküler")


def test_filters_narrow_and_live_ones_come_first(world: World, ada: UUID, bo: UUID) -> None:
    tag = f"t{uuid4().hex[:10]}"
    plan = world.session(ada, live=False, tags=[tag.upper()], language="tr", category="games")
    live = world.session(world.person(creator=True), tags=[tag], language="en")
    assert found_sessions(world, bo, None, tag=tag) == [live, plan]
    assert found_sessions(world, bo, None, tag=tag, language="tr") == [plan]
    assert found_sessions(world, bo, None, tag=tag, category="games") == [plan]
    assert found_sessions(world, bo, None, tag=tag, category="music") == []
    assert search(world, bo, "ada", tag=tag)["creators"] == []


@pytest.mark.parametrize("nothing", [None, "", "   ", "%%", "___", "\\"])
def test_words_that_say_nothing_find_nothing(world: World, bo: UUID, nothing: str | None) -> None:
    assert search(world, bo, nothing) == {"creators": [], "sessions": []}


def test_anonymous_sign_ins_search_and_the_suspended_do_not(world: World, bo: UUID) -> None:
    isil = creator(world, "Işıl Yakamoz")
    assert isil in found(world, world.person(anonymous=True), "yakamoz")
    world.owner(SUSPENDED, bo)
    assert world.refusal(bo, "search", "yakamoz", None, None, None, 20) == (403, "user_banned")


def test_what_a_session_is_about_has_bounds_on_either_road(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    own = "update public.live_sessions set {} = %s where id = %s returning category, tags, language"
    (row,) = world.sql(ada, own.format("tags"), ["yemek", "ev"], session)
    assert row["tags"] == ["yemek", "ev"]
    for column, value, error in (
        ("tags", ["a"], CheckViolation),
        ("tags", ["x" * 25], CheckViolation),
        ("tags", ["iki söz"], CheckViolation),
        ("tags", ["#etiket"], CheckViolation),
        ("tags", [None], CheckViolation),
        ("tags", ["\u200b\u200b"], CheckViolation),
        ("tags", ["aa", "bb", "cc", "dd", "ee", "ff"], CheckViolation),
        ("language", "Türkçe", CheckViolation),
        ("category", "no_such", ForeignKeyViolation),
    ):
        with pytest.raises(error):
            world.sql(ada, own.format(column), value, session)
    edited = world.verb(ada, "edit_session", session, json.dumps({"category": "talk", "language": "tr"}))["session"]
    assert (edited["category"], edited["language"], edited["tags"]) == ("talk", "tr", ["yemek", "ev"])


def test_a_search_among_a_hundred_thousand_reads_the_trigrams_alone(world: World, bo: UUID) -> None:
    with psycopg.connect(world.url) as conn:
        conn.execute("set local session_replication_role = replica")
        conn.execute(
            """insert into private.creator_words
               select gen_random_uuid(), substr(md5(n::text), 1, 7) || ' ' || substr(md5((n * 7)::text), 1, 9)
                 from generate_series(1, 100000) n"""
        )
        conn.execute("analyze private.creator_words")
        conn.execute(SETTINGS)
        asked = """select profile_id from private.creator_words words
                    where words.folded operator(extensions.%%>) %s or words.folded like %s"""
        plan = conn.execute(
            f"explain (analyze, format json) {asked}".encode(), ("d3d9446 45c", "d3d9446 45c%")
        ).fetchone()
        conn.rollback()
    assert plan is not None
    text = json.dumps(plan[0])
    assert "idx_creator_words_folded" in text
    assert "Seq Scan" not in text
