"""Buckets: making, showing, changing, emptying and removing them, under the policies of `storage.buckets`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from psycopg.errors import ForeignKeyViolation

from sahne.database.actor import SERVICE_ROLE, Actor
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Database
from sahne.objects.errors import (
    BucketAlreadyExists,
    BucketNotEmpty,
    EntityTooLarge,
    InvalidFileSizeLimit,
    InvalidMimeType,
    KeyAlreadyExists,
    NoSuchBucket,
    ServiceRoleNeeded,
)
from sahne.objects.mimetypes import is_pattern
from sahne.objects.names import bucket_name
from sahne.objects.rows import QUERIES, Bucket, acting, bucket_from, find_bucket
from sahne.providers.blobs import BlobStore

BUCKETS_AT_ONCE_MAX = 1000
EMPTIED_AT_ONCE_MAX = 1000
SIZE_DIGITS_MAX = 15
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)(gb|mb|kb|b)", re.IGNORECASE)
_UNIT_BYTES = {"gb": 10**9, "mb": 10**6, "kb": 10**3, "b": 1}

Column = Literal["id", "name", "created_at", "updated_at"]


@dataclass(frozen=True, slots=True)
class BucketFields:
    """What a client gives of a bucket. `given` are the names of what was there at all; sizes in bytes."""

    public: bool | None = None
    file_size_limit: int | None = None
    allowed_mime_types: list[str] | None = None
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPage:
    """Which buckets to show, and in which order."""

    limit: int = BUCKETS_AT_ONCE_MAX
    offset: int = 0
    search: str = ""
    column: Column = "name"
    descending: bool = False


async def create_bucket(database: Database, actor: Actor, id: str, name: str, fields: BucketFields) -> None:
    """Make a bucket of the actor's.

    Raises:
        InvalidBucketName, BucketAlreadyExists, AccessDenied.
    """
    values = {
        "id": bucket_name(id),
        "name": bucket_name(name),
        "owner": actor.user_id,
        "owner_id": actor.subject,
        "public": bool(fields.public),
        "file_size_limit": fields.file_size_limit,
        "allowed_mime_types": fields.allowed_mime_types,
    }
    try:
        async with acting(database, actor, "storage.bucket.create") as conn:
            await conn.execute(QUERIES["insert_bucket"], values)
    except KeyAlreadyExists as error:
        raise BucketAlreadyExists() from error


async def list_buckets(database: Database, actor: Actor, page: BucketPage) -> list[Bucket]:
    """The buckets the actor may see."""
    values = {
        "limit": min(page.limit, BUCKETS_AT_ONCE_MAX),
        "offset": page.offset,
        "search": page.search,
        "column": page.column,
        "descending": page.descending,
    }
    async with acting(database, actor, "storage.bucket.list") as conn:
        rows = await every(conn, QUERIES["list_buckets"], values)
    return [bucket_from(row) for row in rows]


async def show_bucket(database: Database, actor: Actor, id: str) -> Bucket:
    """One bucket, if the actor may see it. Raises NoSuchBucket."""
    async with acting(database, actor, "storage.bucket.get") as conn:
        bucket = await find_bucket(conn, id)
    if bucket is None:
        raise NoSuchBucket(details=id)
    return bucket


async def update_bucket(database: Database, actor: Actor, id: str, fields: BucketFields) -> None:
    """Change what is fields. Raises NoSuchBucket also for a bucket the actor may not change."""
    values = {
        "bucket": id,
        "public": fields.public,
        "file_size_limit": fields.file_size_limit,
        "sets_file_size_limit": "file_size_limit" in fields.given,
        "allowed_mime_types": fields.allowed_mime_types,
        "sets_allowed_mime_types": "allowed_mime_types" in fields.given,
    }
    async with acting(database, actor, "storage.bucket.update") as conn:
        row = await maybe(conn, QUERIES["update_bucket"], values)
    if row is None:
        raise NoSuchBucket(details=id)


async def delete_bucket(database: Database, actor: Actor, id: str) -> None:
    """Remove an empty bucket.

    Raises:
        NoSuchBucket: not there, or not the actor's to remove.
        BucketNotEmpty: something is inside, be it visible to the actor or not.
    """
    await show_bucket(database, actor, id)
    async with database.transaction(actor.as_service()) as conn:
        row = await one(conn, QUERIES["bucket_holds_objects"], {"bucket": id})
    if row["holds"]:
        raise BucketNotEmpty(details=id)
    try:
        async with acting(database, actor, "storage.bucket.delete", deletes=True) as conn:
            deletion = await maybe(conn, QUERIES["delete_bucket"], {"bucket": id})
    except NoSuchBucket as error:
        # an object came in between, and its foreign key spoke
        if isinstance(error.__cause__, ForeignKeyViolation):
            raise BucketNotEmpty(details=id) from error
        raise
    if deletion is None:
        raise NoSuchBucket(details=id)


async def empty_bucket(database: Database, blobs: BlobStore, actor: Actor, id: str) -> int:
    """Remove everything inside; answers how many objects went. For the server's own role alone.

    Raises:
        ServiceRoleNeeded, NoSuchBucket.
    """
    if actor.role != SERVICE_ROLE:
        raise ServiceRoleNeeded(hint="Remove objects by name instead.")
    await show_bucket(database, actor, id)
    emptied = 0
    while True:
        async with acting(database, actor, "storage.bucket.empty", deletes=True) as conn:
            values = {"bucket": id, "limit": EMPTIED_AT_ONCE_MAX}
            rows = await every(conn, QUERIES["empty_bucket"], values)
        await blobs.remove([row["version"] for row in rows if row["version"]])
        emptied += len(rows)
        if len(rows) < EMPTIED_AT_ONCE_MAX:
            return emptied


def size_limit(value: int | str | None, upload_bytes_max: int) -> int | None:
    """Bytes of a limit as clients write it: a number, or `20mb` (a million bytes each), or nothing.

    Raises:
        InvalidFileSizeLimit: neither. EntityTooLarge: more than the server takes.
    """
    if value is None:
        return None
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) <= SIZE_DIGITS_MAX:
            size = int(value)
        elif match := _SIZE.fullmatch(value):
            size = int(float(match[1]) * _UNIT_BYTES[match[2].lower()])
        else:
            raise InvalidFileSizeLimit(details=value[:100])
    else:
        size = value
    if size < 0:
        raise InvalidFileSizeLimit(details=size)
    if size > upload_bytes_max:
        raise EntityTooLarge(hint=f"The server takes {upload_bytes_max} bytes at most.")
    return size


def mimetype_patterns(patterns: list[str] | None) -> list[str] | None:
    """The list a bucket may keep of what it takes: types without their parameters. Raises InvalidMimeType."""
    bare = [pattern.partition(";")[0].rstrip(" ") for pattern in patterns or []]
    for pattern in bare:
        if not is_pattern(pattern):
            raise InvalidMimeType(pattern[:200])
    return bare or None
