"""What an operation changes of a chat, the Data API holds a client to, and says by which rule."""

from __future__ import annotations

import json
from uuid import UUID

import httpx

from sahne.settings import Settings
from tests.stage import Door
from tests.world import World, bearer


def test_a_line_that_breaks_a_chats_rule_is_refused_with_its_code(
    door: Door, settings: Settings, world: World, ada: UUID
) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    changed = door.call(ada, "PATCH", f"live/sessions/{session}/chat", {"slow_mode_seconds": 60, "links": False}).json()
    assert (changed["session"]["slow_mode_seconds"], changed["session"]["chat_links_enabled"]) == (60, False)

    def post(content: str) -> httpx.Response:
        row = {"session_id": str(session), "sender_id": str(bo), "sender_profile_id": str(bo), "content": content}
        return httpx.post(f"{settings.api_url}/rest/v1/live_messages", json=row, headers=bearer(bo))

    refused = post("ornek.com")
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    assert json.loads(refused.json()["details"]) == {"code": "links_off"}
    assert post("Merhaba").status_code == 201
    waits = post("Yine ben").json()
    told = json.loads(waits["details"])
    assert told["code"] == "slow_mode"
    assert 0 < told["retry_after_seconds"] <= 60
    assert waits["hint"] == f"Try again in {told['retry_after_seconds']} s."


def test_a_body_of_the_chat_holds_what_is_known_within_its_bounds(door: Door, world: World, ada: UUID) -> None:
    path = f"live/sessions/{world.session(ada)}/chat"
    for body in (
        {"slow_mode_seconds": 3601}, {"slow_mode_seconds": -1}, {"audience": "friends"}, {"links": "no"},
        {"blocked_words": ["x"]}, {"blocked_words": ["iki"] * 201}, {"emoji_only": True},
    ):  # fmt: skip
        assert door.call(ada, "PATCH", path, body).status_code in (400, 422), body


def test_a_full_session_says_how_many_fit(door: Door, world: World, ada: UUID) -> None:
    session = world.session(ada, max_viewers=1)
    world.watching(session)
    refused = door.post(world.person(), f"live/sessions/{session}/join")
    assert (refused.status_code, refused.json()["code"]) == (409, "session_full")
    assert refused.json()["details"] == {"max_viewers": 1}
