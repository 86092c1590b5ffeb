"""One contract over LiveKit's twin and over the real livekit-server, with real clients connecting to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol
from uuid import uuid4

import pytest
from livekit import rtc

from sahne.providers.livekit import (
    InMemoryLiveKit,
    LiveKit,
    LiveKitUnavailable,
    permission_of,
)
from sahne.providers.livekit.lies import HONEST, Lies
from sahne.providers.livekit.memory import NotLetIn
from sahne.providers.livekit.remote import RemoteLiveKit
from sahne.up.livekit import LiveKitServer
from tests.eventually import eventually_async
from tests.livekit_server import livekit_binary

pytestmark = pytest.mark.anyio


class Outside(Protocol):
    """A deployment and people who connect to it."""

    livekit: LiveKit

    async def connect(self, token: str) -> None:
        """Connect, or raise."""

    async def leave(self, room: str, identity: str) -> None:
        """Go."""

    def allowed(self, room: str, identity: str) -> set[str]:
        """What this connection may publish, as it was told."""


class OutsideTwin:
    def __init__(self, twin: InMemoryLiveKit) -> None:
        self.twin = twin
        self.livekit: LiveKit = twin

    async def connect(self, token: str) -> None:
        self.twin.connect(token)

    async def leave(self, room: str, identity: str) -> None:
        self.twin.disconnect(room, identity)

    def allowed(self, room: str, identity: str) -> set[str]:
        return set(self.twin.sources(room, identity))


class OutsideReal:
    def __init__(self, remote: RemoteLiveKit) -> None:
        self.livekit: LiveKit = remote
        self.rooms: dict[tuple[str, str], rtc.Room] = {}

    async def connect(self, token: str) -> None:
        room = rtc.Room()
        try:
            await room.connect(self.livekit.url, token, rtc.RoomOptions(auto_subscribe=True))
        except rtc.ConnectError as error:
            raise NotLetIn(str(error)) from error
        self.rooms[room.name, room.local_participant.identity] = room

    async def leave(self, room: str, identity: str) -> None:
        await self.rooms.pop((room, identity)).disconnect()

    def allowed(self, room: str, identity: str) -> set[str]:
        permission = self.rooms[room, identity].local_participant.permissions
        if permission is None or not permission.can_publish:
            return set()
        names = {1: "camera", 2: "microphone", 3: "screen_share", 4: "screen_share_audio"}
        return {names[source] for source in permission.can_publish_sources}

    async def close(self) -> None:
        for room in self.rooms.values():
            await room.disconnect()


@pytest.fixture(scope="module")
def livekit_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    server = LiveKitServer(livekit_binary(), tmp_path_factory.mktemp("livekit"), "http://127.0.0.1:1/webhooks/livekit")
    server.start()
    yield server
    server.stop()


# What it lies about its webhooks leaves its answers as good as ever
LIES = Lies(drops=0.3, repeats=0.3, late_seconds_max=5.0, miscounts=0.5)


@pytest.fixture(params=["twin", "lying twin", "livekit-server"])
async def outside(request: pytest.FixtureRequest) -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        if request.param.endswith("twin"):
            twin = InMemoryLiveKit(lies=LIES if request.param == "lying twin" else HONEST)
            yield OutsideTwin(await stack.enter_async_context(twin))
            return
        server: LiveKitServer = request.getfixturevalue("livekit_server")
        key = server.key
        real = OutsideReal(RemoteLiveKit(server.url, key.key, key.secret))
        stack.push_async_callback(real.close)
        yield real


@pytest.fixture
def room() -> str:
    return f"room-{uuid4().hex[:8]}"


async def identities(livekit: LiveKit, room: str) -> set[str]:
    return {person.identity for person in await livekit.occupants(room)}


async def come(outside: Outside, room: str, identity: str, role: str = "viewer") -> None:
    livekit = outside.livekit
    await outside.connect(livekit.token(room, identity, identity.title(), permission_of(role, "video_live")))
    await eventually_async(lambda: is_there(livekit, room, identity))


async def is_there(livekit: LiveKit, room: str, identity: str) -> bool:
    return identity in await identities(livekit, room)


async def test_a_room_opened_twice_is_one_room(outside: Outside, room: str) -> None:
    first = await outside.livekit.create_room(room)
    again = await outside.livekit.create_room(room)
    assert first == again
    assert first.sid.startswith("RM_")
    assert first in await outside.livekit.rooms()


async def test_a_closed_room_is_gone_and_closing_it_again_is_no_error(outside: Outside, room: str) -> None:
    await outside.livekit.create_room(room)
    await outside.livekit.delete_room(room)
    await outside.livekit.delete_room(room)
    assert room not in {open_room.name for open_room in await outside.livekit.rooms()}


async def test_nobody_but_us_makes_rooms(outside: Outside, room: str) -> None:
    token = outside.livekit.token(room, "ada", "Ada", permission_of("host", "video_live"))
    with pytest.raises(NotLetIn):
        await outside.connect(token)
    assert room not in {open_room.name for open_room in await outside.livekit.rooms()}


async def test_an_ended_room_cannot_come_back_by_an_old_token(outside: Outside, room: str) -> None:
    token = outside.livekit.token(room, "bo", "Bo", permission_of("viewer", "video_live"))
    await outside.livekit.create_room(room)
    await outside.livekit.delete_room(room)
    with pytest.raises(NotLetIn):
        await outside.connect(token)


async def test_who_comes_is_there_and_who_leaves_is_not(outside: Outside, room: str) -> None:
    await outside.livekit.create_room(room)
    await come(outside, room, "ada", "host")
    await come(outside, room, "bo")
    people = await outside.livekit.occupants(room)
    assert all(person.counted and person.sid.startswith("PA_") for person in people)
    await outside.leave(room, "bo")
    await eventually_async(lambda: only_is_there(outside.livekit, room, "ada"))


async def only_is_there(livekit: LiveKit, room: str, identity: str) -> bool:
    return await identities(livekit, room) == {identity}


async def test_who_is_removed_is_gone_and_removing_them_again_says_so(outside: Outside, room: str) -> None:
    await outside.livekit.create_room(room)
    await come(outside, room, "ada", "host")
    await come(outside, room, "cem")
    assert await outside.livekit.remove(room, "cem")
    await eventually_async(lambda: only_is_there(outside.livekit, room, "ada"))
    assert not await outside.livekit.remove(room, "cem")
    assert not await outside.livekit.remove(f"{room}-none", "cem")


async def test_a_viewer_may_send_nothing_until_they_are_a_guest(outside: Outside, room: str) -> None:
    await outside.livekit.create_room(room)
    await come(outside, room, "bo")
    assert outside.allowed(room, "bo") == set()
    assert await outside.livekit.set_permission(room, "bo", permission_of("invited_guest", "video_live"))
    await eventually_async(lambda: is_allowed(outside, room, "bo", {"camera", "microphone"}))
    assert await outside.livekit.set_permission(room, "bo", permission_of("viewer", "video_live"))
    await eventually_async(lambda: is_allowed(outside, room, "bo", set()))
    assert not await outside.livekit.set_permission(room, "nobody", permission_of("viewer", "video_live"))


async def is_allowed(outside: Outside, room: str, identity: str, sources: set[str]) -> bool:
    return outside.allowed(room, identity) == sources


async def test_a_room_that_is_not_there_has_nobody_in_it(outside: Outside, room: str) -> None:
    assert await outside.livekit.occupants(room) == []


async def test_a_server_that_does_not_answer_is_unavailable_within_seconds() -> None:
    livekit = RemoteLiveKit("ws://127.0.0.1:1", "APIkey", "s" * 32)
    async with asyncio.timeout(5):
        with pytest.raises(LiveKitUnavailable):
            await livekit.create_room("r")
        with pytest.raises(LiveKitUnavailable):
            await livekit.delete_room("r")


async def test_a_server_that_hangs_is_unavailable_within_seconds() -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    livekit = RemoteLiveKit(f"ws://127.0.0.1:{port}", "APIkey", "s" * 32)
    async with asyncio.timeout(10):
        with pytest.raises(LiveKitUnavailable):
            await livekit.rooms()
    hanging.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnone",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno",
        b'HTTP/1.1 503 No\r\nContent-Length: 22\r\n\r\n{"code": "unavailable"}',
    ],
)
async def test_an_answer_that_is_none_is_unavailable(answer: bytes) -> None:
    async with answering(answer) as livekit:
        with pytest.raises(LiveKitUnavailable):
            await livekit.rooms()


async def test_an_answer_may_come_in_chunks_and_leave_out_what_is_zero() -> None:
    people = (
        b'{"participants": [{"sid": "PA_1", "identity": "bo", "state": "ACTIVE"}, {"sid": "PA_2", "identity": "x"}]}'
    )
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (people[:30], people[30:]))
    async with answering(head + chunks + b"0\r\n\r\n") as livekit:
        (bo,) = await livekit.occupants("r")
    assert (bo.identity, bo.counted, bo.permission.can_publish) == ("bo", True, False)


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[RemoteLiveKit]:
    """One that answers whatever it is asked with this, and hangs up."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        yield RemoteLiveKit(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/below", "APIkey", "s" * 32)


