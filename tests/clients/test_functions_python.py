"""The operations through the unmodified Python client: `supabase.functions.invoke('live/…')`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from supabase_functions.errors import FunctionsHttpError

from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from supabase import Client, create_client
from tests.conftest import running_server
from tests.stage import Door, new_key
from tests.world import World, token


@pytest.fixture(scope="module")
def door(settings: Settings) -> Iterator[Door]:
    with running_server(settings, InMemoryLiveKit()):
        door = Door(settings)
        yield door
        door.close()


def client_of(door: Door, settings: Settings, user: UUID) -> Client:
    client = create_client(settings.api_url, settings.publishable_key)
    client.functions.set_auth(token(user))
    return client


def invoke(client: Client, path: str, body: Any = None, **options: Any) -> Any:
    answer = client.functions.invoke(path, {"body": body or {}} | options)
    assert isinstance(answer, bytes)
    return orjson.loads(answer)


def test_a_session_a_gift_and_a_wallet(door: Door, settings: Settings, database_url: str) -> None:
    world = World(database_url)
    ada, bo = world.person(creator=True), world.person(coins=100)
    host, viewer = client_of(door, settings, ada), client_of(door, settings, bo)
    session = invoke(host, "live/sessions", {"session_type": "video_live", "title": "Sahne"})["session"]["id"]
    assert invoke(host, f"live/sessions/{session}/start")["session"]["status"] == "live"
    assert invoke(viewer, f"live/sessions/{session}/join")["livekit"]["token"]
    gift, key = {"gift_id": str(world.gift(30))}, {"Idempotency-Key": new_key()}
    path = f"live/sessions/{session}/gifts"
    for _ in range(2):
        assert invoke(viewer, path, gift, headers=key)["wallet"] == {"balance": 70}
    assert invoke(viewer, "coins/wallet", method="GET") == {"balance": 70}
    edited = invoke(host, f"live/sessions/{session}", {"title": "Gece"}, method="PATCH")
    assert edited["session"]["title"] == "Gece"


def test_a_refusal_arrives_as_the_clients_own_error(door: Door, settings: Settings, database_url: str) -> None:
    bo = World(database_url).person()
    with pytest.raises(FunctionsHttpError) as refused:
        client_of(door, settings, bo).functions.invoke("live/sessions", {"body": {"session_type": "video_live"}})
    assert refused.value.status == 403
