"""Removing objects: the rows first, under the policies, then their bytes (a crash between is the sweep's)."""

from __future__ import annotations

from sahne.database.actor import Actor
from sahne.database.fetch import every
from sahne.database.pool import Connection, Database
from sahne.objects.errors import AccessDenied, NoSuchKey
from sahne.objects.names import Place
from sahne.objects.read import find_names
from sahne.objects.rows import QUERIES, StoredObject, acting, get_bucket, object_from
from sahne.providers.blobs import BlobStore

REMOVED_AT_ONCE_MAX = 1000


async def remove_objects(
    database: Database,
    blobs: BlobStore,
    actor: Actor,
    bucket: str,
    names: list[str],
    *,
    operation: str = "storage.object.delete_many",
) -> list[StoredObject]:
    """Remove what the actor may of these names; answers the rows that went. Others are passed over in silence.

    Raises:
        NoSuchBucket, AccessDenied.
    """
    await get_bucket(database, actor, bucket)
    async with acting(database, actor, operation, needed="SELECT and DELETE policies", deletes=True) as conn:
        removed = await remove_rows(conn, bucket, names)
    await blobs.remove([row.version for row in removed if row.version])
    return removed


async def remove_object(database: Database, blobs: BlobStore, actor: Actor, place: Place) -> None:
    """Remove one object.

    Raises:
        NoSuchBucket, NoSuchKey: not there, or not the actor's to see.
        AccessDenied: theirs to see and not to remove.
    """
    if await remove_objects(database, blobs, actor, place.bucket, [place.name], operation="storage.object.delete"):
        return
    hint = f"Role {actor.role} needs SELECT and DELETE policies on storage.objects."
    if await find_names(database, actor, place.bucket, [place.name]):
        raise AccessDenied("Access denied", hint=hint)
    raise NoSuchKey(details=str(place), hint=hint)


async def remove_rows(conn: Connection, bucket: str, names: list[str]) -> list[StoredObject]:
    """The rows' part in the caller's transaction, which must have lifted the guard: `begin_removal`.

    After the commit, and not before, the caller removes the bytes of each row's `version`.
    """
    rows = await every(conn, QUERIES["delete_objects"], {"bucket": bucket, "names": names})
    return [object_from(row) for row in rows]


async def begin_removal(conn: Connection) -> None:
    """Lift, for this transaction, the guard that keeps plain SQL from deleting rows without their bytes."""
    await conn.execute(QUERIES["begin_operation"], {"operation": "storage.object.delete_many", "deletes": "true"})
