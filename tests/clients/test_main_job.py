"""The main job without a browser: unmodified Python `supabase` and the `livekit` rtc package against `sahne up`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import orjson
import pytest
from livekit import rtc
from supabase_functions.errors import FunctionsHttpError

from sahne.settings.local_stack import DEVELOPMENT_PUBLISHABLE_KEY
from supabase import AsyncClient, acreate_client
from tests.eventually import eventually_async
from tests.portraits import portrait_bytes
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

WIDTH, HEIGHT = 320, 180
FRAME_SECONDS = 1 / 15
FRAMES_WANTED = 5


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("main_job")) as running:
        yield running


@asynccontextmanager
async def person(stage: SahneUp, name: str) -> AsyncIterator[AsyncClient]:
    client = await acreate_client(stage.url, DEVELOPMENT_PUBLISHABLE_KEY)
    await client.auth.sign_in_with_password({"email": f"{name}@example.com", "password": "sahne-demo"})
    try:
        yield client
    finally:
        await client.realtime.close()
        await client.auth.sign_out({"scope": "local"})


async def invoke(client: AsyncClient, path: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
    answer = await client.functions.invoke(path, {"body": body or {}, "headers": headers, "method": "POST"})
    assert isinstance(answer, bytes)
    said: dict[str, Any] = orjson.loads(answer)
    return said


async def ask(client: AsyncClient, stage: SahneUp, path: str) -> dict[str, Any]:
    session = await client.auth.get_session()
    assert session
    async with httpx.AsyncClient(base_url=f"{stage.url}/functions/v1/") as door:
        answer = await door.get(path, headers={"Authorization": f"Bearer {session.access_token}"})
    answer.raise_for_status()
    said: dict[str, Any] = answer.json()
    return said


async def publish_camera(room: rtc.Room) -> asyncio.Task[None]:
    source = rtc.VideoSource(WIDTH, HEIGHT)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    await room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA))

    async def film() -> None:
        shade = 0
        try:
            while True:
                picture = np.full((HEIGHT, WIDTH, 4), shade % 256, dtype=np.uint8)
                source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture.tobytes()))
                shade += 8
                await asyncio.sleep(FRAME_SECONDS)
        finally:
            await source.aclose()

    return asyncio.create_task(film())


async def count_frames(room: rtc.Room) -> int:
    """Wait for a remote video track and count frames up to FRAMES_WANTED."""
    tracks: asyncio.Queue[rtc.RemoteVideoTrack] = asyncio.Queue()

    def take(track: rtc.Track, *_: object) -> None:
        if isinstance(track, rtc.RemoteVideoTrack):
            tracks.put_nowait(track)

    room.on("track_subscribed", take)
    for participant in room.remote_participants.values():
        for publication in participant.track_publications.values():
            if publication.track:
                take(publication.track)
    stream = rtc.VideoStream(await asyncio.wait_for(tracks.get(), 20))
    seen = 0
    async for _ in stream:
        seen += 1
        if seen >= FRAMES_WANTED:
            break
    await stream.aclose()
    return seen


@pytest.fixture
async def ada(stage: SahneUp) -> AsyncIterator[AsyncClient]:
    async with person(stage, "ada") as client:
        yield client


@pytest.fixture
async def bo(stage: SahneUp) -> AsyncIterator[AsyncClient]:
    async with person(stage, "bo") as client:
        yield client


@pytest.fixture
async def live(ada: AsyncClient) -> AsyncIterator[dict[str, Any]]:
    """A session that Ada has started, as its start was answered; over after the test."""
    made = await invoke(ada, "live/sessions", {"title": "Headless", "session_type": "video_live"})
    assert made["session"]["status"] == "scheduled"
    started = await invoke(ada, f"live/sessions/{made['session']['id']}/start")
    assert started["session"]["status"] == "live"
    yield started
    with suppress(FunctionsHttpError):  # the test may have ended it
        await invoke(ada, f"live/sessions/{started['session']['id']}/end")


async def test_a_viewer_sees_the_camera_cannot_publish_and_is_out_when_it_ends(
    ada: AsyncClient, bo: AsyncClient, live: dict[str, Any]
) -> None:
    session_id = live["session"]["id"]
    on_stage, watching, ended = rtc.Room(), rtc.Room(), asyncio.Event()
    await on_stage.connect(live["livekit"]["url"], live["livekit"]["token"])
    filming = await publish_camera(on_stage)
    joined = await invoke(bo, f"live/sessions/{session_id}/join")
    assert joined["participant"]["role"] == "viewer"
    assert await _connect_and_count(watching, joined["livekit"]) >= FRAMES_WANTED
    assert not watching.local_participant.permissions.can_publish
    await _listen(
        bo, f"session-{session_id}", "UPDATE", "live_sessions", f"id=eq.{session_id}",
        lambda row: ended.set() if row["status"] == "ended" else None,
    )  # fmt: skip
    await invoke(ada, f"live/sessions/{session_id}/end")
    await asyncio.wait_for(ended.wait(), 10)
    await eventually_async(lambda: _is(watching.connection_state == rtc.ConnectionState.CONN_DISCONNECTED), 20)
    filming.cancel()
    await asyncio.gather(filming, return_exceptions=True)
    await on_stage.disconnect()


async def test_a_line_is_heard_at_once_and_does_not_say_who_owns_the_profile(
    ada: AsyncClient, bo: AsyncClient, live: dict[str, Any]
) -> None:
    lines = await _hear_lines(ada, live["session"]["id"])
    bo_id = await _join(bo, live["session"]["id"])
    line = {
        "session_id": live["session"]["id"],
        "sender_id": bo_id,
        "sender_profile_id": bo_id,
        "content": "Merhaba!",
    }
    await bo.table("live_messages").insert(line, returning="minimal").execute()  # type: ignore[arg-type]
    heard = await asyncio.wait_for(lines.get(), 10)
    assert heard["content"] == "Merhaba!"
    assert "sender_id" not in heard


async def test_a_gift_sent_twice_under_one_key_is_paid_once(
    stage: SahneUp, ada: AsyncClient, bo: AsyncClient, live: dict[str, Any]
) -> None:
    session_id = live["session"]["id"]
    lines = await _hear_lines(ada, session_id)
    await _join(bo, session_id)
    gift: Any = (await bo.table("gifts").select("id,coin_price").order("coin_price").limit(1).execute()).data[0]
    before = (await ask(bo, stage, "coins/wallet"))["balance"]
    key = uuid4().hex
    wanted = {"gift_id": gift["id"], "quantity": 3}
    sent = await invoke(bo, f"live/sessions/{session_id}/gifts", wanted, **{"Idempotency-Key": key})
    again = await invoke(bo, f"live/sessions/{session_id}/gifts", wanted, **{"Idempotency-Key": key})
    assert again == sent
    assert sent["wallet"]["balance"] == before - 3 * gift["coin_price"]
    assert (await ask(bo, stage, "coins/wallet"))["balance"] == before - 3 * gift["coin_price"]
    assert (await asyncio.wait_for(lines.get(), 10))["message_type"] == "gift"


async def test_a_picture_is_made_of_the_persons_photo(stage: SahneUp, bo: AsyncClient) -> None:
    finished = await _make_a_picture(bo, stage, await _id_of(bo))
    assert finished["images"][0]["model"] == "embedded-studio-1"


async def _is(truth: bool) -> bool:
    return truth


async def _id_of(client: AsyncClient) -> str:
    found = await client.auth.get_user()
    assert found
    return found.user.id


async def _join(client: AsyncClient, session_id: str) -> str:
    """Who came in."""
    await invoke(client, f"live/sessions/{session_id}/join")
    return await _id_of(client)


async def _hear_lines(client: AsyncClient, session_id: str) -> asyncio.Queue[dict[str, Any]]:
    """The session's lines as they arrive from now on."""
    lines: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    await _listen(
        client, f"chat-{session_id}", "INSERT", "live_messages", f"session_id=eq.{session_id}", lines.put_nowait
    )
    return lines


