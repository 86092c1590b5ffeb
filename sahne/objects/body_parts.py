"""A body that may break off: cut into parts, each of which is kept as far as it came."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator

from sahne.errors import InvalidRequest
from sahne.objects.errors import EntityTooLarge

CHECKSUMS = ("md5", "sha1", "sha256")


class ChecksumMismatch(InvalidRequest):
    """Checksum mismatch"""

    code = "ChecksumMismatch"
    status = 460  # TUS's own


class Checksum:
    """What a body must add up to, by one of `CHECKSUMS`; the digest is raw bytes."""

    def __init__(self, algorithm: str, digest: bytes) -> None:
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self._digest = digest

    async def over(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same stream, added up as it goes by."""
        async for chunk in chunks:
            self._hash.update(chunk)
            yield chunk

    def verify(self) -> None:
        """Raises ChecksumMismatch."""
        if not hmac.compare_digest(self._hash.digest(), self._digest):
            raise ChecksumMismatch()


class BodyInParts:
    """At most `bytes_max` of a stream, as parts of `part_bytes` or a little more.

    `broken_by` is what the stream ended with, where it was not its end: a client that went away, or that sent too much.
    """

    def __init__(self, chunks: AsyncIterator[bytes], bytes_max: int, part_bytes: int) -> None:
        self.broken_by: Exception | None = None
        self._chunks = chunks
        self._left = bytes_max
        self._bytes_max = bytes_max
        self._part_bytes = part_bytes
        self._next: bytes | None = None

    async def has_more(self) -> bool:
        """Whether anything comes behind what was taken; waits for it."""
        if self._next is None and self.broken_by is None:
            try:
                self._next = await anext(self._chunks, None)
            except Exception as error:  # whatever it was, what came before is to be kept
                self.broken_by = error
        if self._next is not None and len(self._next) > self._left:
            self._next = None
            self.broken_by = EntityTooLarge(hint=f"{self._bytes_max} bytes were left to come.")
        return self._next is not None

    async def part(self) -> AsyncIterator[bytes]:
        """The next part, to be taken to its end."""
        size = 0
        while size < self._part_bytes and await self.has_more():
            chunk, self._next = self._next or b"", None
            size += len(chunk)
            self._left -= len(chunk)
            yield chunk
