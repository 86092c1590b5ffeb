"""The wire's twin in one process: a place that may be closed, and that loses what is said meanwhile."""

from __future__ import annotations

import asyncio


class Place:
    """Where wires meet."""

    def __init__(self) -> None:
        self._open = True
        self._queues: set[asyncio.Queue[bytes | None]] = set()

    def wire(self) -> MemoryWire:
        """One more way here."""
        return MemoryWire(self)

    def close(self) -> None:
        """Nobody hears anything any more, and nobody comes in."""
        self._open = False
        for queue in self._queues:
            queue.put_nowait(None)
        self._queues.clear()

    def reopen(self) -> None:
        """Those who come are let in again."""
        self._open = True

    def enter(self) -> asyncio.Queue[bytes | None]:
        """What somebody hears from now on; None is its end.

        Raises:
            ConnectionError: it is closed.
        """
        self._refuse_closed()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[bytes | None]) -> None:
        """They do not hear it any more."""
        self._queues.discard(queue)

    def say(self, message: bytes) -> None:
        """All hear it.

        Raises:
            ConnectionError: it is closed.
        """
        self._refuse_closed()
        for queue in self._queues:
            queue.put_nowait(message)

    def _refuse_closed(self) -> None:
        if not self._open:
            raise ConnectionError("the place is closed")


class MemoryWire:
    """See `Wire`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._heard: asyncio.Queue[bytes | None] | None = None

    async def connect(self) -> None:
        """See `Wire`."""
        self._heard = self._place.enter()

    async def send(self, message: bytes) -> None:
        """See `Wire`."""
        self._place.say(message)

    async def receive(self) -> bytes:
        """See `Wire`."""
        assert self._heard is not None, "connect comes first"
        message = await self._heard.get()
        if message is None:
            raise ConnectionError("the place was closed")
        return message

    async def close(self) -> None:
        """See `Wire`."""
        if self._heard is not None:
            self._place.leave(self._heard)
            self._heard = None
