"""Two real livekit-servers behind one Sahne: people meet on the one where their session is, whatever becomes of the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from sahne.settings.reading import read_settings
from sahne.up.livekit import LiveKitServer
from tests.clients.live_media import Seat, painting, seated
from tests.conftest import free_port, running_server
from tests.eventually import eventually, eventually_async
from tests.livekit_server import livekit_binary
from tests.stage import Door
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Two:
    """Sahne, and its servers."""

    world: World
    door: Door
    main: LiveKitServer
    eu: LiveKitServer


@pytest.fixture
def two(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    data, port = tmp_path_factory.mktemp("two"), free_port()
    hook = f"http://127.0.0.1:{port}/webhooks/livekit"
    main = LiveKitServer(livekit_binary(), data / "main", hook)
    main.start()
    eu = LiveKitServer(livekit_binary(), data / "eu", hook)
    eu.start()
    settings = read_settings(
        env_file=None, data=data, port=port, database_url=database_url,
        livekit_servers=";".join(f"{n}={s.url},{s.key.key},{s.key.secret}" for n, s in (("home", main), ("eu", eu))),
    )  # fmt: skip
    try:
        with running_server(settings):
            door = Door(settings)
            yield Two(World(database_url), door, main, eu)
            door.close()
    finally:
        eu.stop()
        main.stop()


async def test_a_session_lives_on_its_server_and_goes_on_when_the_other_one_dies(two: Two) -> None:
    ada, bo = two.world.person(creator=True), two.world.person()

    async def do(user: UUID, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(two.door.done, user, path, body)

    session = (await do(ada, "live/sessions", {"session_type": "video_live"}))["session"]["id"]
    path = f"live/sessions/{session}"
    started = await do(ada, f"{path}/start", {"server": "eu"})
    assert started["livekit"]["url"] == two.eu.url
    two.main.stop()
    async with seated(started) as host, painting(host), seated(await do(bo, f"{path}/join")) as viewer:
        await eventually_async(lambda: has_frames(viewer))
        counted = "select viewer_count from public.live_sessions where id = %s"
        await asyncio.to_thread(eventually, lambda: two.world.one(counted, session) == 1)
        await do(ada, f"{path}/bans", {"profile_id": str(bo)})
        await asyncio.wait_for(viewer.gone, 10)
    await do(ada, f"{path}/end")
    refused = await asyncio.to_thread(two.door.refusal, ada, f"{path}/start")
    assert refused == (409, "session_over")


async def has_frames(seat: Seat) -> bool:
    return seat.frames > 0
