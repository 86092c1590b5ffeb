"""Blob stores: where the bytes of stored objects lie. A Protocol, the disk, a bucket, and the twin in memory.

A blob is written once under a key nobody used before and never changed afterwards; it is there whole or not at all.
So a reader needs no lock, a crash leaves no half, and an overwrite is a new key.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from sahne.errors import NotFound, Unavailable

CHUNK_BYTES = 256 * 1024
KEY = re.compile(r"[0-9a-z][0-9a-z-]{3,127}")


class BlobMissing(NotFound):
    """There are no bytes under this key."""

    code = "blob_missing"


class BlobStoreUnavailable(Unavailable):
    """The store of the bytes does not answer as it should; try again shortly."""

    code = "blob_store_unavailable"


@dataclass(frozen=True, slots=True)
class Digest:
    """Of what was written: the size in bytes and the MD5 of the content as hex, as S3 would call its ETag."""

    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class BlobEntry:
    """A blob as the sweep sees it; `age_seconds` is since it was written."""

    key: str
    size: int
    age_seconds: float


class Blob(Protocol):
    """An opened blob. It stays readable even when it is removed meanwhile."""

    @property
    def size(self) -> int:
        """The size in bytes."""

    @property
    def descriptor(self) -> int | None:
        """Of an open file with the bytes, at their places, for whoever hands it to the kernel; None without one."""

    def chunks(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to (not with) `stop`, at most `CHUNK_BYTES` at a time."""


class BlobStore(Protocol):
    """What every blob store can do. Keys are made of `0-9a-z-`, at least four characters.

    Where the store is elsewhere, each raises BlobStoreUnavailable too.
    """

    @property
    def hands_off(self) -> bool:
        """Whether it has addresses for those who may read."""

    async def address(self, key: str, headers: Mapping[str, str]) -> str | None:
        """Where whoever is told it may read the blob for a while, answered with `headers`; None: here alone."""

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Keep the bytes, durably, when this returns. Raises what `chunks` raises, and then nothing is kept."""

    async def copy(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well. Raises BlobMissing."""

    async def remake(self, source: str, key: str, make: Callable[[bytes], bytes]) -> Digest:
        """Keep what `make` makes of the bytes of `source` under `key`; a few at once, for each is in memory as a whole.

        Raises BlobMissing, and what `make` raises; then nothing is kept.
        """

    def open(self, key: str) -> AbstractAsyncContextManager[Blob]:
        """The blob, to be read. Raises BlobMissing."""

    async def remove(self, keys: list[str]) -> None:
        """Forget these blobs; a key that is not there is no error."""

    def walk(self) -> AsyncIterator[BlobEntry]:
        """Every blob, in any order."""

    async def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove what writes that never came to an end left behind; answers how many."""


def is_key(key: str) -> bool:
    """Whether a blob could lie under this key. Whoever reads by another finds nothing."""
    return bool(KEY.fullmatch(key))


def checked(key: str) -> str:
    """The key to write under. Such keys are ours, never a client's, so a wrong one is a fault of the program."""
    if not is_key(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key
