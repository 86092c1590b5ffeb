"""What is kept for sockets that share a bound, all of it together: those of one address, of nobody, of the server.

That is what is written and not taken, what has come and is not worked on, and what large frames are read into.

Each socket has a bound of its own; a thousand of them that read nothing would have a thousand of these. Who is told to
go has some seconds to read why: those who are going have the same bound beside the others.
"""

from __future__ import annotations

from typing import Protocol


class Queue(Protocol):
    """What is kept for one socket."""

    @property
    def kept_bytes(self) -> int:
        """How much that is now."""

    @property
    def closing(self) -> bool:
        """Whether it was told to go."""

    def give_way(self) -> None:
        """Go, and at once if that was said before: of all that share the bound this one keeps most."""


class SharedQueues:
    """The sockets that share a bound, and what is known of each; `whose` they are is told to who must go."""

    __slots__ = ("_bytes_max", "_known", "_known_bytes", "whose")

    def __init__(self, bytes_max: int, whose: str) -> None:
        self._bytes_max = bytes_max
        self.whose = whose
        self._known: dict[Queue, int] = {}
        self._known_bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def enter(self, queue: Queue) -> None:
        """A socket more."""
        self._known[queue] = 0

    def leave(self, queue: Queue) -> None:
        """It is gone, and what was kept for it."""
        self._known_bytes -= self._known.pop(queue, 0)

    def grew(self, queue: Queue) -> None:
        """More is kept for one of them: the one with most gives way when that is too much for all.

        What was taken meanwhile nobody has told: they are looked at anew before.
        """
        if queue not in self._known:
            return
        self._look(queue)
        if self._known_bytes <= self._bytes_max:
            return
        for each in self._known:
            self._look(each)
        going = {each: size for each, size in self._known.items() if each.closing}
        staying = {each: size for each, size in self._known.items() if each not in going}
        for kept in (going, staying):
            if sum(kept.values()) > self._bytes_max:
                max(kept, key=kept.__getitem__).give_way()

    def _look(self, queue: Queue) -> None:
        kept = queue.kept_bytes
        self._known_bytes += kept - self._known[queue]
        self._known[queue] = kept
