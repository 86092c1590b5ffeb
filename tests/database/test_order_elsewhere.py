"""A chat's rules are asked wherever somebody says something to a room, and the house's words of all that people put up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.subscriptions import tier
from tests.world import World

ASK_SO = """insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
            values (%s, %s, %s, %s)"""
OPEN = """insert into public.live_sessions (creator_id, creator_profile_id, session_type, title, description)
          values (%s, %s, 'video_live', %s, %s) returning id"""
DRESSED_UP = "K.ö.t.ü"  # the house's word in another dress


@pytest.fixture(scope="module", autouse=True)
def _house_words(world: World) -> Iterator[None]:
    ege = world.admin()
    world.verb(ege, "house_words", '["kötü"]')
    yield
    world.verb(ege, "house_words", "[]")


def said_no(world: World, who: UUID, statement: str, *values: Any) -> Any:
    """The code beside the refusal of a client's own statement."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
        world.sql(who, statement, *values)
    assert refusal.value.diag.message_hint
    return json.loads(refusal.value.diag.message_detail or "{}").get("code")


def fields(**given: object) -> str:
    return json.dumps(given)


@pytest.mark.parametrize(
    ("message", "code"),
    [(DRESSED_UP, "blocked_word"), ("çirkin bir söz", "blocked_word"), ("bana gel: ornek.com", "links_off")],
)
def test_who_asks_to_come_up_is_held_to_the_chats_rules_by_either_road(
    world: World, ada: UUID, message: str, code: str
) -> None:
    session = world.session(ada)
    world.verb(ada, "edit_chat", session, fields(chat_links_enabled=False, blocked_words=["çirkin"]))
    bo = world.watching(session)
    assert said_no(world, bo, ASK_SO, session, bo, bo, message) == code
    assert world.refusal(bo, "request_to_join", session, message) == (422, code)
    assert world.one("select count(*) from public.live_guest_requests where session_id = %s", session) == 0
    world.sql(bo, ASK_SO, session, bo, bo, "Ben de gelebilir miyim?")


def test_a_line_is_pinned_by_nobody_that_the_house_does_not_take(world: World, ada: UUID) -> None:
    session = world.session(ada)
    assert world.refusal(ada, "post_pinned_line", session, DRESSED_UP) == (422, "blocked_word")
    old = world.put("live_messages", session_id=session, sender_id=ada, sender_profile_id=ada, content=DRESSED_UP)
    assert world.refusal(ada, "pin_message", old, True) == (422, "blocked_word")
    world.verb(ada, "edit_chat", session, fields(chat_links_enabled=False, blocked_words=["çirkin"]))
    pinned = world.verb(ada, "post_pinned_line", session, "çirkin: ornek.com")["message"]["id"]  # the host's own rules
    world.owner("update public.live_messages set content = %s where id = %s", DRESSED_UP, pinned)
    assert world.verb(ada, "pin_message", pinned, False)["message"]["is_pinned"] is False


@pytest.mark.parametrize(
    "said", [{"title": DRESSED_UP}, {"description": "x " * 600 + DRESSED_UP}, {"tags": [DRESSED_UP]}]
)
def test_a_session_does_not_call_itself_so_by_its_operations(world: World, ada: UUID, said: dict[str, Any]) -> None:
    assert world.refusal(ada, "create_session", fields(session_type="video_live", **said)) == (422, "blocked_word")
    session = world.session(ada, live=False)
    assert world.refusal(ada, "edit_session", session, fields(**said)) == (422, "blocked_word")


def test_a_session_does_not_call_itself_so_by_a_clients_own_statement(world: World, ada: UUID) -> None:
    assert said_no(world, ada, OPEN, ada, ada, DRESSED_UP, None) == "blocked_word"
    assert said_no(world, ada, OPEN, ada, ada, "Akşam", DRESSED_UP) == "blocked_word"
    session = world.sql(ada, OPEN, ada, ada, "Akşam", None)[0]["id"]
    edit = "update public.live_sessions set title = %s where id = %s"
    assert said_no(world, ada, edit, DRESSED_UP, session) == "blocked_word"
    world.sql(ada, edit, "Gece", session)


