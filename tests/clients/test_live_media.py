"""Sahne, a real livekit-server and real clients: a picture arrives, people are counted, bans and ends are felt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from livekit import rtc

from sahne.settings import Settings
from sahne.up.livekit import LiveKitServer
from tests.conftest import free_port, running_server
from tests.eventually import eventually_async
from tests.livekit_server import livekit_binary
from tests.stage import Door
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Live:
    """Sahne with its own livekit-server."""

    world: World
    door: Door
    server: LiveKitServer


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    data: Path = tmp_path_factory.mktemp("live")
    port = free_port()
    server = LiveKitServer(livekit_binary(), data / "livekit", f"http://127.0.0.1:{port}/webhooks/livekit")
    server.start()
    settings = Settings(
        _env_file=None, data=data, port=port, database_url=database_url,  # type: ignore[call-arg]
        livekit_url=server.url, livekit_api_key=server.key.key, livekit_api_secret=server.key.secret,
    )  # fmt: skip
    try:
        with running_server(settings):
            door = Door(settings)
            yield Live(World(database_url), door, server)
            door.close()
    finally:
        server.stop()


class Seat:
    """Somebody connected, and what they saw happen."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.frames = 0
        self.gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._watching: list[asyncio.Task[None]] = []
        self.room.on("track_subscribed", self._watch)
        self.room.on("disconnected", lambda reason: self.gone.done() or self.gone.set_result(reason))

    def _watch(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self._watching.append(asyncio.create_task(self._count(track)))

    async def _count(self, track: rtc.Track) -> None:
        async for _ in rtc.VideoStream(track):
            self.frames += 1

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await self.room.disconnect()


@asynccontextmanager
async def seated(answer: dict[str, Any]) -> AsyncIterator[Seat]:
    seat = Seat()
    await seat.room.connect(answer["livekit"]["url"], answer["livekit"]["token"])
    try:
        yield seat
    finally:
        await seat.close()


@asynccontextmanager
async def painting(seat: Seat) -> AsyncIterator[None]:
    """Publish a moving picture as camera."""
    source = rtc.VideoSource(320, 180)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
    await seat.room.local_participant.publish_track(track, options)

    async def paint() -> None:
        shade = 0
        while True:
            shade = (shade + 7) % 256
            picture = bytes([shade]) * (320 * 180 * 4)
            source.capture_frame(rtc.VideoFrame(320, 180, rtc.VideoBufferType.RGBA, picture))
            await asyncio.sleep(1 / 15)

    task = asyncio.create_task(paint())
    try:
        yield
    finally:
        task.cancel()


async def do(live: Live, user: UUID, path: str, body: Any = None) -> Any:
    return await asyncio.to_thread(live.door.done, user, path, body)


async def viewers(live: Live, session: str) -> int:
    return int((await asyncio.to_thread(live.world.row, UUID(session)))["viewer_count"])


async def test_an_evening_on_the_stage(live: Live) -> None:
    ada, bo, cem = live.world.person(creator=True), live.world.person(), live.world.person()
    session = (await do(live, ada, "live/sessions", {"session_type": "video_live"}))["session"]["id"]
    path = f"live/sessions/{session}"
    async with (
        seated(await do(live, ada, f"{path}/start")) as host,
        painting(host),
        seated(await do(live, bo, f"{path}/join")) as watching,
    ):
        old = await do(live, cem, f"{path}/join")
        async with seated(old) as banned:
            await eventually_async(lambda: counted(live, session, 2), seconds=20)
            await eventually_async(lambda: has_seen(watching, 5), seconds=20)
            named = "select count(*) from private.live_intervals where livekit_sid like 'PA_%%' and left_at is null"
            await eventually_async(lambda: gives(live, named, 3), seconds=20)

            await do(live, ada, f"{path}/bans", {"profile_id": str(cem)})
            reason = await asyncio.wait_for(banned.gone, 5)
            assert reason == rtc.DisconnectReason.PARTICIPANT_REMOVED
        await eventually_async(lambda: counted(live, session, 1), seconds=20)

        async with seated(old) as again:  # his token lives on, LiveKit knows no bans
            assert await asyncio.wait_for(again.gone, 10) == rtc.DisconnectReason.PARTICIPANT_REMOVED

        await do(live, ada, f"{path}/end")
        assert await asyncio.wait_for(watching.gone, 5) == rtc.DisconnectReason.ROOM_DELETED
    row = live.world.row(UUID(session))
    assert (row["status"], row["peak_viewers"], row["total_viewers"]) == ("ended", 2, 2)


async def counted(live: Live, session: str, number: int) -> bool:
    return await viewers(live, session) == number


async def has_seen(seat: Seat, frames: int) -> bool:
    return seat.frames >= frames


async def gives(live: Live, query: str, number: int) -> bool:
    return bool(await asyncio.to_thread(live.world.one, query) == number)
