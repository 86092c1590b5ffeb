"""Answers that their clients have not taken yet: how much of them is kept, and for how long.

What a client does not read stays in this process's memory, whatever it is. So the bytes are counted, of one address and
of all together, and a connection is cut whose client takes nothing for a while; one that reads slowly and surely gets
the whole. Both are known from the transport of our own HTTP protocol (`whole_answers.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from dataclasses import dataclass

from sahne.errors import Unavailable
from sahne.gateway.asgi import Scope
from sahne.gateway.callers import Places

if sys.platform == "linux":
    import fcntl
    import termios

KEPT_BYTES_MAX = 128 * 1024 * 1024
KEPT_BYTES_OF_AN_ADDRESS_MAX = 64 * 1024 * 1024
LARGE_ANSWER_BYTES = 64 * 1024  # what is smaller a transport keeps of any connection before it tells
STILL_SECONDS_MAX = 30.0
LOOKS_PER_STILL_TIME = 10
INT_BYTES = 4


class AnswersNotTaken(Unavailable):
    """Too much that was asked for before has not been taken yet."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are counted, and as whose."""

    place: str | None
    size: int


class Untaken:
    """The bytes that are kept. Who shares a private address with a proxy is counted in all alone (`Places`)."""

    def __init__(
        self,
        places: Places,
        bytes_max: int = KEPT_BYTES_MAX,
        bytes_of_an_address_max: int = KEPT_BYTES_OF_AN_ADDRESS_MAX,
    ) -> None:
        self._places = places
        self._bytes_max = bytes_max
        self._bytes_of_an_address_max = bytes_of_an_address_max
        self._of_places: Counter[str] = Counter()
        self.bytes = 0

    def has_room(self, scope: Scope, size: int = 1) -> bool:
        """Whether so many bytes more may be kept for who sent this request."""
        if self.bytes + size > self._bytes_max:
            return False
        place = self._places.of(scope)
        return place is None or self._of_places[place] + size <= self._bytes_of_an_address_max

    def keep(self, scope: Scope, size: int) -> Kept:
        """Bytes of the answer to this request are kept from now on."""
        kept = Kept(self._places.of(scope), size)
        self.bytes += size
        if kept.place is not None:
            self._of_places[kept.place] += size
        return kept

    def let_go(self, kept: Kept) -> None:
        """They are taken, or lost."""
        self.bytes -= kept.size
        if kept.place is not None:
            self._of_places[kept.place] -= kept.size
            if not self._of_places[kept.place]:
                del self._of_places[kept.place]


class Watch:
    """Looks now and then what a client has taken of what was written to it, and cuts it off when that was nothing.

    begin → look → something was taken, or it is not long ago: look again → … → end, by who began it or by the cut.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, still_seconds_max: float) -> None:
        self._transport = transport
        self._loop = loop
        self._still_seconds_max = still_seconds_max
        self._left_bytes = untaken_bytes(transport)
        self._taken_at = loop.time()
        self._timer = self._look_later()

    def end(self) -> None:
        """It has taken enough, or is gone."""
        self._timer.cancel()

    def _look_later(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._still_seconds_max / LOOKS_PER_STILL_TIME, self._look)

    def _look(self) -> None:
        left, now = untaken_bytes(self._transport), self._loop.time()
        if left < self._left_bytes:
            self._left_bytes, self._taken_at = left, now
        if now - self._taken_at >= self._still_seconds_max:
            self._transport.abort()
        else:
            self._timer = self._look_later()


def untaken_bytes(transport: asyncio.Transport) -> int:
    """What was written and is not with the client yet: here, and in the kernel where that tells (Linux does).

    The kernel takes more from us only when much of its own is gone: a slow reader would seem to stand still.
    """
    return transport.get_write_buffer_size() + _unsent_by_kernel(transport)


def _unsent_by_kernel(transport: asyncio.Transport) -> int:
    socket = transport.get_extra_info("socket")
    if sys.platform == "linux" and socket is not None:
        with contextlib.suppress(OSError, ValueError):  # it is being closed
            said = fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(INT_BYTES))
            return int.from_bytes(said, sys.byteorder)
    return 0
