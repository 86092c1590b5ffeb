"""Blobs as objects of a bucket, on any server that speaks S3: `<prefix>/<key>`.

What is small goes in one request; what is large in parts, a few under way, and is there when the last request says so.
So a name stands for the whole content, as on a disk. Of a write that fails the parts are forgotten at once; of one that
a crash cuts off they stay, unseen, until the bucket's own rule for unfinished uploads takes them (the guide has it).

A write does not ask whether the name is free: keys are used once, and a request whose answer got lost is sent again,
which would find its own work and call it somebody else's.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import obstore

from sahne.object_stores import Bucket
from sahne.providers.blobs import CHUNK_BYTES, BlobEntry, BlobMissing, Digest, checked, is_key
from sahne.providers.blobs.bucket import SILENT_SECONDS_MAX, in_our_words, open_bucket
from sahne.providers.blobs.presigned import presigned_url

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import S3Store

PART_BYTES = 8 * 1024 * 1024  # 10 000 of them, as many as S3 takes, are 80 GB
PARTS_AT_ONCE_MAX = 3
REMADE_AT_ONCE_MAX = 4  # each is in memory as a whole
LISTED_AT_ONCE_MAX = 1000
ADDRESS_SECONDS = 60


class S3Blobs:
    """A blob store in a bucket. With `hands_off` its address may be told; that needs a key in the bucket's access."""

    def __init__(
        self, bucket: Bucket, *, hands_off: bool = False, silent_seconds_max: float = SILENT_SECONDS_MAX
    ) -> None:
        self._bucket = bucket
        self._store = open_bucket(bucket, silent_seconds_max=silent_seconds_max)
        self._remaking = asyncio.Semaphore(REMADE_AT_ONCE_MAX)
        self.hands_off = hands_off

    async def address(self, key: str, headers: Mapping[str, str]) -> str | None:
        """Where the blob can be read for `ADDRESS_SECONDS`; whether it is there, whoever goes will see."""
        if not (self.hands_off and is_key(key)):
            return None
        return presigned_url(self._bucket, key, headers, datetime.now(UTC), ADDRESS_SECONDS)

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Keep the bytes; a few parts of them are in memory."""
        checked(key)
        incoming = _Incoming(chunks)
        head = await incoming.head(PART_BYTES)
        await self._put(key, head if incoming.ended else incoming.whole(head))
        return incoming.digest

    async def copy(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well; they stay where they are while they are copied."""
        if not is_key(source):
            raise BlobMissing(details=source)
        with in_our_words(source):
            await obstore.copy_async(self._store, source, checked(key))

    async def remake(self, source: str, key: str, make: Callable[[bytes], bytes]) -> Digest:
        """Keep what `make` makes of the bytes of `source`, in a thread."""
        async with self._remaking:
            async with self.open(source) as blob:
                content = b"".join([chunk async for chunk in blob.chunks()])
            made = await asyncio.to_thread(make, content)
            await self._put(checked(key), made)
        return Digest(len(made), hashlib.md5(made, usedforsecurity=False).hexdigest())

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[S3Blob]:
        """The blob, to be read; the answer that says its size brings its bytes."""
        if not is_key(key):
            raise BlobMissing(details=key)
        with in_our_words(key):
            answer = await obstore.get_async(self._store, key)
        yield S3Blob(self._store, key, answer)

    async def remove(self, keys: list[str]) -> None:
        """Forget these blobs, a thousand with each request."""
        if names := [key for key in keys if is_key(key)]:
            with in_our_words("many"):
                await obstore.delete_async(self._store, names)

    async def walk(self) -> AsyncIterator[BlobEntry]:
        """Every blob, a request for each thousand; what else lies below the prefix is none."""
        now = datetime.now(UTC)
        batches = obstore.list(self._store, chunk_size=LISTED_AT_ONCE_MAX)
        while True:
            with in_our_words("any"):
                batch = await anext(batches, None)
            if batch is None:
                return
            for each in batch:
                if is_key(each["path"]):
                    yield BlobEntry(each["path"], each["size"], (now - each["last_modified"]).total_seconds())

    async def remove_unfinished(self, older_than_seconds: float) -> int:  # noqa: ARG002 - they are not to be seen
        """Nothing: the bucket's own rule takes them."""
        return 0

    async def _put(self, name: str, content: bytes | AsyncIterator[bytes]) -> None:
        with in_our_words(name):
            await obstore.put_async(
                self._store,
                name,
                content,
                use_multipart=not isinstance(content, bytes),
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE_MAX,
            )


class S3Blob:
    """An opened blob: whoever reads it from its beginning, once, reads what was opened, even if it is removed since."""

    descriptor = None

    def __init__(self, store: S3Store, key: str, answer: GetResult) -> None:
        self._store = store
        self._key = key
        self._unread: GetResult | None = answer
        self.size = answer.meta["size"]

    async def chunks(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop`."""
        end = self.size if stop is None else min(stop, self.size)
        if start >= end:
            return
        stream = aiter((await self._answer(start, end)).stream(min_chunk_size=CHUNK_BYTES))
        left = end - start
        while left:
            with in_our_words(self._key):
                received = await anext(stream, b"")
            if not received:
                raise BlobMissing("The object is shorter than it was.", details=self._key)
            for at in range(0, min(left, len(received)), CHUNK_BYTES):
                yield bytes(received[at : min(at + CHUNK_BYTES, left)])
            left -= min(left, len(received))

    async def _answer(self, start: int, end: int) -> GetResult:
        if start == 0 and self._unread is not None:
            answer, self._unread = self._unread, None
            return answer
        self._unread = None  # its connection is of no more use
        with in_our_words(self._key):
            return await obstore.get_async(self._store, self._key, options={"range": (start, end)})


class _Incoming:
    """What is to be written, counted and summed as it comes."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0
        self.ended = False

    @property
    def digest(self) -> Digest:
        return Digest(self._size, self._md5.hexdigest())

    async def head(self, size: int) -> bytes:
        """So many bytes and a bit, or all there are."""
        gathered = bytearray()
        while len(gathered) <= size:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self.ended = True
                break
            self._md5.update(chunk)
            self._size += len(chunk)
            gathered += chunk
        return bytes(gathered)

    async def whole(self, head: bytes) -> AsyncIterator[bytes]:
        """That, and what follows, in pieces worth a turn of the library's."""
        yield head
        while not self.ended:
            if piece := await self.head(CHUNK_BYTES):
                yield piece
