"""From a ban to the media: how long somebody who is banned is still connected to the room and sees its picture.

`python -m benchmarks ban [--tries 100]` takes two minutes, with a real livekit-server and real clients. Each try is
a viewer of their own, who sees the host's moving picture; the time runs from the host's request to the end of the
viewer's connection, and to the last frame that reached them. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
from livekit import rtc

from benchmarks.harness import conclude, percentiles
from benchmarks.ledger import QUERIES
from benchmarks.rivals import start_postgres, start_sahne
from sahne.providers.livekit.config import keep_key
from sahne.providers.livekit_program import find_livekit
from sahne.up.livekit import LiveKitServer, choose_ports
from tests.world import bearer

P99_MS_MAX = 1_000.0
FRAMES_PER_SECOND = 15
WIDTH, HEIGHT = 320, 180
ARRIVES_SECONDS_MAX = 20.0
GONE_SECONDS_MAX = 30.0
VIDEO = {"session_type": "video_live", "title": "bench"}


@dataclass(frozen=True, slots=True)
class Ban:
    """How long after the request, in milliseconds, each thing was over."""

    answered: float
    disconnected: float
    last_frame: float


def main(arguments: list[str]) -> None:
    """Measure, write `results/ban.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks ban", description=__doc__)
    parser.add_argument("--tries", type=int, default=100)
    options = parser.parse_args(arguments)
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # who is put out is told so in many lines
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(QUERIES["make_people"], {"senders": options.tries, "creators": 1})
            host = _one(
                conn, "update public.profiles set is_creator = true where id::text like '0000beef-%' returning id"
            )
            viewers = [
                row[0] for row in conn.execute("select id from public.profiles where id::text like '0000cafe-%'")
            ]
        program = find_livekit(folder)
        if program is None:
            raise SystemExit("This needs a livekit-server: `sahne livekit install` gets one.")
        (folder / "livekit").mkdir()
        ports, key = choose_ports(), keep_key(folder / "livekit")
        rest_url, _ = start_sahne(
            stack, cluster.url, folder,
            {
                "SAHNE_LIVEKIT_URL": f"ws://127.0.0.1:{ports.http}",
                "SAHNE_LIVEKIT_API_KEY": key.key,
                "SAHNE_LIVEKIT_API_SECRET": key.secret,
            },
        )  # fmt: skip
        url = rest_url.removesuffix("/rest/v1")
        server = LiveKitServer(program.path, folder / "livekit", f"{url}/webhooks/livekit", ports)
        server.start()
        stack.callback(server.stop)
        bans = asyncio.run(_all(url, host, viewers[: options.tries]))
    waits = {name: percentiles(getattr(ban, name) for ban in bans) for name in Ban.__slots__}
    for name, each in waits.items():
        worst = max(getattr(ban, name) for ban in bans)
        print(f"{name:13s} {' '.join(f'{part} {ms:.0f} ms' for part, ms in each.items())} max {worst:.0f} ms")
    p99 = waits["disconnected"]["p99_ms"]
    misses = [f"p99 {p99:.0f} ms until the connection ended, at most {P99_MS_MAX:.0f}"] if p99 > P99_MS_MAX else []
    conclude("ban", misses, load_before, {"tries": len(bans), **waits})


async def _all(url: str, host: UUID, viewers: list[UUID]) -> list[Ban]:
    async with httpx.AsyncClient(base_url=f"{url}/functions/v1", timeout=30) as client:
        session = (await _done(client, host, "live/sessions", VIDEO))["session"]["id"]
        path = f"live/sessions/{session}"
        started = (await _done(client, host, f"{path}/start"))["livekit"]
        async with _connected(started) as room, _painting(room):
            return [await _ban(client, host, viewer, path) for viewer in viewers]


async def _ban(client: httpx.AsyncClient, host: UUID, viewer: UUID, path: str) -> Ban:
    joined = (await _done(client, viewer, f"{path}/join"))["livekit"]
    async with _connected(joined, watch := _Watch()):
        await asyncio.wait_for(watch.sees.wait(), ARRIVES_SECONDS_MAX)
        asked = time.monotonic()
        await _done(client, host, f"{path}/bans", {"profile_id": str(viewer)})
        answered = time.monotonic()
        gone = await asyncio.wait_for(watch.gone, GONE_SECONDS_MAX)
        return Ban(*((moment - asked) * 1000 for moment in (answered, gone, watch.seen_at)))


class _Watch:
    """What a viewer sees, and until when."""

    def __init__(self) -> None:
        self.sees = asyncio.Event()
        self.seen_at = 0.0
        self.gone: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._watching: set[asyncio.Task[None]] = set()

    def follow(self, room: rtc.Room) -> None:
        room.on("track_subscribed", lambda track, *_: self._watching.add(asyncio.create_task(self._watch(track))))
        room.on("disconnected", lambda _: None if self.gone.done() else self.gone.set_result(time.monotonic()))

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    async def _watch(self, track: rtc.Track) -> None:
        frames = rtc.VideoStream(track)
        try:
            async for _ in frames:
                self.seen_at = time.monotonic()
                self.sees.set()
        finally:
            await frames.aclose()


@asynccontextmanager
async def _connected(livekit: dict[str, str], watch: _Watch | None = None) -> AsyncIterator[rtc.Room]:
    room = rtc.Room()
    if watch:
        watch.follow(room)
    await room.connect(livekit["url"], livekit["token"])
    try:
        yield room
    finally:
        if watch:
            await watch.close()
        await room.disconnect()


@asynccontextmanager
async def _painting(room: rtc.Room) -> AsyncIterator[None]:
    source = rtc.VideoSource(WIDTH, HEIGHT)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
    await room.local_participant.publish_track(track, options)

    async def paint() -> None:
        shade = 0
        while True:
            shade = (shade + 7) % 256
            picture = bytes([shade]) * (WIDTH * HEIGHT * 4)
            source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture))
            await asyncio.sleep(1 / FRAMES_PER_SECOND)

    task = asyncio.create_task(paint())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await source.aclose()


async def _done(client: httpx.AsyncClient, user: UUID, path: str, body: Any = None) -> Any:
    answer = await client.post(f"/{path}", json=body, headers=bearer(user))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _one(conn: psycopg.Connection[Any], query: str) -> UUID:
    row = conn.execute(query.encode()).fetchone()
    assert row
    return UUID(str(row[0]))
