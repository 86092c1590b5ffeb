"""Answers that nobody takes: they are counted, refused beyond a bound, and their connection is cut after a while."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.callers import Places
from sahne.gateway.front import Front
from sahne.gateway.page import PageFiles
from sahne.gateway.untaken import KEPT_BYTES_MAX, LOOKS_PER_STILL_TIME, Untaken, Watch
from sahne.gateway.whole_answers import WholeAnswerProtocol
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async
from tests.gateway.bare import served

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
LARGE = 8 * MIB
SMALL_WINDOW = 4096
KERNEL_BYTES = 64 * 1024
ADDRESS = "x-real-ip"
NEAR, FAR = "203.0.113.1", "203.0.113.2"


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Production runs on uvloop, whose transports keep and tell in a way of their own."""
    if request.param:
        pytest.importorskip("uvloop", reason="NO UVLOOP: it does not exist on this system")
    return "asyncio", {"use_uvloop": request.param}


class Hasty(WholeAnswerProtocol):
    """Waits a moment only for who takes nothing: as long as a kernel may wait before it asks for a window again."""

    still_seconds_max = 0.5


class Asked:
    """A door that answers `/large` with much, `/stream` with as much in pieces, all else with a word; it counts."""

    def __init__(self, size: int = LARGE) -> None:
        self._size = size
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        body = bytes(self._size) if scope["path"] != "/small" else b"word"
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        piece = len(body) if scope["path"] != "/stream" else KERNEL_BYTES
        for start in range(0, len(body), piece):
            more = start + piece < len(body)
            await send({"type": "http.response.body", "body": body[start : start + piece], "more_body": more})


