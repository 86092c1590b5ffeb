"""What a bucket is beyond the contract of every blob store: parts, faults, other people's objects, addresses."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sahne.errors import SettingInvalid
from sahne.object_stores import Bucket, S3Access, bucket_in, of_backups, of_bucket, of_store
from sahne.providers.blobs import CHUNK_BYTES, BlobStoreUnavailable
from sahne.providers.blobs.opened import open_blobs
from sahne.providers.blobs.presigned import presigned_url
from sahne.providers.blobs.s3 import PART_BYTES, S3Blobs
from sahne.settings import Settings
from sahne.telemetry import Failed, subscribe
from tests.eventually import eventually
from tests.faulty_bucket import Fault, faulty_bucket
from tests.s3 import S3Server, s3_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(server: S3Server) -> Bucket:
    return server.new_bucket()


async def pieces(count: int) -> AsyncIterator[bytes]:
    piece = os.urandom(CHUNK_BYTES)
    for _ in range(count):
        yield piece


async def test_what_is_large_goes_in_parts_through_little_memory(bucket: Bucket) -> None:
    blobs, count = S3Blobs(bucket), 320
    tracemalloc.start()
    try:
        written = await blobs.write("large", pieces(count))
        async with blobs.open("large") as blob:
            read = sum([len(chunk) async for chunk in blob.chunks()])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert written.size == read == count * CHUNK_BYTES == 80 * 2**20
    assert peak < 6 * PART_BYTES


async def test_of_parts_whose_last_one_never_came_nothing_is_left(server: S3Server, bucket: Bucket) -> None:
    fault = RuntimeError("the client is gone")

    def kept() -> list[Path]:
        return [path for path in (server.folder / ".sgwtmp" / "multipart").rglob("*") if path.name.isdecimal()]

    async def broken_off() -> AsyncIterator[bytes]:
        async for piece in pieces(100):
            yield piece
        # a part that is on its way while all are given up may be kept after all, by any server of S3's
        await asyncio.to_thread(eventually, lambda: len(kept()) == 100 * CHUNK_BYTES // PART_BYTES)
        raise fault

    with pytest.raises(RuntimeError) as raised:
        await S3Blobs(bucket).write("half", broken_off())
    assert raised.value is fault
    assert server.files(bucket) == []
    assert kept() == []


async def test_what_others_keep_in_the_bucket_is_not_ours(server: S3Server, bucket: Bucket) -> None:
    blobs = S3Blobs(bucket)
    await blobs.write("ours", pieces(1))
    for other in (bucket.below("backups"), replace(bucket, prefix=f"{bucket.prefix}-2")):
        await S3Blobs(other).write("theirs", pieces(1))
    assert [entry.key async for entry in blobs.walk()] == ["ours"]


async def test_a_wrong_key_and_a_bucket_that_is_not_there_are_no_missing_blobs(bucket: Bucket) -> None:
    for wrong, what in (
        (replace(bucket, access=replace(bucket.access, secret="another-secret")), "refuses our key"),
        (replace(bucket, name="not-there"), "no such bucket"),
    ):
        with pytest.raises(BlobStoreUnavailable) as refused:
            async with S3Blobs(wrong).open("key-1"):
                pass
        assert what in str(refused.value.details)
        with pytest.raises(BlobStoreUnavailable):
            await S3Blobs(wrong).write("key-1", pieces(1))


@pytest.mark.parametrize("fault", ["fails", "silent", "breaks off"])
async def test_a_bucket_that_does_not_do_as_it_should_is_told_within_its_time(fault: Fault) -> None:
    with faulty_bucket(fault) as url:
        blobs = S3Blobs(Bucket("any", "", S3Access(url, "us-east-1", "key", "secret")), silent_seconds_max=0.2)
        with pytest.raises(BlobStoreUnavailable):
            async with blobs.open("key-1") as blob:
                assert [chunk async for chunk in blob.chunks()] == []


async def test_what_cannot_be_removed_now_is_told_and_nobody_fails_for_it() -> None:
    told: list[object] = []
    unsubscribe = subscribe(told.append)
    with faulty_bucket("fails") as url:
        await S3Blobs(Bucket("any", "", S3Access(url, "us-east-1", "key", "secret"))).remove(["key-1", "key-2"])
    unsubscribe()
    assert [fact.what for fact in told if isinstance(fact, Failed)] == ["remove blobs"]


async def test_an_address_holds_for_a_while_and_for_what_it_was_made(bucket: Bucket) -> None:
    blobs = S3Blobs(bucket, hands_off=True)
    await blobs.write("told", pieces(1))
    headers = {
        "content-type": "image/png",
        "content-disposition": "attachment; filename=a%20b.png; filename*=UTF-8''a%20b.png",
        "x-other": "1",
    }
    address = await blobs.address("told", headers)
    assert address is not None
    async with httpx.AsyncClient() as http:
        answer = await http.get(address, headers={"range": "bytes=2-5"})
        assert (answer.status_code, len(answer.content)) == (206, 4)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"] == headers["content-disposition"]
        assert (await http.get(address.replace("told", "tell"))).status_code == 403
        assert (await http.put(address, content=b"mine")).status_code == 403
        past = presigned_url(bucket, "told", {}, datetime.now(UTC) - timedelta(seconds=90), 60)
        assert (await http.get(past)).status_code == 403
    assert await S3Blobs(bucket).address("told", {}) is None
    assert await blobs.address("../told", {}) is None


def test_an_address_is_signed_as_amazon_writes_it_down() -> None:
    access = S3Access("https://s3.amazonaws.com", "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", path_style=False)  # fmt: skip
    url = presigned_url(Bucket("examplebucket", "", access), "test.txt", {}, datetime(2013, 5, 24, tzinfo=UTC), 86_400)
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


def test_a_bucket_is_named_by_a_url_that_may_have_its_own_key() -> None:
    plain = S3Access("http://127.0.0.1:9000", "eu-1", "key", "secret")
    assert bucket_in("s3://things/of/ours/", plain) == Bucket("things", "of/ours", plain)
    own = bucket_in("s3://K:p%2Fw@things?endpoint=https://s3.example.com&region=x", plain)
    assert own == Bucket("things", "", S3Access("https://s3.example.com", "x", "K", "p/w"))
    assert str(own) == "s3://things"
    assert "secret" not in repr(plain)


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3://Up", "s3://x", "https://hidden/x", "s3://hidden/../x", "s3://hidden/a b", "s3://hidden/x?a=b",
     "s3://hidden/x?region=", "s3://hidden@bucket/x", "s3://hidden/x#y", "s3://key:hidden@Bucket"],
)  # fmt: skip
def test_what_is_no_bucket_is_refused_without_being_repeated(url: str) -> None:
    wrong = of_bucket(url)
    assert wrong
    assert "hidden" not in wrong
    assert (of_store("disk"), of_backups("/srv/backups"), bool(of_backups("s3://Up"))) == (None, None, True)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"s3_access_key_id": "key"}, "SAHNE_S3_SECRET_ACCESS_KEY"),
        ({"objects_old_url": "disk"}, "SAHNE_OBJECTS_OLD_URL"),
        ({"objects_handoff": True}, "SAHNE_OBJECTS_HANDOFF"),
        ({"objects_handoff": True, "objects_url": "s3://bucket"}, "SAHNE_OBJECTS_HANDOFF"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        open_blobs(replace(Settings(), **given))  # type: ignore[arg-type]
    assert named in str(refused.value.details)
