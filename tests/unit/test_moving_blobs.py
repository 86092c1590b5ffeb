"""One store takes another's place: nothing is out of reach at any moment, and in the end all of it is in the new one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sahne.cli.app import app
from sahne.objects.store import chunks_of
from sahne.objects.stores import BytesDiffer, move_bytes
from sahne.providers.blobs import BlobMissing, BlobStore, BlobStoreUnavailable, Digest
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.blobs.memory import MemoryBlobs
from sahne.providers.blobs.moving import MovingBlobs
from sahne.providers.blobs.s3 import S3Blobs
from tests.s3 import S3Server, s3_server

pytestmark = pytest.mark.anyio
NUMBERS = st.integers(0, 5)
STEPS = st.lists(st.tuples(st.sampled_from(["write", "copy", "remake", "remove", "move"]), NUMBERS), max_size=25)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


async def content(blobs: BlobStore, key: str) -> bytes:
    async with blobs.open(key) as blob:
        return b"".join([chunk async for chunk in blob.chunks()])


async def all_of(blobs: BlobStore) -> dict[str, bytes]:
    return {entry.key: await content(blobs, entry.key) async for entry in blobs.walk()}


class Breaking(MemoryBlobs):
    """A new store that stops answering after a few writes, until it is mended."""

    writes_left = 3

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        if self.writes_left == 0:
            raise BlobStoreUnavailable
        self.writes_left -= 1
        return await super().write(key, chunks)


class Forgetful(MemoryBlobs):
    """A new store that keeps one byte less than it is given."""

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        whole = b"".join([chunk async for chunk in chunks])
        await super().write(key, chunks_of(whole[:-1]))
        return await MemoryBlobs().write(key, chunks_of(whole))


@settings(max_examples=150, deadline=None)
@given(before=STEPS, after=STEPS)
def test_whatever_happens_while_it_moves_each_blob_is_read_as_it_was_written(
    before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    async def live() -> None:
        old, new = MemoryBlobs(), MemoryBlobs()
        expected: dict[str, bytes] = {}
        serial = iter(range(10_000))

        async def step(blobs: BlobStore, what: str, number: int) -> None:
            key = f"key-{next(serial)}"
            some = sorted(expected)[number % len(expected)] if expected else None
            if what == "write":
                expected[key] = os.urandom(number)
                await blobs.write(key, chunks_of(expected[key]))
            elif what == "move":
                await move_bytes(old, new)
            elif some is None:
                return
            elif what == "copy":
                expected[key] = expected[some]
                await blobs.copy(some, key)
            elif what == "remake":
                expected[key] = expected[some] + b"!"
                await blobs.remake(some, key, lambda content: content + b"!")
            else:
                del expected[some]
                await blobs.remove([some])

        for what, number in before:
            await step(old, what if what != "move" else "write", number)
        both = MovingBlobs(new, old)
        for what, number in after:
            await step(both, what, number)
            assert await all_of(both) == expected
        await move_bytes(old, new, verify=True)
        assert await all_of(new) == expected
        assert (await move_bytes(old, new, verify=True)).copied == 0

    asyncio.run(live())


async def test_a_move_that_broke_off_goes_on_where_it_was() -> None:
    old, new = MemoryBlobs(), Breaking()
    for number in range(10):
        await old.write(f"key-{number}", chunks_of(bytes([number])))
    with pytest.raises(BlobStoreUnavailable):
        await move_bytes(old, new)
    new.writes_left = 100
    moved = await move_bytes(old, new)
    assert (moved.copied, moved.there) == (7, 3)
    assert await all_of(new) == await all_of(old)


async def test_a_store_that_does_not_keep_what_it_is_given_is_found_out() -> None:
    old, new = MemoryBlobs(), Forgetful()
    await old.write("key-1", chunks_of(b"whole"))
    with pytest.raises(BytesDiffer):
        await move_bytes(old, new)
    with pytest.raises(BlobMissing):
        await content(new, "key-1")
    assert await content(MovingBlobs(new, old), "key-1") == b"whole"


async def test_what_differs_in_the_new_store_is_mended_by_a_move_that_verifies() -> None:
    old, new = MemoryBlobs(), MemoryBlobs()
    await old.write("same-size", chunks_of(b"right"))
    await new.write("same-size", chunks_of(b"wrong"))
    assert (await move_bytes(old, new)).there == 1
    assert (await move_bytes(old, new, verify=True)).mended == ["same-size"]
    assert await content(new, "same-size") == b"right"


def test_the_command_moves_from_the_disk_into_a_bucket_and_back(server: S3Server, tmp_path: Path) -> None:
    bucket = server.new_bucket()
    variables = {f"SAHNE_{name.upper()}": value for name, value in server.settings(bucket).items()}
    here = {**variables, "SAHNE_DATA": str(tmp_path), "SAHNE_OBJECTS_OLD_URL": "disk"}
    disk = DiskBlobs(tmp_path / "objects")
    asyncio.run(disk.write("large", chunks_of(b"x" * 20_000_000)))
    asyncio.run(disk.write("small", chunks_of(b"y")))
    for copied, there in ((2, 0), (0, 2)):
        said = CliRunner().invoke(app, ["objects", "move", "--json"], env=here)
        answer = json.loads(said.stdout)
        assert (answer["copied"], answer["there"], answer["to"]) == (copied, there, str(bucket))
    assert sum(path.stat().st_size for path in server.files(bucket)) == 20_000_001
    back = tmp_path / "elsewhere"
    variables["SAHNE_DATA"] = str(back)
    assert CliRunner().invoke(app, ["objects", "move", "--to", "disk"], env=variables).exit_code == 0
    assert asyncio.run(content(DiskBlobs(back / "objects"), "small")) == b"y"
    assert asyncio.run(all_of(S3Blobs(bucket))).keys() == {"large", "small"}


def test_the_command_says_when_there_is_nowhere_to_move(tmp_path: Path) -> None:
    for options, said in (
        ([], "one store"),
        (["--to", "disk"], "one store"),
        (["--to", "s3://key:hidden@X"], "--to must"),
    ):
        answer = CliRunner().invoke(app, ["objects", "move", "--json", *options], env={"SAHNE_DATA": str(tmp_path)})
        assert answer.exit_code == 1
        assert said in json.loads(answer.stdout)["error"]["details"]
        assert "hidden" not in answer.output
    key = {"SAHNE_S3_ACCESS_KEY_ID": "only", "SAHNE_DATA": str(tmp_path)}
    assert "go together" in CliRunner().invoke(app, ["objects", "move", "--json"], env=key).stdout
