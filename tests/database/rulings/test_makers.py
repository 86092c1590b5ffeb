"""Rulings about whoever works outside the database: makers of pictures (S19, S20) and LiveKit (L18)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from livekit import rtc

from sahne.database.pool import Database
from sahne.providers.livekit import permission_of
from sahne.providers.livekit.config import configuration
from sahne.providers.livekit.remote import RemoteLiveKit
from sahne.settings import Settings
from sahne.studio.requests import Wish
from sahne.up.livekit import LiveKitServer
from tests.database.rulings.rows import scene
from tests.eventually import eventually, eventually_async
from tests.livekit_server import livekit_binary
from tests.studio import Studio, ask, work
from tests.world import World

pytestmark = pytest.mark.anyio
TEXT_ONLY = "flux-pro-1.1"


async def make_from_photo(studio: Studio, database: Database) -> UUID:
    """A generation from a person's photo, made by the twin of a maker that edits photos."""
    ada, wanted = studio.person(), studio.scene()
    studio.owner("update public.scenes set negative_prompt = 'blurry' where id = %s", wanted)
    photo = await studio.photo(database, ada)
    generation = await ask(database, ada, Wish(wanted, photo))
    await work(studio.settings, database)
    return generation


def seeds_picture(seed: World) -> dict[str, object]:
    """What the seed keeps of a picture made from a photo, with what its document's insert gives."""
    ada = seed.person()
    made = seed.put("generated_images", user_id=ada, scene_id=scene(seed), image_url=f"https://cdn.example/{ada}.png",
        original_photo_url=f"https://cdn.example/{ada}.jpg", prompt="a portrait", negative_prompt="blurry",
    )  # fmt: skip
    return seed.owner("select * from public.generated_images where id = %s", made)[0]


async def test_s19_the_model_on_record_is_the_one_that_used_the_photo(
    seed: World, ours: World, settings: Settings, database: Database
) -> None:
    picture = seeds_picture(seed)
    assert picture["original_photo_url"]
    assert picture["model"] == TEXT_ONLY  # which takes no photo
    studio = Studio(ours.url, settings)
    (made,) = studio.images(await make_from_photo(studio, database))
    assert made["original_photo_url"]
    assert made["model"] == "memory-1"
    default = "select column_default from information_schema.columns where column_name = 'model'"
    assert ours.one(default + " and table_name = 'generated_images'") == f"'{TEXT_ONLY}'::text"


async def test_s20_a_negative_prompt_that_nobody_heeded_is_kept_and_told(
    seed: World, ours: World, settings: Settings, database: Database
) -> None:
    picture = seeds_picture(seed)
    assert picture["negative_prompt"] == "blurry"
    assert picture["metadata"] is None  # as if it had been heeded
    studio = Studio(ours.url, settings)
    (made,) = studio.images(await make_from_photo(studio, database))
    assert made["negative_prompt"] == "blurry"
    assert "negative_prompt" in made["metadata"]["unused"]


@contextmanager
def left_to_itself(server: LiveKitServer) -> Iterator[None]:
    """The same livekit-server with LiveKit's own word on rooms, as the seed leaves it."""
    told = json.loads(configuration(server.key, server.ports, "http://127.0.0.1:1/webhooks/livekit"))
    del told["room"]
    config = server.data / "left-to-itself.yaml"
    config.write_text(json.dumps(told))
    with subprocess.Popen(
        [str(server.binary), "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: answers(server))
            yield
        finally:
            process.kill()


def answers(server: LiveKitServer) -> bool:
    try:
        return httpx.get(server.url.replace("ws", "http", 1)).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def ours_running(server: LiveKitServer) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


@pytest.mark.parametrize(("run", "comes_back"), [(left_to_itself, True), (ours_running, False)], ids=["seed", "ours"])
async def test_l18_an_ended_room_does_not_come_back_by_an_old_token(
    tmp_path: Path, run: Callable[[LiveKitServer], AbstractContextManager[None]], comes_back: bool
) -> None:
    server = LiveKitServer(livekit_binary(), tmp_path, "http://127.0.0.1:1/webhooks/livekit")
    with run(server):
        livekit = RemoteLiveKit(server.url, server.key.key, server.key.secret)
        token = livekit.token("sahne", "cem", "Cem", permission_of("viewer", "video_live"))
        await livekit.create_room("sahne")
        await livekit.delete_room("sahne")
        assert await came_back(livekit, token) is comes_back


async def came_back(livekit: RemoteLiveKit, token: str) -> bool:
    """Whether somebody with an old token is let in, and the room is there again because of it."""
    room = rtc.Room()
    try:
        await room.connect(livekit.url, token)
    except rtc.ConnectError:
        return bool(await livekit.rooms())
    await eventually_async(lambda: someone_in(livekit))
    await room.disconnect()
    return True


async def someone_in(livekit: RemoteLiveKit) -> bool:
    return bool(await livekit.occupants("sahne"))
