"""One contract for every blob store: the disk, a bucket, two of which one takes over, and the twin in memory."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sahne.providers.blobs import CHUNK_BYTES, BlobMissing, BlobStore
from sahne.providers.blobs.disk import UNFINISHED, DiskBlobs
from sahne.providers.blobs.memory import MemoryBlobs
from sahne.providers.blobs.moving import MovingBlobs
from sahne.providers.blobs.s3 import S3Blobs
from tests.s3 import S3Server, s3_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["disk", "memory", "s3", "moving"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    match request.param:
        case "disk":
            return DiskBlobs(tmp_path / "objects")
        case "s3":
            return S3Blobs(request.getfixturevalue("server").new_bucket())
        case "moving":
            return MovingBlobs(MemoryBlobs(), DiskBlobs(tmp_path / "objects"))
        case _:
            return MemoryBlobs()


async def stream(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if then:
        raise then


async def content(blobs: BlobStore, key: str, start: int = 0, stop: int | None = None) -> bytes:
    async with blobs.open(key) as blob:
        return b"".join([chunk async for chunk in blob.chunks(start, stop)])


async def test_what_is_written_is_read(blobs: BlobStore) -> None:
    whole = os.urandom(CHUNK_BYTES * 2 + 77)
    written = await blobs.write("key-1", stream(whole[:10], whole[10:-3], whole[-3:]))
    assert (written.size, written.md5) == (len(whole), hashlib.md5(whole).hexdigest())
    assert await content(blobs, "key-1") == whole
    assert await content(blobs, "key-1", 5, CHUNK_BYTES + 9) == whole[5 : CHUNK_BYTES + 9]
    assert await content(blobs, "key-1", len(whole) - 1, len(whole) + 50) == whole[-1:]
    async with blobs.open("key-1") as blob:
        assert blob.size == len(whole)
        assert max([len(chunk) async for chunk in blob.chunks()]) <= CHUNK_BYTES


async def test_bytes_are_made_into_others_and_those_they_were_stay(blobs: BlobStore) -> None:
    await blobs.write("key-1", stream(b"abc"))
    made = await blobs.remake("key-1", "key-2", lambda content: content[::-1] + b"!")
    assert (made.size, made.md5) == (4, hashlib.md5(b"cba!").hexdigest())
    assert (await content(blobs, "key-1"), await content(blobs, "key-2")) == (b"abc", b"cba!")


async def test_of_what_cannot_be_made_nothing_is_kept(blobs: BlobStore) -> None:
    def fail(_: bytes) -> bytes:
        raise RuntimeError("no")

    await blobs.write("key-1", stream(b"abc"))
    with pytest.raises(RuntimeError):
        await blobs.remake("key-1", "key-2", fail)
    with pytest.raises(BlobMissing):
        await blobs.remake("key-9", "key-2", bytes)
    with pytest.raises(BlobMissing):
        await content(blobs, "key-2")
    assert await blobs.remove_unfinished(0) == 0


async def test_nothing_at_all_can_be_kept_too(blobs: BlobStore) -> None:
    assert (await blobs.write("empty", stream())).size == 0
    assert await content(blobs, "empty") == b""


async def test_a_write_that_fails_leaves_nothing(blobs: BlobStore) -> None:
    with pytest.raises(RuntimeError):
        await blobs.write("half", stream(b"x" * CHUNK_BYTES, b"y", then=RuntimeError("gone")))
    with pytest.raises(BlobMissing):
        await content(blobs, "half")
    assert [listed async for listed in blobs.walk()] == []
    assert await blobs.remove_unfinished(0) == 0


async def test_what_is_not_there_is_missing_and_may_be_removed_all_the_same(blobs: BlobStore) -> None:
    for key in ("none", "", "../../etc/passwd", "a/b"):
        with pytest.raises(BlobMissing):
            await content(blobs, key)
        with pytest.raises(BlobMissing):
            await blobs.copy(key, "copy")
    await blobs.remove(["none", "../../etc/passwd"])


@pytest.mark.parametrize("key", ["", "abc", "../up", "a/bc", "ABCD", ".hidden", "x" * 200])
async def test_what_is_no_key_is_never_written(blobs: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a blob key"):
        await blobs.write(key, stream(b"x"))


async def test_a_copy_outlives_its_source(blobs: BlobStore) -> None:
    await blobs.write("source", stream(b"same"))
    await blobs.copy("source", "copied")
    await blobs.remove(["source"])
    assert await content(blobs, "copied") == b"same"


async def test_a_reader_keeps_what_it_opened_through_a_removal(blobs: BlobStore) -> None:
    await blobs.write("open", stream(b"still here"))
    async with blobs.open("open") as blob:
        await blobs.remove(["open"])
        assert b"".join([chunk async for chunk in blob.chunks()]) == b"still here"
    with pytest.raises(BlobMissing):
        await content(blobs, "open")


async def test_a_walk_shows_every_blob_with_its_age(blobs: BlobStore) -> None:
    for number in range(30):
        await blobs.write(f"{number:02}-key", stream(b"x" * number))
    seen = {listed.key: listed async for listed in blobs.walk()}
    assert sorted(seen) == [f"{number:02}-key" for number in range(30)]
    assert seen["07-key"].size == 7
    assert all(-5 < listed.age_seconds < 60 for listed in seen.values())


async def test_the_disk_forgets_what_a_crash_left_unfinished(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    (tmp_path / UNFINISHED).mkdir()
    for name, age in (("old", 7200), ("new", 0)):
        path = tmp_path / UNFINISHED / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age, time.time() - age))
    assert [listed async for listed in blobs.walk()] == []
    assert await blobs.remove_unfinished(3600) == 1
    assert [path.name for path in (tmp_path / UNFINISHED).iterdir()] == ["new"]


async def test_the_bytes_on_the_disk_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        blobs = DiskBlobs(tmp_path / "objects")
        await blobs.write("key-1", stream(b"mine"))
        await blobs.copy("key-1", "other-2")
    finally:
        os.umask(before)
    made = [tmp_path / "objects", *(tmp_path / "objects").rglob("*")]
    assert len(made) > 4
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}
