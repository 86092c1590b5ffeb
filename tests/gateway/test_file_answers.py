"""Answers from files on a real socket: whole, in order, for slow readers too; who goes away leaves nothing open."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from sahne.gateway.asgi import Receive, Scope, Send
from sahne.gateway.file_answers import ZERO_COPY
from tests.eventually import eventually_async
from tests.gateway.bare import served

pytestmark = pytest.mark.anyio

PART = 64 * 1024
SIZE = 3 * 1024 * 1024 + 17
KERNEL_BYTES = 32 * 1024
GET = b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Production runs on uvloop, whose transports write in a turn of their own."""
    if request.param:
        pytest.importorskip("uvloop", reason="NO UVLOOP: it does not exist on this system")
    return "asyncio", {"use_uvloop": request.param}


class Files:
    """A door that answers with a file, part by part: `/whole` as it is, `/longer` than it is promised, `/shorter` than
    it was; `/headless` begins with a part. `open` counts those under way.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "content"
        self.content = os.urandom(SIZE)
        self.path.write_bytes(self.content)
        self.open = 0

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        self.open += 1
        try:
            with self.path.open("rb") as file:
                await self._answer(scope, send, file.fileno())
        finally:
            self.open -= 1

    async def _answer(self, scope: Scope, send: Send, file: int) -> None:
        part = scope["extensions"][ZERO_COPY]
        kind = scope["path"]
        size = {"/longer": PART, "/shorter": SIZE + PART}.get(kind, SIZE)
        if kind != "/headless":
            headers = [(b"content-length", b"%d" % size)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        for at in range(0, SIZE if kind == "/longer" else size, PART):
            await part(file, at, min(PART, max(size, SIZE) - at))
        await send({"type": "http.response.body", "body": b""})


def open_descriptors() -> int:
    """How many this process has; none where that is not told."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def test_files_arrive_whole_and_in_order_on_one_connection(files: Files) -> None:
    async with served(files) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"whole" * 2)
        for _ in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(SIZE) == files.content
        writer.close()


async def test_who_reads_in_small_bites_gets_all_of_it(files: Files) -> None:
    async with served(files, kernel_bytes=KERNEL_BYTES) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=KERNEL_BYTES)
        writer.write(GET % b"whole")
        await reader.readuntil(b"\r\n\r\n")
        came = bytearray()
        while len(came) < SIZE:
            came += await reader.read(1000)
            await asyncio.sleep(0)
        assert came == files.content
        writer.close()


async def test_who_goes_away_in_the_middle_leaves_nothing_open(files: Files) -> None:
    async with served(files, kernel_bytes=KERNEL_BYTES) as port:
        before = open_descriptors()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=KERNEL_BYTES)
        writer.write(GET % b"whole")
        await reader.readuntil(b"\r\n\r\n")
        assert files.open == 1
        writer.transport.abort()

        async def nothing_is_open() -> bool:
            return not files.open and open_descriptors() <= before

        await eventually_async(nothing_is_open)


@pytest.mark.parametrize("kind", [b"shorter", b"longer"])
async def test_a_file_that_is_not_as_promised_is_not_taken_for_whole(files: Files, kind: bytes) -> None:
    async with served(files) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % kind)
        head = await reader.readuntil(b"\r\n\r\n")
        promised = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        came = await reader.read()
        assert len(came) != promised or kind == b"longer"
        assert len(came) <= promised
        assert came == files.content[: len(came)]
        writer.close()


async def test_a_part_before_any_head_is_refused(files: Files) -> None:
    async with served(files) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"headless")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 500 ")
        writer.close()