async def test_the_wrong_key_is_our_fault_and_unavailable(livekit_server: LiveKitServer) -> None:
    livekit = RemoteLiveKit(livekit_server.url, livekit_server.key.key, "w" * 40)
    with pytest.raises(LiveKitUnavailable) as refused:
        await livekit.rooms()
    assert "401" in str(refused.value.details)


async def test_a_viewer_receives_the_hosts_picture(livekit_server: LiveKitServer, room: str) -> None:
    key = livekit_server.key
    livekit = RemoteLiveKit(livekit_server.url, key.key, key.secret)
    await livekit.create_room(room)
    ada, bo = rtc.Room(), rtc.Room()
    arrived: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()
    bo.on("track_subscribed", lambda track, *_: None if arrived.done() else arrived.set_result(track))
    await bo.connect(livekit.url, livekit.token(room, "bo", "Bo", permission_of("viewer", "video_live")))
    await ada.connect(livekit.url, livekit.token(room, "ada", "Ada", permission_of("host", "video_live")))
    painting = asyncio.create_task(paint(ada))
    try:
        async with asyncio.timeout(20):
            frames = rtc.VideoStream(await arrived)
            seen = await anext(aiter(frames))
            assert (seen.frame.width, seen.frame.height) == (320, 180)
            await frames.aclose()
    finally:
        painting.cancel()
        await asyncio.gather(painting, return_exceptions=True)
        await bo.disconnect()
        await ada.disconnect()


