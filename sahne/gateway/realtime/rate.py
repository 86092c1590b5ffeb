"""How much may come a second: a token bucket."""

from __future__ import annotations

import time


class Rate:
    """A bucket of `per_second` tokens that fills as fast; a second's worth may come at once."""

    __slots__ = ("_filled_at", "_per_second", "_tokens")

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._tokens = per_second
        self._filled_at = time.monotonic()

    def take(self, count: int = 1) -> bool:
        """Whether `count` more are allowed now."""
        now = time.monotonic()
        self._tokens = min(self._per_second, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True
