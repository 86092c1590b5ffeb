"""A refusal names the way that there is: each table that clients do not use freely says which operation to ask instead."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx

from sahne.gateway.functions.operation import PREFIX
from sahne.gateway.functions.table import OPERATIONS
from tests.conftest import Running
from tests.world import World, bearer

NOBODY = uuid4()
WAYS = """
select c.relname as "table", substring(obj_description(c.oid, 'pg_class') from '(?n)^For clients: .+$') as way
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
"""
# There is nothing to ask instead: what is offered is the server's to write, and people write the rest themselves.
NO_OTHER_WAY = {
    "analytics_events", "categories", "category_translations", "gifts", "profiles", "scene_translations", "scenes",
    "session_categories",
}  # fmt: skip
OPERATION = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/\S+?)(?=[,.;]?(?:\s|$))")


def ways(world: World) -> dict[str, str | None]:
    return {row["table"]: row["way"] for row in world.owner(WAYS)}


def test_every_table_names_the_way_past_it_or_there_is_none(world: World) -> None:
    found = ways(world)
    assert {table for table, way in found.items() if way is None} == NO_OTHER_WAY


def test_every_operation_that_a_table_names_is_there(world: World) -> None:
    there = {(each.method, PREFIX + each.path) for each in OPERATIONS}
    named = {each for way in ways(world).values() for each in OPERATION.findall(way or "")}
    assert len(named) > 15
    assert named - there == set()


def test_a_refusal_says_what_to_ask_instead(server: Running, world: World) -> None:
    bo = bearer(world.person())
    url = f"{server.url}/rest/v1"
    read = httpx.get(f"{url}/wallets", headers=bo).json()
    assert (read["code"], read["hint"]) == (
        "42501",
        'With "wallets" the role authenticated may do nothing. For clients: GET /functions/v1/coins/wallet.',
    )
    for method, path, body, operation in (
        ("POST", "live_gifts", {"quantity": 1}, "POST /functions/v1/live/sessions/{session_id}/gifts"),
        ("PATCH", f"live_messages?id=eq.{NOBODY}", {"content": "x"}, "PATCH /functions/v1/live/messages/{message_id}"),
        ("POST", "live_session_bans", {"reason": "x"}, "POST /functions/v1/live/sessions/{session_id}/bans"),
        ("POST", "live_participants", {"role": "host"}, "POST /functions/v1/live/sessions/{session_id}/join"),
        ("POST", "generations", {"seed": 1}, "POST /functions/v1/studio/generations"),
        ("DELETE", f"live_sessions?id=eq.{NOBODY}", None, "POST /functions/v1/live/sessions/{session_id}/end"),
    ):
        said = httpx.request(method, f"{url}/{path}", json=body, headers=bo).json()
        assert (said["code"], operation in said["hint"]) == ("42501", True), said
    own = httpx.patch(f"{url}/profiles?id=eq.{NOBODY}", json={"is_premium": True}, headers=bo).json()
    assert "For clients" not in own["hint"], "no other way to it"


def test_who_was_in_a_session_that_has_ended_is_told_so_and_nobody_else(server: Running, world: World) -> None:
    ada, cem = world.person(creator=True), world.person()
    session = world.session(ada)
    bo = world.watching(session)
    world.verb(ada, "end_session", session)
    for user, words in (
        (bo, ("The session has ended", "Join one that is live.")),
        (cem, ("Only people in a live session can post", "Join the session first.")),
    ):
        line = {"session_id": str(session), "sender_id": str(user), "sender_profile_id": str(user), "content": "hi"}
        answer = httpx.post(f"{server.url}/rest/v1/live_messages", json=line, headers=bearer(user))
        assert (answer.status_code, answer.json()["message"], answer.json()["hint"]) == (403, *words)
