"""What clients put into rows shows something, is theirs to use, leads nowhere, and comes no faster than people write."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.errors import Unprocessable
from tests.world import World


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ({"is_active": False}, "A picture is of a scene you may use"),
        ({"is_premium": True}, "A picture is of a scene you may use"),
        ({}, ""),
    ],
)
def test_a_picture_is_of_a_scene_its_owner_may_use(world: World, scene: dict[str, bool], said: str, bo: UUID) -> None:
    assert keep_picture(world, bo, scene_of(world, **scene)) == said
    assert keep_picture(world, bo, None) == ""


def test_a_premium_scene_is_for_who_pays_now(world: World, bo: UUID) -> None:
    scene = scene_of(world, is_premium=True)
    world.owner("update public.profiles set is_premium = true where id = %s returning id", bo)
    assert keep_picture(world, bo, scene) == ""
    world.owner("update public.profiles set subscription_expires_at = now() where id = %s returning id", bo)
    assert keep_picture(world, bo, scene) != ""


INVISIBLE = [
    "\u200b",
    "\u2060\u200d",
    "\u00a0",
    "\u3164",
    "\U000e0041",
    " \ufeff\t",
    "\u2800",
    "\u0001",
    "\u007f\u0085",
]
VISIBLE = ["a", "\u200bş", "👩‍🚀", "。", "\u0301"]


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_shows_nothing_is_no_title_no_name_and_no_line(world: World, ada: UUID, text: str) -> None:
    bo = world.watching(world.session(ada))
    with pytest.raises(Unprocessable):
        world.verb(ada, "create_session", json.dumps({"session_type": "video_live", "title": text}))
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql(bo, "update public.profiles set display_name = %s where id = %s", text, bo)
    with pytest.raises(psycopg.errors.CheckViolation):
        post(world, bo, world.one("select session_id from public.live_participants where user_id = %s", bo), text)


@pytest.mark.parametrize("address", ["javascript:alert(1)", " JavaScript:x", "java\tscript:x", "data:text/html,x"])
def test_an_address_that_runs_something_is_no_picture(world: World, ada: UUID, address: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql(ada, "update public.profiles set avatar_url = %s where id = %s", address, ada)
    with pytest.raises(Unprocessable):
        session = {"session_type": "video_live", "title": "Songs", "thumbnail_url": address}
        world.verb(ada, "create_session", json.dumps(session))


@pytest.mark.parametrize("address", ["https://example.com/a:b.png", "avatars/ada/a.png", "/storage/v1/object/public/a"])
def test_an_address_of_a_picture_is_taken(world: World, ada: UUID, address: str) -> None:
    world.sql(ada, "update public.profiles set avatar_url = %s where id = %s", address, ada)
    world.session(ada, thumbnail_url=address)


@pytest.mark.parametrize("text", VISIBLE)
def test_what_shows_anything_may_be_said(world: World, ada: UUID, text: str) -> None:
    session = world.session(ada, title=text)
    bo = world.watching(session)
    world.sql(bo, "update public.profiles set display_name = %s where id = %s", text, bo)
    post(world, bo, session, text)
    assert world.chat(bo, session) == [text]


def test_a_sign_up_with_a_name_that_shows_nothing_has_none(world: World) -> None:
    user = uuid4()
    world.owner(
        "insert into auth.users (id, email, raw_user_meta_data) values (%s, %s, %s) returning id",
        user, f"{user.hex}@example.com", json.dumps({"display_name": "\u200b\u2060"}),
    )  # fmt: skip
    assert world.one("select display_name from public.profiles where id = %s", user) is None


def test_a_client_posts_one_line_a_statement(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    two = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
             select %s, %s, %s, 'x' from generate_series(1, 2)"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="One line is posted at a time"):
        world.sql(bo, two, session, bo, bo)
    post(world, bo, session, "x")
    assert world.chat(bo, session) == ["x"]


def test_a_seat_posts_no_faster_than_the_chat_takes_lines_and_other_seats_are_not_slowed(
    world: World, ada: UUID
) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    for number in range(20):
        post(world, bo, session, str(number))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Lines come faster") as refusal:
        post(world, bo, session, "one more")
    assert refusal.value.diag.message_hint == "Try again in 1 s."
    post(world, dilek, session, "of another seat")
    world.owner("update private.paces set acted_at = acted_at - interval '2 seconds' where act = 'line' returning 1")
    post(world, bo, session, "two seconds later")


def test_a_client_reports_at_most_five_hundred_events_a_statement(world: World, ada: UUID) -> None:
    many = """insert into public.analytics_events (user_id, event_name)
              select %s, 'open' from generate_series(1, %s) returning 1"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="At most 500 events are taken at once"):
        world.sql(ada, many, ada, 501)
    world.sql(ada, many, ada, 500)
    world.sql(ada, many, ada, 500)
    world.owner(many, ada, 501)


def test_a_creator_plans_at_most_twenty_sessions_a_statement(world: World, ada: UUID) -> None:
    many = """insert into public.live_sessions (creator_id, creator_profile_id, session_type, title)
              select %s, %s, 'video_live', 'Songs' from generate_series(1, %s) returning 1"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="At most 20 sessions are taken at once"):
        world.sql(ada, many, ada, ada, 21)
    world.sql(ada, many, ada, ada, 20)


def scene_of(world: World, **fields: bool) -> UUID:
    slug = uuid4().hex
    world.put("categories", name=slug, slug=slug)
    return world.put("scenes", name=slug, category=slug, prompt_template="p", **fields)


def keep_picture(world: World, owner: UUID, scene: UUID | None) -> str:
    """What is said to a picture that a client keeps of the scene; nothing where it is kept."""
    url = world.put_object("images", f"{owner}/{uuid4()}.png", owner)
    try:
        world.sql(
            owner,
            "insert into public.generated_images (user_id, scene_id, image_url, prompt) values (%s, %s, %s, 'p')",
            owner, scene, url,
        )  # fmt: skip
    except psycopg.errors.InsufficientPrivilege as error:
        return error.diag.message_primary or ""
    return ""


def post(world: World, who: UUID, session: UUID, text: str) -> None:
    world.sql(
        who,
        "insert into public.live_messages (session_id, sender_id, sender_profile_id, content) values (%s, %s, %s, %s)",
        session, who, who, text,
    )  # fmt: skip
