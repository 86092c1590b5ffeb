"""A store that takes another's place while both are used: what is new goes into it, what it lacks is in the old one.

`sahne objects move` copies the rest (`sahne/objects/stores.py`); what was removed is removed in both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from sahne.providers.blobs import Blob, BlobEntry, BlobMissing, BlobStore, Digest


class MovingBlobs:
    """A blob store in two: `new` is asked first, and alone is written to."""

    def __init__(self, new: BlobStore, old: BlobStore) -> None:
        self.new = new
        self.old = old

    @property
    def hands_off(self) -> bool:
        """As far as the new one does."""
        return self.new.hands_off

    async def address(self, key: str, headers: Mapping[str, str]) -> str | None:
        """In the new store, when it is there."""
        try:
            async with self.new.open(key):
                return await self.new.address(key, headers)
        except BlobMissing:
            return None

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Keep the bytes in the new store."""
        return await self.new.write(key, chunks)

    async def copy(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well, in the new store."""
        try:
            await self.new.copy(source, key)
        except BlobMissing:
            async with self.old.open(source) as blob:
                await self.new.write(key, blob.chunks())

    async def remake(self, source: str, key: str, make: Callable[[bytes], bytes]) -> Digest:
        """Keep what `make` makes of the bytes of `source` in the new store; they are brought there first."""
        try:
            return await self.new.remake(source, key, make)
        except BlobMissing:
            await self.copy(source, source)
            return await self.new.remake(source, key, make)

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[Blob]:
        """The blob, wherever it is."""
        async with AsyncExitStack() as stack:
            try:
                blob = await stack.enter_async_context(self.new.open(key))
            except BlobMissing:
                blob = await stack.enter_async_context(self.old.open(key))
            yield blob

    async def remove(self, keys: list[str]) -> None:
        """Forget these blobs, the old ones first: what fails between leaves what is read first."""
        await self.old.remove(keys)
        await self.new.remove(keys)

    async def walk(self) -> AsyncIterator[BlobEntry]:
        """Every blob; what is in both comes twice."""
        for store in (self.new, self.old):
            async for entry in store.walk():
                yield entry

    async def remove_unfinished(self, older_than_seconds: float) -> int:
        """In both."""
        return await self.new.remove_unfinished(older_than_seconds) + await self.old.remove_unfinished(
            older_than_seconds
        )
