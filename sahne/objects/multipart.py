"""Uploads in numbered parts, as S3 has them: begun without a size, their parts in any order, ended by a list of them.

Rows and bytes are those of `unfinished.py`; a part that is sent again replaces itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import DatabaseError

from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import every, maybe
from sahne.database.pool import Database
from sahne.objects.ends import End
from sahne.objects.errors import EntityTooLarge, NoSuchUpload, QuotaExceeded
from sahne.objects.rows import is_full
from sahne.objects.store import kept_bytes, store_object
from sahne.objects.unfinished import QUERIES, Unfinished, end_upload, joined
from sahne.providers.blobs import BlobStore

PARTS_MAX = 10_000
UPLOADS_AT_ONCE_MAX = 1000
FIRST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that has come."""

    number: int
    version: str
    bytes: int
    md5: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An upload that somebody has begun."""

    id: UUID
    name: str
    created_at: datetime


async def put_part(
    database: Database,
    blobs: BlobStore,
    unfinished: Unfinished,
    number: int,
    chunks: AsyncIterator[bytes],
    bytes_max: int,
) -> str:
    """Keep a part; answers the MD5 of its bytes as hex.

    Raises:
        EntityTooLarge: the parts have more than `bytes_max` together. QuotaExceeded.
        NoSuchUpload: it has ended meanwhile.
    """
    others = sum(part.bytes for part in await list_parts(database, unfinished) if part.number != number)
    async with kept_bytes(blobs, _bounded(chunks, bytes_max - others, bytes_max)) as blob:
        values = {
            "id": unfinished.id,
            "place": number,
            "version": blob.version,
            "bytes": blob.digest.size,
            "md5": blob.digest.md5,
        }
        try:
            async with database.transaction(SERVICE) as conn:
                row = await maybe(conn, QUERIES["put_part"], values)
        except DatabaseError as error:
            if not is_full(error):
                raise
            raise QuotaExceeded(error.diag.message_primary, hint=error.diag.message_hint) from error
        if row is None:
            raise NoSuchUpload(details=str(unfinished.id))
    if row["replaced"]:
        await blobs.remove([row["replaced"]])
    return blob.digest.md5


async def list_parts(database: Database, unfinished: Unfinished) -> list[Part]:
    """What has come, by number."""
    async with database.transaction(SERVICE) as conn:
        rows = await every(conn, QUERIES["list_parts"], {"id": unfinished.id})
    return [_part(row) for row in rows]


async def list_uploads(
    database: Database, holder: str, bucket: str, prefix: str, after: tuple[str, UUID], limit: int
) -> list[UnderWay]:
    """What the holder has under way in a bucket, by name and id, behind `after`."""
    values = {
        "holder": holder,
        "bucket": bucket,
        "prefix": prefix,
        "after_name": after[0],
        "after_id": after[1],
        "limit": limit,
    }
    async with database.transaction(SERVICE) as conn:
        rows = await every(conn, QUERIES["list_uploads"], values)
    return [UnderWay(row["id"], row["name"], row["created_at"]) for row in rows]


async def complete(
    database: Database, blobs: BlobStore, actor: Actor, unfinished: Unfinished, parts: list[Part], end: End
) -> None:
    """Store the object that these parts make. Raises what `store_object` and `end.take` raise."""
    body = end.over(joined(blobs, [part.version for part in parts]))
    await store_object(database, blobs, actor, unfinished.upload, body, before_row=end.take)
    await end_upload(database, blobs, unfinished, end)


async def _bounded(chunks: AsyncIterator[bytes], left: int, bytes_max: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > left:
            raise EntityTooLarge(hint=f"The limit is {bytes_max} bytes.")
        yield chunk


def _part(row: dict[str, Any]) -> Part:
    return Part(
        number=row["place"],
        version=row["version"],
        bytes=row["bytes"],
        md5=row["md5"],
        created_at=row["created_at"],
    )
