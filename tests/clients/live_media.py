"""Sahne with a livekit-server of its own, and people with pictures and voices in its rooms.

Whatever is opened here is closed before its test ends, streams and sources too: what the library still holds when Python
ends it drops by itself, and a panic there ends the whole run.
"""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from livekit import rtc

from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.up.livekit import LiveKitServer
from tests.conftest import free_port, running_server
from tests.livekit_server import livekit_binary
from tests.stage import Door
from tests.world import World

SAMPLE_RATE_HZ = 48_000
SAMPLES = 480  # 10 ms of one channel
# Ten milliseconds of 400 Hz, which go on from one frame to the next
TONE = struct.pack(f"<{SAMPLES}h", *(int(12_000 * math.sin(math.tau * 4 * at / SAMPLES)) for at in range(SAMPLES)))
LOUD = 2_000
PAUSE_SECONDS = 0.5  # what is further apart is not heard on end


@dataclass(frozen=True, slots=True)
class Live:
    """Sahne with its own livekit-server."""

    world: World
    door: Door
    server: LiveKitServer
    settings: Settings

    async def do(self, user: UUID, path: str, body: Any = None) -> Any:
        """What an operation answers, which must be a success."""
        return await asyncio.to_thread(self.door.done, user, path, body)


@contextmanager
def live_stage(database_url: str, data: Path) -> Iterator[Live]:
    """Both running, over a database of their own."""
    port = free_port()
    server = LiveKitServer(livekit_binary(), data / "livekit", f"http://127.0.0.1:{port}/webhooks/livekit")
    server.start()
    settings = read_settings(
        env_file=None, data=data, port=port, database_url=database_url,
        livekit_url=server.url, livekit_api_key=server.key.key, livekit_api_secret=server.key.secret,
    )  # fmt: skip
    try:
        with running_server(settings):
            door = Door(settings)
            yield Live(World(database_url), door, server, settings)
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
        self.room.on("disconnected", lambda reason: None if self.gone.done() else self.gone.set_result(reason))

    def _watch(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self._watching.append(asyncio.create_task(self._count(track)))

    async def _count(self, track: rtc.Track) -> None:
        frames = rtc.VideoStream(track)
        try:
            async for _ in frames:
                self.frames += 1
        finally:
            await frames.aclose()

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self.room.disconnect()


@asynccontextmanager
async def seated(answer: dict[str, Any]) -> AsyncIterator[Seat]:
    """Connected with the token of an answer."""
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
        await asyncio.gather(task, return_exceptions=True)
        await source.aclose()


class Speaker:
    """Somebody who speaks into a microphone as soon as they are let in, and tries as long as they are not."""

    def __init__(self, url: str, token: str) -> None:
        self.room = rtc.Room()
        self.renewed = asyncio.Event()
        self._url = url
        self._token = token
        self._connecting: asyncio.Task[None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        self.room.on("token_refreshed", self.renewed.set)

    @property
    def renewed_token(self) -> str:
        """The one LiveKit gave last."""
        return str(self.room._token)

    async def __aenter__(self) -> Speaker:
        self._connecting = asyncio.create_task(self.room.connect(self._url, self._token))
        self._speaking = asyncio.create_task(self._speak(self._connecting))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._connecting
        assert self._speaking
        await asyncio.wait([self._connecting])  # the library does not bear to be interrupted here
        self._speaking.cancel()
        await asyncio.gather(self._connecting, self._speaking, return_exceptions=True)
        await self.room.disconnect()

    async def _speak(self, connecting: asyncio.Task[None]) -> None:
        await asyncio.shield(connecting)
        source = rtc.AudioSource(SAMPLE_RATE_HZ, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        frame = rtc.AudioFrame(TONE, SAMPLE_RATE_HZ, 1, SAMPLES)
        try:
            while True:
                await source.capture_frame(frame)
        finally:
            await source.aclose()


class Ears:
    """What of one person a connection hears: sound that is really there, not a track that is still listed."""

    def __init__(self, room: rtc.Room, identity: str) -> None:
        self._identity = identity
        self._heard_at = self._heard_since = float("-inf")
        self._heard = asyncio.Event()
        self._listening: set[asyncio.Task[None]] = set()
        room.on("track_subscribed", self._listen)

    async def hear(self, within_seconds: float) -> bool:
        """Whether they are heard in time."""
        return await self.hear_after(time.monotonic(), within_seconds)

    async def hear_after(self, moment: float, for_seconds: float) -> bool:
        """Whether they are heard in so many seconds after a moment of `time.monotonic()`."""
        try:
            async with asyncio.timeout(moment + for_seconds - time.monotonic()):
                while self._heard_at <= moment:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return False
        return True

    async def hear_longer(self, than_seconds: float, moment: float, for_seconds: float) -> bool:
        """Whether they are heard so long on end in so many seconds after a moment of `time.monotonic()`."""
        try:
            async with asyncio.timeout(moment + for_seconds - time.monotonic()):
                while self._heard_at - max(self._heard_since, moment) <= than_seconds:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Listen no more."""
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    def _listen(self, track: rtc.Track, _: object, person: rtc.RemoteParticipant) -> None:
        if person.identity == self._identity:
            self._listening.add(asyncio.create_task(self._hear(track)))

    async def _hear(self, track: rtc.Track) -> None:
        sound = rtc.AudioStream(track)
        try:
            async for event in sound:
                if max(event.frame.data) > LOUD:
                    now = time.monotonic()
                    if now - self._heard_at > PAUSE_SECONDS:
                        self._heard_since = now
                    self._heard_at = now
                    self._heard.set()
        finally:
            await sound.aclose()
