"""How often one caller may try: token buckets in memory, bounded, one set per process.

A laptop must never meet a limit by accident, so with the development keys every burst is a thousand times larger.
Behind a proxy all callers share one address: it counts only when it is public or named by the proxy's header.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from sahne.gateway.auth.errors import OverRequestRateLimit
from sahne.remembered import Remembered

BUCKETS_MAX = 20_000
DEVELOPMENT_FACTOR = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, refilled by `per_five_minutes`."""

    burst: int
    per_five_minutes: int


SIGN_UP = Rate(burst=30, per_five_minutes=30)
ANONYMOUS = Rate(burst=30, per_five_minutes=3)
SIGN_IN = Rate(burst=30, per_five_minutes=30)
# an office signs in from one address; who tries a hundred made-up names keeps every other sign-in waiting for bcrypt
SIGN_INS_OF_A_CALLER = Rate(burst=100, per_five_minutes=100)
REFRESH = Rate(burst=150, per_five_minutes=150)


class Limits:
    """Buckets by key; the least recently used is forgotten first. `clock` answers seconds."""

    def __init__(self, factor: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._factor = factor
        self._clock = clock
        self._buckets: Remembered[tuple[str, ...], tuple[float, float]] = Remembered(BUCKETS_MAX)

    def spend(self, rate: Rate, *key: str) -> None:
        """Take one token from a key's bucket.

        Raises:
            OverRequestRateLimit: the bucket is empty.
        """
        now = self._clock()
        burst = float(rate.burst * self._factor)
        tokens, since = self._buckets.find(key) or (burst, now)
        tokens = min(burst, tokens + (now - since) * rate.per_five_minutes * self._factor / 300)
        self._buckets.keep(key, (tokens - 1 if tokens >= 1 else tokens, now))
        if tokens < 1:
            raise OverRequestRateLimit()


def names_a_caller(ip: str | None, *, from_header: bool) -> bool:
    """Whether an address tells callers apart; a private one is a proxy or this machine."""
    if ip is None:
        return False
    return from_header or not ipaddress.ip_address(ip).is_private
