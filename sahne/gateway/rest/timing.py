"""How long each stage of a request took, for the header `Server-Timing` (W3C): off unless it is switched on."""

from __future__ import annotations

from time import perf_counter

from sahne.gateway.asgi import Header


class Timing:
    """The stages in their order; each lasts from the one before it to its own mark."""

    __slots__ = ("_last", "_stages")

    def __init__(self) -> None:
        self._last = perf_counter()
        self._stages: list[str] = []

    def mark(self, stage: str) -> None:
        """A stage is over."""
        now = perf_counter()
        self._stages.append(f"{stage};dur={(now - self._last) * 1000:.3f}")
        self._last = now

    @property
    def header(self) -> Header:
        """The header, in milliseconds."""
        return b"server-timing", ", ".join(self._stages).encode()
