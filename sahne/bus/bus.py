"""The bus: what one server says all others hear, each server's messages in their order. Best effort: gaps are told.

start → connect → hear, say, beat → the connection breaks: told once, what is said meanwhile is lost and counted → tried
again after 0.1, 0.2 … 5 s → connected: the listeners hear of the gap and close it → … → goodbye.

A server is there as long as it is heard. Its own beats come back to it, too: when they do not, the connection is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from sahne.backoff import Backoff
from sahne.bus.packing import BadPack, Kind, begin_pack, messages_in, new_id, pack_message, sender_of
from sahne.bus.peers import Peers
from sahne.bus.wire import Wire
from sahne.telemetry import Failed, observe

BEAT_SECONDS = 2.0
BEATS_MISSED_MAX = 3
QUEUE_BYTES_MAX = 8 * 1024 * 1024
PACK_BYTES_MAX = 64 * 1024
HANDLED_AT_ONCE_MAX = 64  # then others have their turn
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0
GOODBYE_SECONDS_MAX = 1.0
CANCEL_SECONDS = 0.5

Handler = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class BusReached:
    """The bus answers: at the start, or again."""

    server: str


@dataclass(slots=True)
class Tally:
    """Messages so far; `lost` are our own that nobody was told, `unread` packs of another version."""

    said: int = 0
    heard: int = 0
    lost: int = 0
    unread: int = 0


class BusListener(Protocol):
    """Who must know how the bus stands. Its methods must be quick and must not raise."""

    def gap_ended(self) -> None:
        """What we said, and what others said, may have been lost before this moment."""

    def server_came(self, server: str) -> None:
        """One that was not known is heard."""

    def server_gone(self, server: str) -> None:
        """One said goodbye, or is not heard any more."""


class Bus:
    """Runs within `async with`. Without a wire there is nobody else, and all of it costs nothing."""

    def __init__(
        self, wire: Wire | None = None, *, beat_seconds: float = BEAT_SECONDS, queue_bytes_max: int = QUEUE_BYTES_MAX
    ) -> None:
        self.server = new_id()
        self.tally = Tally()
        self._wire = wire
        self._beat_seconds = beat_seconds
        self._silence_seconds_max = BEATS_MISSED_MAX * beat_seconds
        self._peers = Peers(self._silence_seconds_max)
        self._handlers: dict[int, Handler] = {}
        self._listeners: list[BusListener] = []
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._queue_bytes_max = queue_bytes_max
        self._overflowed = False
        self._woken = asyncio.Event()
        self._has_room = asyncio.Event()
        self._said_all = asyncio.Event()
        self._is_up = False
        self._is_leaving = False
        self._is_over = asyncio.Event()
        self._last_failure: Failed | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_shared(self) -> bool:
        """Whether there may be others at all."""
        return self._wire is not None

    @property
    def is_up(self) -> bool:
        """Whether it reaches them at this moment."""
        return self._is_up

    @property
    def servers(self) -> int:
        """How many there are, with this one."""
        return 1 + len(self._peers)

    @property
    def queued_bytes(self) -> int:
        """What was said and is not on its way yet."""
        return self._queued_bytes

    def hear(self, kind: Kind, handler: Handler) -> None:
        """Have the messages of a kind given to `handler`, with the id of the server they are from."""
        assert kind not in self._handlers, kind
        self._handlers[kind] = handler

    def tell(self, listener: BusListener) -> None:
        """Have somebody told how the bus stands."""
        self._listeners.append(listener)

    def say(self, kind: Kind, body: bytes = b"") -> None:
        """Tell all others; it never waits. After the goodbye there is nothing to say."""
        if self._wire is None or self._is_leaving:
            return
        message = pack_message(kind, body)
        if not self._is_up or self._queued_bytes + len(message) > self._queue_bytes_max:
            self._overflowed = self._is_up
            self.tally.lost += 1
            return
        self._queue.append(message)
        self._count_queued(len(message))
        self._said_all.clear()
        self._woken.set()

    async def room(self) -> None:
        """Return when the queue is at most half full: who has much to say waits here in between."""
        await self._has_room.wait()

    # its life

    async def __aenter__(self) -> Self:
        self._has_room.set()
        if self._wire is not None:
            self._task = asyncio.create_task(self._run(self._wire), name="bus")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        self.say(Kind.GOODBYE)
        self._is_leaving = True
        if self._is_up:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._said_all.wait(), GOODBYE_SECONDS_MAX)
        self._is_over.set()
        await self._task

    async def _run(self, wire: Wire) -> None:
        backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)
        while not self._is_over.is_set():
            try:
                await wire.connect()
                backoff.reset()
                self._connected()
                await self._stay(wire)
            except Exception as error:  # whatever it is: there is another try
                self._lost(error)
            finally:
                self._is_up = False
                await _hang_up(wire)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_over.wait(), backoff.next_seconds())

    async def _stay(self, wire: Wire) -> None:
        """Say, hear and beat until it is over, or one of them fails."""
        works: list[Coroutine[Any, Any, object]] = [
            self._write(wire), self._read(wire), self._beat(), self._is_over.wait(),
        ]  # fmt: skip
        tasks = [asyncio.create_task(work) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await _end(tasks)
        failures = [task.exception() for task in tasks if not task.cancelled()]
        for failure in filter(None, failures):
            raise failure

    def _connected(self) -> None:
        self._peers.excuse()
        self._is_up = True
        self._last_failure = None
        observe(BusReached(self.server))
        self._tell_gap()

    def _lost(self, error: BaseException) -> None:
        self.tally.lost += len(self._queue)
        self._queue.clear()
        self._count_queued(-self._queued_bytes)
        failure = Failed.of("reach the bus", error)
        if self._last_failure is None:
            observe(failure)
        self._last_failure = failure

    # what it says

    async def _write(self, wire: Wire) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._queue:
                await wire.send(self._next_pack())
            self._said_all.set()
            if self._overflowed:
                self._overflowed = False
                self._tell_gap()

    def _next_pack(self) -> bytes:
        """Messages that fit into one, or the next alone."""
        parts, size = [begin_pack(self.server)], 0
        while self._queue and (size == 0 or size + len(self._queue[0]) <= PACK_BYTES_MAX):
            message = self._queue.popleft()
            parts.append(message)
            size += len(message)
            self.tally.said += 1
        self._count_queued(-size)
        return b"".join(parts)

    def _count_queued(self, more: int) -> None:
        self._queued_bytes += more
        if self._queued_bytes <= self._queue_bytes_max // 2:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self.say(Kind.ALIVE)
            slept_at = clock()
            await asyncio.sleep(self._beat_seconds)
            if clock() - slept_at > 2 * self._beat_seconds:
                self._peers.excuse()
            for server in self._peers.silent():
                self._gone(server)

    # what it hears

    async def _read(self, wire: Wire) -> None:
        while True:
            async with asyncio.timeout(self._silence_seconds_max):
                pack = await wire.receive()
            try:
                await self._take(pack)
            except BadPack:
                self.tally.unread += 1

    async def _take(self, pack: bytes) -> None:
        sender = sender_of(pack)
        if sender == self.server:
            return
        if self._peers.heard(sender):
            for listener in self._listeners:
                listener.server_came(sender)
        for number, (kind, body) in enumerate(messages_in(pack), 1):
            self._handle(sender, kind, body)
            if number % HANDLED_AT_ONCE_MAX == 0:
                await asyncio.sleep(0)

    def _handle(self, sender: str, kind: int, body: bytes) -> None:
        self.tally.heard += 1
        if kind == Kind.GOODBYE:
            self._gone(sender)
        elif (handler := self._handlers.get(kind)) is not None:
            try:
                handler(sender, body)
            except Exception as error:  # whatever another server says must not end this one's hearing
                observe(Failed.of(f"hear {Kind(kind).name} of another server", error))

    def _gone(self, server: str) -> None:
        if self._peers.forget(server):
            for listener in self._listeners:
                listener.server_gone(server)

    def _tell_gap(self) -> None:
        for listener in self._listeners:
            listener.gap_ended()


async def _hang_up(wire: Wire) -> None:
    with contextlib.suppress(Exception):  # it is broken, or it is not: nobody needs it any more
        await wire.close()


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel them until they are: a client's library may pass over a cancellation that comes while it sends."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_SECONDS)
