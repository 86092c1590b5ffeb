"""How often somebody may: token buckets in memory. Those of several servers are made one by `shared_rates.py`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from sahne.errors import TooManyRequests
from sahne.remembered import Remembered

BUCKETS_MAX = 20_000
# A laptop must never meet a limit by accident: with the development keys everything that is per caller is larger so
DEVELOPMENT_FACTOR = 1_000


class RateExceeded(TooManyRequests):
    """Too many requests from one caller."""

    def __init__(self, message: str | None = None, *, retry_after_seconds: float) -> None:
        self.retry_after_seconds = max(1, math.ceil(min(retry_after_seconds, 3600.0)))
        super().__init__(message, hint=f"Try again in {self.retry_after_seconds} s.")


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `refill` more in every `seconds`."""

    burst: float
    refill: float
    seconds: float = 1.0

    @classmethod
    def per_second(cls, count: float) -> Rate:
        """So many a second, a second's worth at once."""
        return cls(burst=count, refill=count)

    def times(self, factor: float) -> Rate:
        """A rate so many times as large."""
        return Rate(self.burst * factor, self.refill * factor, self.seconds)


class Bucket:
    """One caller's tokens; full at first. `clock` answers seconds."""

    __slots__ = ("_burst", "_clock", "_filled_at", "_per_second", "_tokens")

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = self._tokens = rate.burst
        self._per_second = rate.refill / rate.seconds
        self._clock = clock
        self._filled_at = clock()

    def take(self, count: float = 1) -> bool:
        """Whether `count` more are allowed now; nothing is taken when they are not."""
        now = self._clock()
        tokens = self._tokens + (now - self._filled_at) * self._per_second
        self._filled_at = now
        if tokens > self._burst:
            tokens = self._burst
        if tokens < count:
            self._tokens = tokens
            return False
        self._tokens = tokens - count
        return True

    def owe(self, count: float) -> None:
        """So many were taken elsewhere. What was taken too much is waited for, but no longer than for a whole burst."""
        self._tokens = max(self._tokens - count, -self._burst)

    def wait_seconds(self, count: float = 1) -> float:
        """In how many seconds `count` will be there, as of the last `take`."""
        return max(count - self._tokens, 0.0) / self._per_second


class Buckets:
    """A bucket a key under one rate; the least recently used is forgotten first."""

    __slots__ = ("_buckets", "_clock", "_rate")

    def __init__(
        self, rate: Rate, *, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: Remembered[Hashable, Bucket] = Remembered(buckets_max)

    def __len__(self) -> int:
        return len(self._buckets)

    def bucket(self, key: Hashable) -> Bucket:
        """The bucket of a key."""
        bucket = self._buckets.find(key)
        if bucket is None:
            bucket = self._new(key)
            self._buckets.keep(key, bucket)
        return bucket

    def _new(self, _key: Hashable, /) -> Bucket:
        return Bucket(self._rate, self._clock)

    def take(self, key: Hashable, count: float = 1) -> bool:
        """See `Bucket.take`."""
        return self.bucket(key).take(count)


class Rates(Protocol):
    """Who makes buckets. What is counted under one name is counted together by all servers that share it."""

    def buckets(
        self, name: str, rate: Rate, /, *, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> Buckets:
        """Those of one limit."""


class OwnRates:
    """This server's alone."""

    def buckets(
        self, _: str, rate: Rate, /, *, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> Buckets:
        """See `Rates`."""
        return Buckets(rate, buckets_max=buckets_max, clock=clock)
