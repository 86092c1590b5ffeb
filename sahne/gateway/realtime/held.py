"""What comes for a channel while what it missed is read: it waits, so that the client hears everything in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sahne.gateway.realtime.bounds import FRAMES_WAITING_MAX


class Held:
    """Framed messages in their order, each with the id of the stored one that it is."""

    __slots__ = ("_frames", "is_full")

    def __init__(self) -> None:
        self._frames: list[tuple[bytes, str | None]] = []
        self.is_full = False

    def put(self, frame: bytes, stored: str | None) -> None:
        """One more; when they are too many none of them is worth keeping."""
        if len(self._frames) == FRAMES_WAITING_MAX:
            self.is_full = True
            self._frames.clear()
        if not self.is_full:
            self._frames.append((frame, stored))

    def besides(self, replayed: Collection[str]) -> Iterator[bytes]:
        """All of them that were not replayed meanwhile."""
        return (frame for frame, stored in self._frames if stored not in replayed)
