"""Reading an object: the row decides who may, the blob has the bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sahne.database.actor import Actor
from sahne.database.fetch import every, maybe
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection, Database
from sahne.objects.errors import BytesMissing, NoSuchBucket, NoSuchKey
from sahne.objects.names import Place, object_place
from sahne.objects.rows import QUERIES, StoredObject, acting, find_bucket, get_bucket, object_from, object_from_json
from sahne.providers.blobs import Blob, BlobMissing, BlobStore

GET_AUTHENTICATED = "storage.object.get_authenticated"
OVERWRITES_FOLLOWED_MAX = 5


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An object that is being read: its row and its bytes, of the same version."""

    row: StoredObject
    blob: Blob


async def find_object(
    database: Database, actor: Actor, place: Place, *, operation: str = GET_AUTHENTICATED, signed_in: bool = True
) -> StoredObject:
    """An object's row. Public buckets skip the policies; elsewhere what one may not see looks missing.

    `signed_in` is false for a caller without any token, who is not even told that a private bucket exists.

    Raises:
        NoSuchBucket, NoSuchKey.
    """
    object_place(place.bucket, place.name)
    async with database.transaction(actor.as_service()) as conn:
        bucket = await find_bucket(conn, place.bucket)
        row = await _find(conn, place) if bucket and bucket.public else None
    if bucket is None or not (bucket.public or signed_in):
        raise NoSuchBucket(details=place.bucket)
    if not bucket.public:
        async with acting(database, actor, operation) as conn:
            row = await _find(conn, place)
    if row is None:
        raise NoSuchKey(details=str(place))
    return row


async def find_public_object(pipeline: Pipeline, actor: Actor, place: Place) -> StoredObject:
    """An object's row in a public bucket, in one round trip; a private bucket is not known here.

    Raises:
        NoSuchBucket, NoSuchKey.
    """
    object_place(place.bucket, place.name)
    values = {"bucket": place.bucket, "name": place.name}
    found = await pipeline.run(actor.as_service(), QUERIES["find_public_object"], values, read_only=True)
    row = found.json()
    if row is None:
        raise NoSuchBucket(details=place.bucket)
    if not row:
        raise NoSuchKey(details=str(place))
    return object_from_json(row)


async def find_names(
    database: Database, actor: Actor, bucket: str, names: list[str], *, operation: str = GET_AUTHENTICATED
) -> set[str]:
    """Which of these names the actor may see; public buckets skip the policies. Raises NoSuchBucket."""
    is_public = (await get_bucket(database, actor, bucket)).public
    async with acting(database, actor.as_service() if is_public else actor, operation) as conn:
        rows = await every(conn, QUERIES["find_names"], {"bucket": bucket, "names": names})
    return {row["name"] for row in rows}


@asynccontextmanager
async def open_object(blobs: BlobStore, find: Callable[[], Awaitable[StoredObject]]) -> AsyncIterator[OpenObject]:
    """The object that `find` finds, opened. An overwrite between the row and the bytes is followed.

    Raises:
        BytesMissing: the row is there and its bytes are not, and whatever `find` raises.
    """
    async with AsyncExitStack() as stack:
        row = await find()
        for _ in range(OVERWRITES_FOLLOWED_MAX):
            try:
                blob = await stack.enter_async_context(blobs.open(row.version))
            except BlobMissing:
                earlier, row = row, await find()
                if row.version == earlier.version:
                    break
            else:
                yield OpenObject(row, blob)
                return
        raise BytesMissing(details=f"{row.bucket_id}/{row.name}")


@asynccontextmanager
async def read_object(database: Database, blobs: BlobStore, actor: Actor, place: Place) -> AsyncIterator[OpenObject]:
    """An object to read, for work inside the server: `opened.row`, `opened.blob.chunks()`.

    Raises:
        NoSuchBucket, NoSuchKey, BytesMissing.
    """
    async with open_object(blobs, lambda: find_object(database, actor, place)) as opened:
        yield opened


async def _find(conn: Connection, place: Place) -> StoredObject | None:
    row = await maybe(conn, QUERIES["find_object"], {"bucket": place.bucket, "name": place.name})
    return object_from(row) if row else None
