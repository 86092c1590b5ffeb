"""Token buckets that several servers share: each tells the others a few times a second what was taken from its own.

Nobody waits for another server. Within one beat each of N servers may give away a whole burst; what was too much is
owed, so that over time no more is given than by one. While the bus is gone each counts for itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Self

import orjson

from sahne.bus.bus import Bus
from sahne.bus.packing import Kind
from sahne.gateway.rates import BUCKETS_MAX, Bucket, Buckets, Rate

BEAT_SECONDS = 0.25


class SharedRates:
    """See `Rates`. It tells within `async with`."""

    def __init__(self, bus: Bus, beat_seconds: float = BEAT_SECONDS) -> None:
        self._bus = bus
        self._beat_seconds = beat_seconds
        self._buckets: dict[str, SharedBuckets] = {}
        self._task: asyncio.Task[None] | None = None
        bus.hear(Kind.SPENT, self._heard)

    def buckets(
        self, name: str, rate: Rate, /, *, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> SharedBuckets:
        """See `Rates`. Another server may have told of this limit before anybody asked here."""
        made = self._buckets.get(name)
        if made is None:
            made = self._buckets[name] = SharedBuckets(rate, buckets_max=buckets_max, clock=clock)
        return made

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tell(), name="shared rates")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            taken = [told for name, buckets in self._buckets.items() if (told := buckets.told(name))]
            if taken:
                self._bus.say(Kind.SPENT, orjson.dumps(taken))

    def _heard(self, _: str, body: bytes) -> None:
        for name, burst, refill, seconds, taken in orjson.loads(body):
            buckets = self.buckets(name, Rate(burst, refill, seconds))
            for key, count in taken.items():
                buckets.owe(key, count)


class SharedBuckets(Buckets):
    """Buckets that know what was taken from them since they were last told of. A key is the same text everywhere."""

    __slots__ = ("_taken",)

    def __init__(self, rate: Rate, *, buckets_max: int, clock: Callable[[], float]) -> None:
        super().__init__(rate, buckets_max=buckets_max, clock=clock)
        self._taken: Counter[str] = Counter()

    def bucket(self, key: Hashable) -> Bucket:
        """See `Buckets`."""
        return super().bucket(_text_of(key))

    def told(self, name: str) -> tuple[str, float, float, float, Counter[str]] | None:
        """What other servers must know, and then nothing until more is taken."""
        if not self._taken:
            return None
        taken, self._taken = self._taken, Counter()
        return name, self._rate.burst, self._rate.refill, self._rate.seconds, taken

    def owe(self, text: str, count: float) -> None:
        """So many were taken on another server."""
        super().bucket(text).owe(count)

    def _new(self, key: Hashable, /) -> Bucket:
        return SharedBucket(self._rate, self._clock, str(key), self._note)

    def _note(self, text: str, count: float) -> None:
        self._taken[text] += count  # type: ignore[assignment]  # half a token is one, too


class SharedBucket(Bucket):
    """A bucket that tells what is taken."""

    __slots__ = ("_key", "_note")

    def __init__(self, rate: Rate, clock: Callable[[], float], key: str, note: Callable[[str, float], None]) -> None:
        super().__init__(rate, clock)
        self._key = key
        self._note = note

    def take(self, count: float = 1) -> bool:
        """See `Bucket`."""
        is_allowed = super().take(count)
        if is_allowed:
            self._note(self._key, count)
        return is_allowed


def _text_of(key: Hashable) -> str:
    """An address, a user's number, or several facts of an account."""
    return "\0".join(key) if isinstance(key, tuple) else str(key)