@contextmanager
def reader(port: int, window_bytes: int = SMALL_WINDOW) -> Iterator[socket.socket]:
    """A client whose kernel takes little of what it does not read."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        yield client


async def ask(client: socket.socket, path: str, *, method: str = "GET", address: str = NEAR) -> None:
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{ADDRESS}: {address}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(client, head.encode())


async def answer(client: socket.socket, begun: bytes | bytearray = b"") -> tuple[bytes, bytes]:
    """Head and body of one answer; a body that ends too soon is as long as it is. `begun` is read already."""
    loop, said = asyncio.get_running_loop(), bytearray(begun)
    while b"\r\n\r\n" not in said:
        said += await loop.sock_recv(client, 1) or pytest.fail(f"closed after {bytes(said)!r}")
    head, _, first = bytes(said).partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head)
    assert found, head
    body = bytearray(first)
    while len(body) < int(found[1]):
        piece = await loop.sock_recv(client, int(found[1]) - len(body))
        if not piece:
            break
        body += piece
    return head, bytes(body)


async def outcome(port: int, path: str, *, method: str = "GET", address: str = NEAR) -> tuple[int, int]:
    """Status and length of the answer to who reads at once."""
    with reader(port) as client:
        await ask(client, path, method=method, address=address)
        head, body = await answer(client)
        return int(head.split(b" ")[1]), len(body)


def counted(bytes_max: int, of_an_address: int = KEPT_BYTES_MAX, **given: Any) -> tuple[Settings, Untaken]:
    settings = read_settings(env_file=None, client_ip_header=ADDRESS, **given)
    return settings, Untaken(Places(settings), bytes_max, of_an_address)


async def kept(untaken: Untaken, bytes_min: int) -> None:
    async def is_kept() -> bool:
        return untaken.bytes >= bytes_min

    await eventually_async(is_kept)


async def nothing_kept(untaken: Untaken) -> None:
    async def is_gone() -> bool:
        return not untaken.bytes

    await eventually_async(is_gone)


@pytest.mark.parametrize("path", ["/large", "/stream"])
async def test_who_takes_nothing_is_cut_off(path: str) -> None:
    settings, untaken = counted(KEPT_BYTES_MAX)
    async with served(Front(settings, {"/": Asked()}, untaken=untaken), untaken=untaken, protocol=Hasty) as port:
        with reader(port) as client:
            await ask(client, path)
            await kept(untaken, 1)
            await nothing_kept(untaken)
            try:
                _, body = await answer(client)
            except ConnectionResetError:
                return
            assert len(body) < LARGE


@pytest.mark.parametrize("path", ["/large", "/stream", "/page.js"])
async def test_who_reads_slowly_and_surely_has_the_whole(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little is read each time before the server looks, for twice the time that who takes nothing is given, and longer
    than a request may take.
    """
    looks, taken = 0, bytearray()
    (tmp_path / "page.js").write_bytes(bytes(2 * MIB))
    look = Watch._look

    def read_a_little_first(watch: Watch) -> None:
        nonlocal looks
        looks += 1
        with contextlib.suppress(BlockingIOError):
            taken.extend(client.recv(KERNEL_BYTES // 2))
        look(watch)

    async def looked_for_long() -> bool:
        return looks >= 2 * LOOKS_PER_STILL_TIME

    monkeypatch.setattr(Watch, "_look", read_a_little_first)
    settings, untaken = counted(KEPT_BYTES_MAX, request_timeout_seconds=0.9)
    doors: dict[str, Door] = {"/": Asked(2 * MIB), "/page.js": PageFiles(directory=tmp_path)}
    app = Front(settings, doors, untaken=untaken)
    async with served(app, untaken=untaken, protocol=Hasty, kernel_bytes=KERNEL_BYTES) as port:
        with reader(port, KERNEL_BYTES) as client:
            await ask(client, path)
            await eventually_async(looked_for_long)
            monkeypatch.setattr(Watch, "_look", look)
            _, body = await answer(client, taken)
            assert len(body) == 2 * MIB


async def test_the_next_answer_is_made_when_the_one_before_is_taken() -> None:
    settings, untaken = counted(KEPT_BYTES_MAX)
    asked = Asked()
    async with served(Front(settings, {"/": asked}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            for path in ("/large", "/large", "/small"):
                await ask(client, path)
            await kept(untaken, 1)
            assert (await outcome(port, "/small"))[0] == 200  # another connection, so that what could happen has
            assert asked.paths == ["/large", "/small"]
            assert untaken.bytes <= LARGE
            for length in (LARGE, LARGE, 4):
                assert len((await answer(client))[1]) == length
            assert asked.paths == ["/large", "/small", "/large", "/small"]


async def test_there_is_no_room_for_more_until_some_is_taken() -> None:
    settings, untaken = counted(bytes_max=LARGE + MIB)
    asked = Asked()
    async with served(Front(settings, {"/": asked}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            await ask(client, "/large")
            await kept(untaken, MIB)
            assert (await outcome(port, "/large", address=FAR))[0] == 503
            assert await outcome(port, "/small") == (200, 4)
            assert len((await answer(client))[1]) == LARGE
        await nothing_kept(untaken)
        assert await outcome(port, "/large", address=FAR) == (200, LARGE)


async def test_a_refusal_says_when_to_try_again() -> None:
    settings, untaken = counted(bytes_max=MIB)
    async with served(Front(settings, {"/": Asked()}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            await ask(client, "/large")
            head, body = await answer(client)
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1" in head
            assert json.loads(body)["code"] == "unavailable"


async def test_one_address_has_a_share_and_another_has_room_beside_it() -> None:
    settings, untaken = counted(bytes_max=10 * LARGE, of_an_address=LARGE + MIB)
    async with served(Front(settings, {"/": Asked()}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            await ask(client, "/large", address=NEAR)
            await kept(untaken, MIB)
            assert (await outcome(port, "/large", address=NEAR))[0] == 503
            assert await outcome(port, "/large", address=FAR) == (200, LARGE)


async def test_what_changes_something_is_refused_before_it_happens_or_answered() -> None:
    settings, untaken = counted(bytes_max=LARGE // 2)
    asked = Asked()
    async with served(Front(settings, {"/": asked}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            await ask(client, "/large", method="POST")
            await kept(untaken, LARGE // 2)
            assert asked.paths == ["/large"]
            assert (await outcome(port, "/small", method="POST"))[0] == 503
            assert asked.paths == ["/large"]
            assert await outcome(port, "/small") == (200, 4)
        await nothing_kept(untaken)
        assert await outcome(port, "/small", method="POST") == (200, 4)


async def test_a_stream_is_not_begun_without_room() -> None:
    settings, untaken = counted(bytes_max=KERNEL_BYTES)
    async with served(Front(settings, {"/": Asked()}, untaken=untaken), untaken=untaken) as port:
        with reader(port) as client:
            await ask(client, "/large", method="POST")
            await kept(untaken, KERNEL_BYTES)
            assert (await outcome(port, "/stream"))[0] == 503
        await nothing_kept(untaken)
        assert await outcome(port, "/stream") == (200, LARGE)


async def test_forty_who_read_nothing_cost_what_the_bound_says() -> None:
    settings, untaken = counted(bytes_max=4 * LARGE)
    async with served(Front(settings, {"/": Asked()}, untaken=untaken), untaken=untaken) as port:
        before = resident_bytes()
        with ExitStack() as stack:
            for _ in range(40):
                await ask(stack.enter_context(reader(port)), "/large")
            assert await outcome(port, "/small") == (200, 4)
            await kept(untaken, 3 * LARGE)
            assert resident_bytes() - before < 6 * LARGE


def resident_bytes() -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0
