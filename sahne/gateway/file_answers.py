"""Parts of open files as parts of an answer: the kernel sends what lies in its memory, none of it passes through ours.

It is ASGI's `http.response.zerocopysend`: a door that finds `ZERO_COPY` in its scope's extensions may send that message
after the head of an answer of known length. What is not in the kernel's memory yet is first read by a thread, so that
the event loop waits for no disk; what the client does not take is waited for, and nothing of it is kept here.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from weakref import ref

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sahne.gateway.untaken import STILL_SECONDS_MAX, untaken_bytes

BURST_BYTES = 1024 * 1024  # at once, then others have their turn: a fifth of a millisecond
LOOK_SECONDS = 3.0
ZERO_COPY = "http.response.zerocopysend"

# Of what somebody else uploaded, on the origin of our page: it may draw, and do nothing else
OBJECT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox"

# An open file's descriptor, the offset in it, and how many bytes
FilePart = Callable[[int, int, int], Awaitable[None]]


async def answer_part(way_back: ref[RequestResponseCycle], file: int, offset: int, count: int) -> None:
    """Bytes of a file, sent when this returns; whose client is gone takes none.

    Raises:
        RuntimeError: no head of a known length went before them, or the file or that length is shorter.
    """
    cycle = way_back()
    if cycle is None or cycle.disconnected:
        return
    if not cycle.response_started or cycle.response_complete or cycle.chunked_encoding is not False:
        raise RuntimeError("A part of a file follows a head that says the body's length.")
    if count > cycle.expected_content_length:
        raise RuntimeError("Response content longer than Content-Length")
    # a descriptor of our own for the same connection: the loop watches the transport's for the transport alone
    out = os.dup(cycle.transport.get_extra_info("socket").fileno())
    try:
        await _send(cycle, out, file, offset, offset + count)
    except ConnectionError:
        cycle.transport.abort()
    finally:
        os.close(out)
    cycle.expected_content_length -= count


async def _send(cycle: RequestResponseCycle, out: int, file: int, at: int, stop: int) -> None:
    """A burst → the others' turn → a burst … → done, or the client is gone, or takes nothing for too long."""
    while at < stop and not (cycle.disconnected or cycle.transport.is_closing()):
        end = min(at + BURST_BYTES, stop)
        if cycle.transport.get_write_buffer_size():  # what was written before goes before
            await _room(cycle.transport, out)
            continue
        if not _is_at_hand(file, at, end):
            await asyncio.to_thread(os.pread, file, end - at, at)
        try:
            sent = os.sendfile(out, file, at, end - at)
        except BlockingIOError:
            await _room(cycle.transport, out)
            continue
        if not sent:
            raise RuntimeError("The file is shorter than it was.")
        at += sent
        await asyncio.sleep(0)


async def _room(transport: asyncio.Transport, out: int) -> None:
    """The kernel has room for more, or the connection is lost.

    Raises:
        ConnectionAbortedError: nothing of what the kernel has was taken for `STILL_SECONDS_MAX`.
    """
    loop = asyncio.get_running_loop()
    left, taken_at = untaken_bytes(transport), loop.time()
    while not transport.is_closing():
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await _writable(loop, out)
            return
        except TimeoutError:
            still_left, now = untaken_bytes(transport), loop.time()
            if still_left < left:
                left, taken_at = still_left, now
            elif now - taken_at >= STILL_SECONDS_MAX:
                raise ConnectionAbortedError from None


async def _writable(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    has_room: asyncio.Future[None] = loop.create_future()
    loop.add_writer(descriptor, _tell, has_room)
    try:
        await has_room
    finally:
        loop.remove_writer(descriptor)


def _tell(has_room: asyncio.Future[None]) -> None:
    if not has_room.done():
        has_room.set_result(None)


def _is_at_hand(file: int, at: int, stop: int) -> bool:
    """Whether both ends of a part lie in the kernel's memory; no where it does not tell."""
    if sys.platform != "linux":
        return False
    try:
        return all(os.preadv(file, [bytearray(1)], end, os.RWF_NOWAIT) for end in (at, stop - 1))
    except OSError:
        return False
