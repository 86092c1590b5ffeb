"""How long to wait before trying again: twice as long each time, within bounds."""

from __future__ import annotations


class Backoff:
    """Pauses of `seconds_min`, twice that, four times … up to `seconds_max`, until `reset`."""

    __slots__ = ("_next", "_seconds_max", "_seconds_min")

    def __init__(self, seconds_min: float, seconds_max: float) -> None:
        self._seconds_min = seconds_min
        self._seconds_max = seconds_max
        self._next = seconds_min

    def next_seconds(self) -> float:
        """How long to wait after one more failure."""
        wait = self._next
        self._next = min(wait * 2, self._seconds_max)
        return wait

    def reset(self) -> None:
        """It worked: the next failure waits as briefly as the first."""
        self._next = self._seconds_min
