"""Rows and bytes together, as the server's own work meets them: pictures of the studio, failures, the sweep."""

from __future__ import annotations

import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from sahne.database.actor import ANONYMOUS, SERVICE, user_actor
from sahne.database.pool import Database
from sahne.gateway.own_secret import own_secret
from sahne.objects.errors import BytesMissing, EntityTooLarge, KeyAlreadyExists, NoSuchKey, SweepRefused
from sahne.objects.names import Place
from sahne.objects.read import find_object, read_object
from sahne.objects.remove import begin_removal, remove_objects, remove_rows
from sahne.objects.signing import open_download, signed_path
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object, store_object
from sahne.objects.sweep import sweep
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings

pytestmark = pytest.mark.anyio
PNG = Content("image/png", "max-age=3600")


@pytest.fixture
async def database(buckets: str, settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.authenticator_url) as opened:
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path)


async def keys(blobs: DiskBlobs) -> set[str]:
    return {listed.key async for listed in blobs.walk()}


def owned() -> tuple[str, Place]:
    owner = str(uuid4())
    return owner, Place("w-private", f"{owner}/picture.png")


async def test_the_worker_stores_reads_signs_and_removes_a_picture(
    database: Database, blobs: DiskBlobs, settings: Settings
) -> None:
    owner, place = owned()
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), b"picture")
    async with read_object(database, blobs, SERVICE, place) as opened:
        assert b"".join([chunk async for chunk in opened.blob.chunks()]) == b"picture"
        assert (opened.row.owner_id, opened.row.mimetype, opened.row.size) == (owner, "image/png", 7)
    path = signed_path(own_secret(settings), place, 60)
    open_download(own_secret(settings), path.partition("token=")[2], place)
    assert [row.name for row in await remove_objects(database, blobs, SERVICE, place.bucket, [place.name])] == [
        place.name
    ]
    assert await keys(blobs) == set()


async def test_a_row_in_the_callers_transaction_goes_with_it(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()

    async def fail_after_the_row() -> None:
        async with kept_bytes(blobs, chunks_of(b"one")) as kept, database.transaction(SERVICE) as conn:
            await place_object(conn, Upload(place, PNG, owner=owner), kept)
            raise RuntimeError("the image's own row failed")

    with pytest.raises(RuntimeError):
        await fail_after_the_row()
    assert await keys(blobs) == set()
    with pytest.raises(NoSuchKey):
        await find_object(database, SERVICE, place)
    async with kept_bytes(blobs, chunks_of(b"two")) as kept, database.transaction(SERVICE) as conn:
        await place_object(conn, Upload(place, PNG, owner=owner), kept)
    assert (await find_object(database, user_actor(uuid4()).as_service(), place)).version == kept.version
    async with database.transaction(SERVICE) as conn:
        await begin_removal(conn)
        assert len(await remove_rows(conn, place.bucket, [place.name])) == 1


async def test_sql_that_forgets_the_bytes_is_refused(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), b"x")
    async with database.transaction(SERVICE) as conn:
        with pytest.raises(psycopg.Error):
            await conn.execute("delete from storage.objects where name = %s", (place.name,))
    await remove_objects(database, blobs, SERVICE, place.bucket, [place.name])


async def test_a_refused_row_leaves_no_bytes(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), b"x")
    with pytest.raises(KeyAlreadyExists):
        await store_object(database, blobs, SERVICE, Upload(place, PNG), b"y")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    with pytest.raises(EntityTooLarge):
        await store_object(
            database, blobs, SERVICE, Upload(Place("w-private", "endless"), PNG, bytes_max=10**6), endless()
        )
    assert len(await keys(blobs)) == 1
    assert list(blobs.folder.glob("unfinished/*")) == []


async def test_someone_who_may_not_add_sends_no_byte(database: Database, blobs: DiskBlobs) -> None:
    asked = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        asked = True
        yield b"x"

    with pytest.raises(Exception, match="row-level security"):
        await store_object(database, blobs, ANONYMOUS, Upload(Place("w-private", "x"), PNG), body())
    assert not asked


async def test_the_sweep_takes_orphans_of_age_and_nothing_else(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), b"kept")
    kept = (await find_object(database, SERVICE, place)).version
    await blobs.write("old-orphan", chunks_of(b"orphan"))
    os.utime(blobs.folder / "ol" / "old-orphan", (1, 1))
    os.utime(blobs.folder / kept[:2] / kept, (1, 1))
    await blobs.write("new-orphan", chunks_of(b"under way"))
    swept = await sweep(database, blobs)
    assert (swept.looked_at, swept.orphans, swept.bytes_freed) == (2, 1, 6)
    assert await keys(blobs) == {kept, "new-orphan"}
    await remove_objects(database, blobs, SERVICE, place.bucket, [place.name])


async def test_the_sweep_refuses_a_database_that_knows_nothing(database: Database, blobs: DiskBlobs) -> None:
    async with database.transaction(SERVICE) as conn:
        await begin_removal(conn)
        await conn.execute("delete from storage.objects")
    await blobs.write("someone-elses", chunks_of(b"x"))
    with pytest.raises(SweepRefused):
        await sweep(database, blobs, age_seconds_min=0)
    assert await keys(blobs) == {"someone-elses"}
    assert (await sweep(database, blobs, age_seconds_min=0, even_all=True)).orphans == 1


async def test_a_row_whose_bytes_are_gone_is_our_fault_and_said(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), b"x")
    await blobs.remove([(await find_object(database, SERVICE, place)).version])
    with pytest.raises(BytesMissing):
        async with read_object(database, blobs, SERVICE, place):
            pass
    await remove_objects(database, blobs, SERVICE, place.bucket, [place.name])


async def test_thirty_megabytes_pass_through_flat_memory(database: Database, blobs: DiskBlobs) -> None:
    owner, place = owned()
    chunk = os.urandom(64 * 1024)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(480):
            yield chunk

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await store_object(database, blobs, SERVICE, Upload(place, PNG, owner=owner), body())
    async with read_object(database, blobs, SERVICE, place) as opened:
        assert opened.row.size == 480 * 64 * 1024
        assert sum([len(chunk) async for chunk in opened.blob.chunks()]) == opened.row.size
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 15 * 1024
    await remove_objects(database, blobs, SERVICE, place.bucket, [place.name])
