"""Moving and copying. Bytes do not know their name: a move is one row's update, a copy new bytes and a new row.

Where a bucket keeps pictures without what hangs on them, what comes from another is new bytes in either case.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from sahne.database.actor import Actor
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.objects.bare_pictures import PICTURE_BYTES_MAX, can_be_bared
from sahne.objects.errors import AccessDenied, EntityTooLarge, NoSuchKey, ObjectChanged
from sahne.objects.mimetypes import allow_mimetype, true_type
from sahne.objects.names import Place, object_place
from sahne.objects.rows import QUERIES, Bucket, StoredObject, acting, get_bucket, object_from, what_it_takes
from sahne.objects.store import (
    Content,
    How,
    NewBlob,
    Upload,
    measures_of,
    place_object,
    remade_bare,
    removed_on_failure,
    try_object,
)
from sahne.pictures import HEAD_BYTES, picture_type
from sahne.providers.blobs import BlobMissing, BlobStore, Digest

MOVE = "storage.object.move"
COPY = "storage.object.copy"
COPY_NEEDS = "SELECT and INSERT policies"


async def move_object(database: Database, blobs: BlobStore, actor: Actor, source: Place, target: Place) -> StoredObject:
    """Give an object another place; answers its row.

    Raises:
        NoSuchKey: the source is not there, or the actor may not see it.
        ObjectChanged: other bytes came under the name meanwhile.
        AccessDenied, KeyAlreadyExists, NoSuchBucket, EntityTooLarge, InvalidMimeType, InvalidKey.
    """
    object_place(target.bucket, target.name)
    await get_bucket(database, actor, source.bucket)
    bucket = await get_bucket(database, actor, target.bucket)
    needed = "SELECT and UPDATE policies"
    async with acting(database, actor, MOVE, needed=needed, place=target) as conn:
        row = await _find(conn, source)
        mimetype = await _fitting_type(blobs, bucket, row, row.mimetype)
        async with _bare_blob(blobs, bucket, row) as bare:
            values = {
                "bucket": source.bucket,
                "name": source.name,
                "version": row.version,
                "to_bucket": target.bucket,
                "to_name": target.name,
                "bare_version": bare.version if bare else None,
                "metadata": Jsonb({"mimetype": mimetype} | (measures_of(bare.digest) if bare else {})),
            }
            moved = await maybe(conn, QUERIES["move_object"], values)
        if moved is None and (await _find(conn, source)).version != row.version:
            raise ObjectChanged(details=str(source))
    if moved is None:
        raise AccessDenied.by_policy(what_it_takes(actor, needed, target))
    if bare:
        await blobs.remove([row.version])
    return object_from(moved)


@dataclass(frozen=True, slots=True)
class Change:
    """What is said of a copy instead of what is known of its source; what is None of its bytes stays."""

    mimetype: str | None
    cache_control: str | None
    user_metadata: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Copy:
    """What to copy where, with all that is known of the source unless `change` says otherwise."""

    source: Place
    target: Place
    change: Change | None = None
    how: How = "insert"


async def copy_object(database: Database, blobs: BlobStore, actor: Actor, copy: Copy) -> StoredObject:
    """Copy an object to another place; answers the new row.

    Raises:
        as `move_object`.
    """
    target = object_place(copy.target.bucket, copy.target.name)
    await get_bucket(database, actor, copy.source.bucket)
    bucket = await get_bucket(database, actor, target.bucket)
    async with acting(database, actor, COPY, needed=COPY_NEEDS, place=copy.source) as conn:
        source = await _find(conn, copy.source)
    content = _content_of(source, copy.change)
    content = replace(content, mimetype=await _fitting_type(blobs, bucket, source, content.mimetype))
    upload = Upload(target, content, how=copy.how, owner=actor.subject, declared_bytes=source.size, operation=COPY)
    await try_object(database, actor, upload)
    async with (
        _copied_blob(blobs, bucket, source) as blob,
        acting(database, actor, COPY, needed=COPY_NEEDS, place=target) as conn,
    ):
        row = await place_object(conn, upload, blob)
    if row.replaced:
        await blobs.remove([row.replaced])
    return await _row_of(database, actor, target, row.id)


async def _find(conn: Connection, place: Place) -> StoredObject:
    row = await maybe(conn, QUERIES["find_object"], {"bucket": place.bucket, "name": place.name})
    if row is None:
        raise NoSuchKey(details=str(place))
    return object_from(row)


@asynccontextmanager
async def _copied_blob(blobs: BlobStore, bucket: Bucket, row: StoredObject) -> AsyncIterator[NewBlob]:
    """The object's bytes once more, as the bucket has them, while the block that gives them a row goes well."""
    async with _bare_blob(blobs, bucket, row) as bare:
        if bare:
            yield bare
            return
    version = str(uuid4())
    try:
        await blobs.copy(row.version, version)
    except BlobMissing as error:
        raise NoSuchKey(details=f"{row.bucket_id}/{row.name}") from error
    async with removed_on_failure(blobs, version):
        yield NewBlob(version, Digest(row.size, str(row.metadata.get("eTag") or "").strip('"')))


@asynccontextmanager
async def _bare_blob(blobs: BlobStore, bucket: Bucket, row: StoredObject) -> AsyncIterator[NewBlob | None]:
    """The object's picture without its metadata, where the bucket keeps such and it does not lie there already."""
    if not bucket.keeps_bare or row.bucket_id == bucket.id:
        yield None
        return
    async with blobs.open(row.version) as blob:
        kind = picture_type(b"".join([chunk async for chunk in blob.chunks(0, HEAD_BYTES)]))
    if not kind or not can_be_bared(kind):
        yield None
        return
    if row.size > PICTURE_BYTES_MAX:
        raise EntityTooLarge(hint=f"The limit is {PICTURE_BYTES_MAX} bytes.")
    async with remade_bare(blobs, row.version, kind) as bare:
        yield bare


def _content_of(row: StoredObject, change: Change | None) -> Content:
    content = Content(row.mimetype, str(row.metadata.get("cacheControl") or "no-cache"), row.user_metadata)
    if change is None:
        return content
    return Content(
        change.mimetype or content.mimetype, change.cache_control or content.cache_control, change.user_metadata
    )


async def _fitting_type(blobs: BlobStore, bucket: Bucket, row: StoredObject, mimetype: str) -> str:
    """What a bucket does not take by an upload it does not take by another way either; answers the type it is there."""
    allow_mimetype(mimetype, bucket.allowed_mime_types)
    if bucket.file_size_limit is not None and row.size > bucket.file_size_limit:
        raise EntityTooLarge(hint=f"The limit is {bucket.file_size_limit} bytes.")
    if not bucket.pictures:
        return mimetype
    try:
        async with blobs.open(row.version) as blob:
            head = b"".join([chunk async for chunk in blob.chunks(0, HEAD_BYTES)])
    except BlobMissing as error:
        raise NoSuchKey(details=f"{row.bucket_id}/{row.name}") from error
    return true_type(mimetype, head, bucket.pictures)


async def _row_of(database: Database, actor: Actor, place: Place, id: UUID) -> StoredObject:
    """The row just made, as the server sees it: the actor may have been allowed to insert and not to look."""
    async with database.transaction(actor.as_service()) as conn:
        row = await _find(conn, place)
    if row.id != id:  # overwritten or removed since: another's
        raise NoSuchKey(details=str(place))
    return row
