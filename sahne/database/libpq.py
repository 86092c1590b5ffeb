"""Waiting for libpq without blocking the event loop: what a pipeline answers, and what a stream sends."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable

from psycopg import OperationalError, pq

if sys.platform != "win32":
    import fcntl
    import termios

INT_BYTES = 4


async def each_result(pgconn: pq.abc.PGconn, syncs: int) -> AsyncIterator[pq.abc.PGresult]:
    """Every result until `syncs` syncs have answered, flushing what is still to be sent."""
    while syncs:
        result = await next_result(pgconn)
        if result is None:
            if pgconn.status == pq.ConnStatus.BAD:
                raise OperationalError("the connection is lost")
            continue
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            syncs -= 1
        else:
            yield result


async def next_result(pgconn: pq.abc.PGconn) -> pq.abc.PGresult | None:
    """The next result as soon as it is whole; None at the end of a command."""
    while pgconn.is_busy():
        await more_input(pgconn)
    return pgconn.get_result()


async def more_input(pgconn: pq.abc.PGconn) -> None:
    """Send what is still to be sent, wait until something arrives, and take it in."""
    unsent = pgconn.flush()
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    fd = pgconn.socket
    loop.add_reader(fd, _wake, ready)
    if unsent:
        loop.add_writer(fd, _wake, ready)
    try:
        await ready
    finally:
        with contextlib.suppress(OSError, ValueError):
            loop.remove_reader(fd)
            if unsent:
                loop.remove_writer(fd)
    pgconn.consume_input()


def listen_again(loop: asyncio.AbstractEventLoop, descriptor: int, read: Callable[[], None]) -> None:
    """Be told anew of what comes. A reader says this that has read, and waits for more.

    uvloop looks at a socket no more once an error came with its last bytes (a reset: the server went with words of ours
    unread): it tells the reader of the bytes, and never that the connection is gone.
    """
    loop.remove_reader(descriptor)
    loop.add_reader(descriptor, read)


def unread_bytes(descriptor: int) -> int:
    """What has come on a socket and is not read yet; 0 where the system does not tell."""
    if sys.platform != "win32":
        return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(INT_BYTES)), sys.byteorder)
    return 0


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
