"""What stays of a picture's file, part by part; parts that stay side by side are one run of bytes, however many."""

from __future__ import annotations

from sahne.avif.boxes import BYTES_READ_MAX
from sahne.objects.errors import EntityTooLarge

PARTS_MAX = 50_000  # a photo has some dozens, an animation some thousands; each costs about a microsecond


class TooManyParts(EntityTooLarge):
    """The picture has too many parts to be looked through."""

    def __init__(self, hint: str = f"{PARTS_MAX} are the limit: save it anew.") -> None:
        super().__init__(hint=hint)


class Count:
    """Of the parts that were looked at."""

    __slots__ = ("_bytes", "_count")

    def __init__(self) -> None:
        self._count = 0
        self._bytes = 0

    def one(self) -> None:
        """One more. Raises TooManyParts."""
        self._count += 1
        if self._count > PARTS_MAX:
            raise TooManyParts()

    def read(self, size: int) -> None:
        """So many bytes of one part, which may lie upon another. Raises TooManyParts."""
        self._bytes += size
        if self._bytes > BYTES_READ_MAX:
            raise TooManyParts("Its parts lie upon each other: save it anew.")


class Runs:
    """The new file as it grows, out of runs of the old one and what is put between them."""

    __slots__ = ("_begin", "_count", "_data", "_end", "_pieces", "_size")

    def __init__(self, data: bytes, begin: int) -> None:
        """The first `begin` bytes stay."""
        self._data = data
        self._begin, self._end = 0, begin
        self._pieces: list[bytes] = []
        self._size = 0
        self._count = Count()

    @property
    def size(self) -> int:
        """How long the new file is so far."""
        return self._size + self._end - self._begin

    def part(self, begin: int, end: int, *, stays: bool) -> None:
        """The next part of the old file. Raises TooManyParts."""
        self._count.one()
        if not stays:
            return
        if begin != self._end:
            self._cut()
            self._begin = begin
        self._end = end

    def put(self, content: bytes) -> None:
        """Something in its place. Raises TooManyParts."""
        self._count.one()
        self._cut()
        self._pieces.append(content)
        self._size += len(content)

    def joined(self) -> bytes:
        """The new file."""
        self._cut()
        return b"".join(self._pieces)

    def _cut(self) -> None:
        if self._end > self._begin:
            self._pieces.append(self._data[self._begin : self._end])
            self._size += self._end - self._begin
        self._begin = self._end
