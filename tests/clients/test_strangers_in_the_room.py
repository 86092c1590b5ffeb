"""What a hostile client of the real livekit-server tries against the stage, and how long it lasts: a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from livekit import rtc

from sahne.providers.livekit import permission_of
from sahne.providers.livekit.remote import RemoteLiveKit
from tests.clients.live_media import SAMPLE_RATE_HZ, SAMPLES, TONE, Ears, Live, live_stage, seated
from tests.clients.test_out_of_the_room import let_on_stage
from tests.eventually import eventually_async

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

HEARD_WITHIN_SECONDS = 20.0
SILENT_WITHIN_SECONDS = 2.0
A_MOMENT_SECONDS = 1.0
WATCHED_SECONDS = 4.0


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_stage(database_url, tmp_path_factory.mktemp("live")) as live:
        yield live


async def started_by(live: Live, ada: UUID) -> tuple[str, dict[str, dict[str, str]]]:
    """A session's path, and what its start answered."""
    session = (await live.do(ada, "live/sessions", {"session_type": "video_live"}))["session"]["id"]
    return f"live/sessions/{session}", await live.do(ada, f"live/sessions/{session}/start")


async def test_a_muted_guest_is_not_heard_as_a_camera(live: Live) -> None:
    ada, bo = live.world.person(creator=True), live.world.person()
    path, started = await started_by(live, ada)
    async with seated(started) as host:
        let_in = await let_on_stage(live, ada, bo, path)
        async with sounding(let_in, rtc.TrackSource.SOURCE_MICROPHONE):
            ears = Ears(host.room, str(bo))
            assert await ears.hear(HEARD_WITHIN_SECONDS)
            await live.do(ada, f"{path}/participants/{bo}/mute")
            acted = time.monotonic()
        async with sounding(let_in, rtc.TrackSource.SOURCE_CAMERA):
            begin = acted + SILENT_WITHIN_SECONDS
            assert not await ears.hear_longer(A_MOMENT_SECONDS, begin, WATCHED_SECONDS)
        await ears.close()


async def test_in_a_room_that_is_not_ours_nobody_is_put_out(live: Live) -> None:
    key = live.server.key
    livekit = RemoteLiveKit(live.server.url, key.key, key.secret)
    room = f"daily-{uuid4().hex[:8]}"
    await livekit.create_room(room)
    alice = rtc.Room()
    gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    alice.on("disconnected", lambda reason: None if gone.done() else gone.set_result(reason))
    await alice.connect(livekit.url, livekit.token(room, "alice", "", permission_of("host", "video_live")))
    told = "select count(*) from private.livekit_events where room_name = %s and event = 'participant_joined'"
    await eventually_async(lambda: is_dealt_with(live, told + " and processed_at is not null", room))
    done, _ = await asyncio.wait([gone], timeout=WATCHED_SECONDS)  # who is put out, is so within a second
    assert not done
    assert [person.identity for person in await livekit.occupants(room)] == ["alice"]
    await alice.disconnect()


async def is_dealt_with(live: Live, asked: str, room: str) -> bool:
    return bool(await asyncio.to_thread(live.world.one, asked, room))


@asynccontextmanager
async def sounding(let_in: dict[str, str], source: rtc.TrackSource.ValueType) -> AsyncIterator[None]:
    """Connected, and sending sound that calls itself `source`."""
    room = rtc.Room()
    await room.connect(let_in["url"], let_in["token"])
    sound = rtc.AudioSource(SAMPLE_RATE_HZ, 1)
    track = rtc.LocalAudioTrack.create_audio_track("sound", sound)
    publishing = asyncio.create_task(_sound(room, sound, track, source))
    try:
        yield
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await sound.aclose()
        await room.disconnect()


async def _sound(
    room: rtc.Room, sound: rtc.AudioSource, track: rtc.LocalAudioTrack, source: rtc.TrackSource.ValueType
) -> None:
    await room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=source))
    frame = rtc.AudioFrame(TONE, SAMPLE_RATE_HZ, 1, SAMPLES)
    while True:
        await sound.capture_frame(frame)
