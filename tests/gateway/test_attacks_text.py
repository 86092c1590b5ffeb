"""Texts made to hurt: a NUL that would cut a filter short, JSON without a floor, moments outside of time."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from tests.conftest import Running
from tests.world import World, token


def signed_in(user: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {token(user)}", "idempotency-key": str(uuid4())}


def test_a_nul_in_a_filter_is_refused_and_never_cuts_it_short(server: Running, world: World, ada: UUID) -> None:
    """`like.%\\0…` would arrive as `like.%`: every row of mine instead of none."""
    world.owner("update public.profiles set display_name = 'Ada' where id = %s", ada)
    path = f"{server.url}/rest/v1/profiles?display_name=like.*%00nobody"
    answer = httpx.patch(path, json={"display_name": "gone"}, headers=signed_in(ada))
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")
    assert world.one("select display_name from public.profiles where id = %s", ada) == "Ada"


@pytest.mark.parametrize("path", ["live/sessions", "live/sessions/{session}/bans", "studio/generations"])
def test_a_nul_in_a_body_is_the_callers_mistake(server: Running, world: World, ada: UUID, path: str) -> None:
    body = {
        "live/sessions": {"title": "a\0b", "session_type": "video_live"},
        "live/sessions/{session}/bans": {"profile_id": str(world.person()), "reason": "a\0b"},
        "studio/generations": {"scene_id": str(scene(world)), "photo_path": f"{ada}/a\0b"},
    }[path]
    url = f"{server.url}/functions/v1/{path.format(session=world.session(ada, live=False))}"
    answer = httpx.post(url, json=body, headers=signed_in(ada))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text


def test_a_moment_that_no_clock_knows_is_the_callers_mistake(server: Running, ada: UUID) -> None:
    body = {"session_type": "video_live", "scheduled_at": "9999-12-31T23:59:59-23:00"}
    answer = httpx.post(f"{server.url}/functions/v1/live/sessions", json=body, headers=signed_in(ada))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text


@pytest.mark.parametrize("depth", [500, 900, 100_000])
def test_arguments_without_a_floor_are_no_fault_of_ours(server: Running, depth: int) -> None:
    body = b'{"limit":' + b"[" * depth + b"]" * depth + b"}"
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{server.url}/rest/v1/rpc/popular_scenes", content=body, headers=headers)
    assert answer.status_code == 400, answer.text


def scene(world: World) -> UUID:
    world.owner("insert into public.categories (name, slug) values ('Any', 'any') on conflict do nothing")
    made = world.one(
        "insert into public.scenes (name, category, prompt_template) values (%s, 'any', 'words') returning id", uuid4()
    )
    return UUID(str(made))
