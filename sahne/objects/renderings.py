"""Pictures rendered when they are asked for: once, however many ask at once, on a few threads, and kept for a while."""

from __future__ import annotations

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

from sahne.errors import Unavailable
from sahne.loops import Loop
from sahne.objects.errors import EntityTooLarge
from sahne.objects.rendered import RenderedFiles
from sahne.objects.transforms import Transform
from sahne.providers.blobs import BlobStore

THREADS = max(1, (os.cpu_count() or 1) // 2)  # the other half is for everybody else
WAITING_MAX = 64
SOURCE_BYTES_MAX = 25 * 1024 * 1024
FORGET_SECONDS = 3600.0


class RenderingBusy(Unavailable):
    """Too many pictures are being rendered. Try again shortly."""

    code = "SlowDown"


class Renderings:
    """The renderings of one server; in an `async with`, old ones are forgotten by the hour."""

    def __init__(self, blobs: BlobStore, files: RenderedFiles) -> None:
        self._blobs = blobs
        self._files = files
        self._places = asyncio.Semaphore(THREADS + 1)  # one is read while others are rendered
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sahne-render")
        self._under_way: dict[str, asyncio.Task[bytes]] = {}
        self._forgetting = Loop("forget renderings", self._forget, FORGET_SECONDS)

    async def __aenter__(self) -> Renderings:
        self._forgetting.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._forgetting.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def find(self, version: str, wish: Transform) -> bytes:
        """The picture whose bytes lie under `version`, as it is wished for; what kind it is, its first bytes say.

        Raises:
            NotRendered: it is no picture, or a broken one. EntityTooLarge: it has more than `SOURCE_BYTES_MAX`.
            RenderingBusy. BlobMissing.
        """
        name = hashlib.sha256(f"{version} {wish}".encode()).hexdigest()
        task = self._under_way.get(name)
        if task is None:
            if len(self._under_way) >= WAITING_MAX:
                raise RenderingBusy()
            task = self._under_way[name] = asyncio.create_task(self._kept_or_made(name, version, wish))
            task.add_done_callback(lambda _: self._under_way.pop(name))
        return await asyncio.shield(task)

    async def _kept_or_made(self, name: str, version: str, wish: Transform) -> bytes:
        kept = await self._files.find(name)
        if kept is not None:
            return kept
        async with self._places:
            data = await self._read(version)
            made = await asyncio.get_running_loop().run_in_executor(self._threads, _render, data, wish)
        await self._files.keep(name, made)
        return made

    async def _read(self, version: str) -> bytes:
        async with self._blobs.open(version) as blob:
            if blob.size > SOURCE_BYTES_MAX:
                raise EntityTooLarge(hint=f"Pictures of at most {SOURCE_BYTES_MAX} bytes are rendered.")
            return b"".join([chunk async for chunk in blob.chunks()])

    async def _forget(self) -> bool:
        await self._files.forget_old()
        return False


def _render(data: bytes, wish: Transform) -> bytes:
    from sahne.objects.rendering import render  # only here: it loads the decoders

    return render(data, wish)
