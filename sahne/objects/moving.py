"""Moving and copying. Bytes do not know their name: a move is one row's update, a copy new bytes and a new row."""

from __future__ import annotations

from uuid import UUID, uuid4

from sahne.database.actor import Actor
from sahne.database.pool import Connection, Database
from sahne.objects.errors import AccessDenied, EntityTooLarge, NoSuchKey
from sahne.objects.mimetypes import allow_mimetype
from sahne.objects.names import Place, object_place
from sahne.objects.rows import QUERIES, Bucket, StoredObject, acting, get_bucket, object_from
from sahne.objects.store import Content, How, Kept, place_object, removed_on_failure, try_object
from sahne.providers.blobs import BlobMissing, BlobStore, Written

MOVE = "storage.object.move"
COPY = "storage.object.copy"


async def move_object(database: Database, actor: Actor, source: Place, target: Place) -> StoredObject:
    """Give an object another place; answers its row.

    Raises:
        NoSuchKey: the source is not there, or the actor may not see it.
        AccessDenied, KeyAlreadyExists, NoSuchBucket, EntityTooLarge, InvalidMimeType, InvalidKey.
    """
    object_place(target.bucket, target.name)
    await get_bucket(database, actor, source.bucket)
    bucket = await get_bucket(database, actor, target.bucket)
    needed = "SELECT and UPDATE policies"
    async with acting(database, actor, MOVE, needed=needed) as conn:
        found = await _find(conn, source)
        _must_fit(bucket, found, found.mimetype)
        values = {"bucket": source.bucket, "name": source.name, "to_bucket": target.bucket, "to_name": target.name}
        moved = await (await conn.execute(QUERIES["move_object"], values)).fetchone()
    if moved is None:
        raise AccessDenied(hint=f"Role {actor.role} needs {needed} on storage.objects.")
    return object_from(moved)


async def copy_object(
    database: Database, blobs: BlobStore, actor: Actor, source: Place, target: Place, *,
    content: Content | None = None, how: How = "insert",
) -> StoredObject:  # fmt: skip
    """Copy an object to another place, with what is kept of it unless `content` says otherwise; answers the new row.

    Raises:
        as `move_object`.
    """
    object_place(target.bucket, target.name)
    await get_bucket(database, actor, source.bucket)
    bucket = await get_bucket(database, actor, target.bucket)
    async with acting(database, actor, COPY, needed="SELECT and INSERT policies") as conn:
        found = await _find(conn, source)
    _must_fit(bucket, found, content.mimetype if content else found.mimetype)
    content = content or Content(
        found.mimetype, str(found.metadata.get("cacheControl") or "no-cache"), found.user_metadata
    )
    owner = actor.subject
    await try_object(database, actor, target, content, found.size, how=how, owner=owner, operation=COPY)
    version = str(uuid4())
    try:
        await blobs.copy(found.version, version)
    except BlobMissing as error:
        raise NoSuchKey(details=str(source)) from error
    kept = Kept(version, Written(found.size, str(found.metadata.get("eTag") or "").strip('"')))
    async with (
        removed_on_failure(blobs, version),
        acting(database, actor, COPY, needed="SELECT and INSERT policies") as conn,
    ):
        placed = await place_object(conn, target, content, kept, how=how, owner=owner)
    if placed.replaced:
        await blobs.remove([placed.replaced])
    return await _row_of(database, actor, target, placed.id)


async def _find(conn: Connection, place: Place) -> StoredObject:
    row = await (await conn.execute(QUERIES["find_object"], {"bucket": place.bucket, "name": place.name})).fetchone()
    if row is None:
        raise NoSuchKey(details=str(place))
    return object_from(row)


def _must_fit(bucket: Bucket, found: StoredObject, mimetype: str) -> None:
    """What a bucket does not take by an upload it does not take by another way either."""
    allow_mimetype(mimetype, bucket.allowed_mime_types)
    if bucket.file_size_limit is not None and found.size > bucket.file_size_limit:
        raise EntityTooLarge(hint=f"The limit is {bucket.file_size_limit} bytes.")


async def _row_of(database: Database, actor: Actor, place: Place, id: UUID) -> StoredObject:
    """The row just made, as the server sees it: the actor may have been allowed to insert and not to look."""
    async with database.transaction(actor.as_service()) as conn:
        found = await _find(conn, place)
    if found.id != id:  # overwritten or removed since: another's
        raise NoSuchKey(details=str(place))
    return found
