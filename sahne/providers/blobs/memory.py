"""The twin in memory: the same promises as the disk, for tests and for programs that keep nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sahne.providers.blobs import CHUNK_BYTES, BlobEntry, BlobMissing, Digest, checked


@dataclass(frozen=True, slots=True)
class MemoryBlob:
    """An opened blob."""

    content: bytes
    written_at: float

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    @property
    def descriptor(self) -> None:
        """There is no file."""
        return None

    async def chunks(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop`."""
        end = self.size if stop is None else min(stop, self.size)
        for at in range(start, end, CHUNK_BYTES):
            yield self.content[at : min(at + CHUNK_BYTES, end)]


class MemoryBlobs:
    """A blob store in a dictionary. `clock` answers Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._blobs: dict[str, MemoryBlob] = {}

    @property
    def hands_off(self) -> bool:
        """Its bytes leave by us alone."""
        return False

    async def address(self, key: str, headers: Mapping[str, str]) -> None:  # noqa: ARG002 - there is none for any
        """Nowhere but here."""
        return

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Keep the bytes when all of them came."""
        checked(key)
        content = bytearray()
        async for chunk in chunks:
            content += chunk
        self._blobs[key] = MemoryBlob(bytes(content), self._clock())
        return Digest(len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())

    async def copy(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well."""
        blob = self._find(source)
        self._blobs[checked(key)] = MemoryBlob(blob.content, self._clock())

    async def remake(self, source: str, key: str, make: Callable[[bytes], bytes]) -> Digest:
        """Keep what `make` makes of the bytes of `source`."""
        made = make(self._find(source).content)
        self._blobs[checked(key)] = MemoryBlob(made, self._clock())
        return Digest(len(made), hashlib.md5(made, usedforsecurity=False).hexdigest())

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[MemoryBlob]:
        """The blob, to be read."""
        yield self._find(key)

    async def remove(self, keys: list[str]) -> None:
        """Forget these blobs."""
        for key in keys:
            self._blobs.pop(key, None)

    async def walk(self) -> AsyncIterator[BlobEntry]:
        """Every blob."""
        for key, blob in list(self._blobs.items()):
            yield BlobEntry(key, blob.size, self._clock() - blob.written_at)

    async def remove_unfinished(self, older_than_seconds: float) -> int:  # noqa: ARG002 - nothing is ever left here
        """Nothing is ever unfinished in memory."""
        return 0

    def _find(self, key: str) -> MemoryBlob:
        blob = self._blobs.get(key)
        if blob is None:
            raise BlobMissing(details=key)
        return blob