async def _connect_and_count(room: rtc.Room, livekit: dict[str, str]) -> int:
    await room.connect(livekit["url"], livekit["token"])
    return await count_frames(room)


async def _listen(client: AsyncClient, topic: str, event: str, table: str, filter_: str, take: Any) -> None:
    subscribed = asyncio.Event()
    channel = client.channel(topic)
    channel.on_postgres_changes(
        event, schema="public", table=table, filter=filter_, callback=lambda change: take(change["data"]["record"])  # type: ignore[arg-type]
    )  # fmt: skip
    await channel.subscribe(lambda state, _: subscribed.set() if state == "SUBSCRIBED" else None)
    await asyncio.wait_for(subscribed.wait(), 10)


async def _make_a_picture(client: AsyncClient, stage: SahneUp, user_id: str) -> dict[str, Any]:
    path = f"{user_id}/{uuid4()}.jpg"
    await client.storage.from_("photos").upload(path, portrait_bytes(), {"content-type": "image/jpeg"})
    scene: Any = (await client.table("scenes").select("id").order("order_index").limit(1).execute()).data[0]
    before = await ask(client, stage, "studio/quota")
    asked = await invoke(
        client, "studio/generations", {"scene_id": scene["id"], "photo_path": path}, **{"Idempotency-Key": uuid4().hex}
    )

    async def done() -> dict[str, Any] | None:
        generation = (await ask(client, stage, f"studio/generations/{asked['generation']['id']}"))["generation"]
        assert generation["status"] not in {"failed", "moderated", "canceled"}, generation
        return generation if generation["status"] == "done" else None

    finished = await eventually_async(done, 90)
    assert finished
    after = await ask(client, stage, "studio/quota")
    assert after["used"] == before["used"] + 1
    picture = await client.storage.from_("images").download(finished["images"][0]["image_url"].split("/images/")[1])
    assert len(picture) > 10_000
    return finished
