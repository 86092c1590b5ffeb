"""Moving all bytes from one blob store to another, while servers use both (`providers/blobs/moving.py`) or the old one.

Each blob is opened in the old store → the new one has it in its size already, or it is written there and read back,
and its MD5 must be what was read → the next. So it may be cut off anywhere and begun anew: what is there stays, since a
blob is there whole or not at all. Nothing is removed from the old store.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from sahne.errors import SahneError
from sahne.providers.blobs import Blob, BlobMissing, BlobStore, Digest

AT_ONCE_MAX = 4  # each a few parts in memory

Tell = Callable[[str, int, int], None]


class BytesDiffer(SahneError):
    """What was written into the new store is not what is read there."""

    code = "bytes_differ"


@dataclass(slots=True, kw_only=True)
class Moved:
    """How many blobs were `copied`, with their bytes; `there` before; `gone` meanwhile, for somebody removed them."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    gone: int = 0
    mended: list[str] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """All of them."""
        return self.copied + self.there + self.gone


async def move_bytes(old: BlobStore, new: BlobStore, *, verify: bool = False, tell: Tell = lambda *_: None) -> Moved:
    """Copy what the new store has not; with `verify` what it has is compared too, and `mended` where it differs.

    Raises:
        BytesDiffer: the new store does not keep what it is given. BlobStoreUnavailable.
    """
    total = 0
    async for _ in old.walk():
        total += 1
    moved = Moved()
    tell("objects", 0, total)
    async for keys in _batches(old):
        await asyncio.gather(*(_move_one(old, new, key, moved, verify=verify) for key in keys))
        tell("objects", moved.seen, total)
    return moved


async def _move_one(old: BlobStore, new: BlobStore, key: str, moved: Moved, *, verify: bool) -> None:
    try:
        async with old.open(key) as blob:
            if await _is_there(new, key, blob, verify=verify, mended=moved.mended):
                moved.there += 1
                return
            written = await new.write(key, blob.chunks())
            if await _digest_in(new, key) != written:
                await new.remove([key])
                raise BytesDiffer(details=key, hint="Try again; look after the new store first if it happens again.")
            moved.copied += 1
            moved.bytes += written.size
    except BlobMissing:
        moved.gone += 1


async def _is_there(new: BlobStore, key: str, blob: Blob, *, verify: bool, mended: list[str]) -> bool:
    try:
        async with new.open(key) as there:
            if there.size == blob.size and (not verify or await _digest(there) == await _digest(blob)):
                return True
    except BlobMissing:
        return False
    mended.append(key)
    return False


async def _digest_in(store: BlobStore, key: str) -> Digest:
    async with store.open(key) as blob:
        return await _digest(blob)


async def _digest(blob: Blob) -> Digest:
    md5 = hashlib.md5(usedforsecurity=False)
    async for chunk in blob.chunks():
        md5.update(chunk)
    return Digest(blob.size, md5.hexdigest())


async def _batches(store: BlobStore) -> AsyncIterator[list[str]]:
    keys: list[str] = []
    async for entry in store.walk():
        keys.append(entry.key)
        if len(keys) == AT_ONCE_MAX:
            yield keys
            keys = []
    if keys:
        yield keys
