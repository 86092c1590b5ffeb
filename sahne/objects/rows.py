"""The rows of buckets and objects, and the transaction in which an actor meets them.

PostgreSQL decides what an actor may do; here its refusals get the names clients know and say what was needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import DatabaseError
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege, UniqueViolation

from sahne.database.actor import Actor
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.objects.errors import AccessDenied, InvalidParameter, KeyAlreadyExists, NoSuchBucket, QuotaExceeded
from sahne.objects.names import Place

QUERIES = load_queries(__package__)

# By whom the first folder of a name is called in the product's buckets (`functions/objects/folders.sql`)
FOLDERS = {
    "photos": "your user id",
    "images": "your user id",
    "avatars": "the id of a profile of yours",
    "thumbnails": "a creator's own id",
}

PHOTOS_OF_PEOPLE = frozenset({"photos", "images"})  # private, and nobody's business where they were taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A row of `storage.buckets`; `file_size_limit` in bytes."""

    id: str
    name: str
    owner: str | None
    public: bool
    file_size_limit: int | None
    allowed_mime_types: list[str] | None
    created_at: datetime
    updated_at: datetime

    @property
    def pictures(self) -> list[str]:
        """The types it takes, when it is a bucket for pictures and takes nothing else; else none."""
        allowed = self.allowed_mime_types or []
        return allowed if all(pattern.lower().startswith("image/") for pattern in allowed) else []

    @property
    def keeps_bare(self) -> bool:
        """Whether its pictures say nothing but how they look: everybody sees them, or people put their photos there."""
        return bool(self.pictures) and (self.public or self.id in PHOTOS_OF_PEOPLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """A row of `storage.objects`. `version` is the key of its bytes; `metadata` is what Storage keeps of them
    (`eTag`, `size`, `mimetype`, `cacheControl`, `lastModified`, `contentLength`, `httpStatusCode`)."""

    id: UUID
    bucket_id: str
    name: str
    owner: UUID | None
    owner_id: str | None
    version: str
    metadata: dict[str, Any]
    user_metadata: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    last_accessed_at: datetime

    @property
    def size(self) -> int:
        """The size in bytes."""
        return int(self.metadata.get("size") or 0)

    @property
    def mimetype(self) -> str:
        """The type of the content."""
        return str(self.metadata.get("mimetype") or "application/octet-stream")


def bucket_from(row: dict[str, Any]) -> Bucket:
    """A bucket from a row with all of its columns."""
    return Bucket(
        id=row["id"],
        name=row["name"],
        owner=row["owner_id"] or (str(row["owner"]) if row["owner"] else None),
        public=bool(row["public"]),
        file_size_limit=row["file_size_limit"],
        allowed_mime_types=row["allowed_mime_types"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def object_from(row: dict[str, Any]) -> StoredObject:
    """An object from a row with the columns of `find_object`."""
    return StoredObject(
        id=row["id"],
        bucket_id=row["bucket_id"],
        name=row["name"],
        owner=row["owner"],
        owner_id=row["owner_id"],
        version=row["version"] or "",
        metadata=row["metadata"] or {},
        user_metadata=row["user_metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_accessed_at=row["last_accessed_at"],
    )


def object_from_json(values: dict[str, Any]) -> StoredObject:
    """The same from those columns as JSON."""
    moments = {name: datetime.fromisoformat(values[name]) for name in ("created_at", "updated_at", "last_accessed_at")}
    owner = UUID(values["owner"]) if values["owner"] else None
    return object_from(values | moments | {"id": UUID(values["id"]), "owner": owner})


@asynccontextmanager
async def acting(
    database: Database,
    actor: Actor,
    operation: str,
    *,
    needed: str = "",
    place: Place | None = None,
    deletes: bool = False,
) -> AsyncIterator[Connection]:
    """One transaction as the actor, with `storage.operation` set for the policies that ask for it.

    `needed` says, for a refusal, which policies it takes to write at `place`. `deletes` lifts the guard that keeps
    plain SQL from deleting rows without their bytes.

    Raises:
        AccessDenied, KeyAlreadyExists, NoSuchBucket, QuotaExceeded, InvalidParameter: PostgreSQL refused.
    """
    try:
        async with database.transaction(actor) as conn:
            await conn.execute(QUERIES["begin_operation"], {"operation": operation, "deletes": str(deletes).lower()})
            yield conn
    except InsufficientPrivilege as error:
        raise denied(error, what_it_takes(actor, needed, place)) from error
    except UniqueViolation as error:
        raise KeyAlreadyExists() from error
    except ForeignKeyViolation as error:
        raise NoSuchBucket() from error
    except CheckViolation as error:
        raise InvalidParameter(error.diag.message_primary, hint=error.diag.message_hint) from error
    except DatabaseError as error:
        if not is_full(error):
            raise
        raise QuotaExceeded(hint=error.diag.message_hint) from error


def is_full(error: DatabaseError) -> bool:
    """Whether PostgreSQL refused because of what the owner keeps already (`functions/objects/quota.sql`)."""
    return error.diag.constraint_name == QuotaExceeded.code


def denied(error: InsufficientPrivilege, why: str = "") -> AccessDenied:
    """PostgreSQL's refusal as clients know it: a policy's in Storage's words and why, a trigger's in its own."""
    message = error.diag.message_primary or ""
    if message.startswith("new row violates row-level security policy"):
        return AccessDenied.by_policy(why)
    return AccessDenied(message, hint=error.diag.message_hint)


def what_it_takes(actor: Actor, needed: str, place: Place | None) -> str:
    """Why a policy lets the actor not write at `place`: which folder is theirs, or which policies it takes."""
    if place is None or place.bucket not in FOLDERS:
        return f"role {actor.role} needs {needed} on storage.objects for this name" if needed else ""
    if actor.subject is None:
        return f"nobody is signed in, and {place.bucket} takes what its owners upload"
    folder, slash, _ = place.name.partition("/")
    if not slash or folder != actor.subject:
        return f"the first folder of a name in {place.bucket} is {FOLDERS[place.bucket]}"
    return "only creators have a folder there" if place.bucket == "thumbnails" else "this account may only look"


async def find_bucket(conn: Connection, bucket: str) -> Bucket | None:
    """The bucket, if whoever acts on `conn` may see it."""
    row = await maybe(conn, QUERIES["find_bucket"], {"bucket": bucket})
    return bucket_from(row) if row else None


async def get_bucket(database: Database, actor: Actor, bucket: str) -> Bucket:
    """The bucket as the server knows it, whoever asks. Raises NoSuchBucket."""
    async with database.transaction(actor.as_service()) as conn:
        row = await find_bucket(conn, bucket)
    if row is None:
        raise NoSuchBucket(details=bucket)
    return row
