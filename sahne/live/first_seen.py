"""Since when something has looked wrong, look after look: one look at LiveKit's list may be of a moment ago."""

from __future__ import annotations

from collections.abc import Callable


class FirstSeen:
    """Between `begin` and `end` of a look, ask of each thing that looks wrong. `clock` answers seconds."""

    def __init__(self, apart_seconds: float, clock: Callable[[], float]) -> None:
        self._apart_seconds = apart_seconds
        self._clock = clock
        self._since: dict[str, float] = {}
        self._now: dict[str, float] = {}

    def begin(self) -> None:
        """A look begins."""
        self._now = {}

    def long_enough(self, name: str) -> bool:
        """Whether an earlier look, far enough back, saw it too, and every look since."""
        since = self._since.get(name, self._clock())
        self._now[name] = since
        return self._clock() - since >= self._apart_seconds

    def end(self) -> None:
        """It is over; what did not look wrong in it is forgotten."""
        self._since = self._now