async def test_a_viewer_cannot_publish_into_the_room(livekit_server: LiveKitServer, room: str) -> None:
    key = livekit_server.key
    livekit = RemoteLiveKit(livekit_server.url, key.key, key.secret)
    await livekit.create_room(room)
    bo = rtc.Room()
    await bo.connect(livekit.url, livekit.token(room, "bo", "Bo", permission_of("viewer", "video_live")))
    try:
        with pytest.raises((rtc.participant.PublishTrackError, TimeoutError)):
            async with asyncio.timeout(15):
                await paint(bo)
    finally:
        await bo.disconnect()


async def paint(room: rtc.Room) -> None:
    """Publish a small moving picture as camera until cancelled."""
    source = rtc.VideoSource(320, 180)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
    await room.local_participant.publish_track(track, options)
    shade = 0
    try:
        while True:
            shade = (shade + 5) % 256
            source.capture_frame(rtc.VideoFrame(320, 180, rtc.VideoBufferType.RGBA, bytes([shade]) * (320 * 180 * 4)))
            await asyncio.sleep(1 / 15)
    finally:
        await source.aclose()


def test_the_key_is_kept_and_the_configuration_is_private(livekit_server: LiveKitServer) -> None:
    for name in ("livekit.key", "livekit.yaml"):
        assert (livekit_server.data / name).stat().st_mode & 0o077 == 0
    assert len(livekit_server.key.secret) >= 32
    again = LiveKitServer(livekit_server.binary, livekit_server.data, "http://127.0.0.1:1/")
    assert again.key == livekit_server.key