def test_what_was_there_before_the_list_stays_and_the_rest_is_edited(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    world.owner("update public.live_sessions set title = %s where id = %s", DRESSED_UP, session)
    assert world.verb(ada, "edit_session", session, fields(description="Yeni"))["session"]["description"] == "Yeni"
    world.sql(ada, "update public.live_sessions set description = 'Daha yeni' where id = %s", session)
    assert world.verb(ada, "start_session", session)["started"]
    assert world.verb(ada, "end_session", session)["ended"]


def test_nothing_is_offered_or_wished_for_in_such_words(world: World) -> None:
    eda = world.person(creator=True)
    assert world.refusal(eda, "create_tier", fields(name=DRESSED_UP, coin_price=5)) == (422, "blocked_word")
    assert world.refusal(eda, "create_tier", fields(name="Dost", coin_price=5, benefits=[DRESSED_UP])) == (
        422,
        "blocked_word",
    )
    offer = tier(world, eda)
    assert world.refusal(eda, "edit_tier", offer, fields(benefits=["İyi", DRESSED_UP])) == (422, "blocked_word")
    world.owner("update public.subscription_tiers set name = %s where id = %s", DRESSED_UP, offer)
    assert world.verb(eda, "edit_tier", offer, fields(benefits=["İyi"]))["tier"]["benefits"] == ["İyi"]
    assert world.refusal(eda, "add_goal", world.session(eda), DRESSED_UP, 100) == (422, "blocked_word")


def test_nobody_is_called_so(world: World) -> None:
    bo = world.person()
    rename = "update public.profiles set display_name = %s where id = %s"
    assert said_no(world, bo, rename, DRESSED_UP, bo) == "blocked_word"
    assert said_no(world, bo, "update public.profiles set username = 'kotu.' where id = %s", bo) == "blocked_word"
    shadow = "insert into public.profiles (id, user_id, display_name) values (%s, %s, %s)"
    assert said_no(world, bo, shadow, uuid4(), bo, DRESSED_UP) is not None
    world.sql(bo, rename, "Bo", bo)
    world.owner(rename, DRESSED_UP, bo)
    world.sql(bo, "update public.profiles set gender = 'male' where id = %s", bo)


def test_who_signs_up_under_such_a_name_has_none_yet(world: World) -> None:
    bo = world.person(meta={"display_name": DRESSED_UP})
    assert world.one("select display_name from public.profiles where id = %s", bo) is None
    dilek = world.person(meta={"display_name": "Dilek"})
    assert world.one("select display_name from public.profiles where id = %s", dilek) == "Dilek"


def test_a_series_goes_on_though_the_house_takes_its_title_no_more(world: World) -> None:
    eda = world.person(creator=True)
    plan = world.session(eda, live=False, scheduled_at="2026-12-24T18:00:00Z")
    world.owner("update public.live_sessions set scheduled_at = now() + interval '1 day' where id = %s", plan)
    world.verb(eda, "repeat_session", plan, "daily", "UTC")
    world.owner("update public.live_sessions set title = %s where id = %s", DRESSED_UP, plan)
    assert world.verb(eda, "cancel_session", plan)["cancelled"]
    assert (
        world.one("select count(*) from public.live_sessions where creator_id = %s and status = 'scheduled'", eda) == 1
    )


def test_refusals_leave_no_trace_of_the_act(world: World, ada: UUID) -> None:
    """Who is refused for a word has not spent what they may do."""
    session = world.session(ada)
    bo = world.watching(session)
    for _ in range(9):
        with pytest.raises(Refused):
            world.verb(bo, "request_to_join", session, DRESSED_UP)
    assert world.verb(bo, "request_to_join", session, "Gelebilir miyim?")["guest_request"]["status"] == "pending"
