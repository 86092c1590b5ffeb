"""Storing an object: first may they, then the bytes, then the row.

start → the permission is tried with the row itself, in a transaction that is rolled back, before a byte is read →
where the bucket is for pictures, the first bytes say which kind it is, and where everybody sees them or people put
their photos, what hangs on the picture is left out → the bytes are written whole under a version nobody used before →
the row is written for real → what it replaced is forgotten. Whatever fails on the way, no row stands for bytes that are
not there; bytes without a row are removed at once, or after a crash by the sweep.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import OperationalError, Rollback
from psycopg.types.json import Jsonb

from sahne.database.actor import Actor
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.objects.bare_pictures import PICTURE_BYTES_MAX, bare_picture, can_be_bared
from sahne.objects.errors import EntityTooLarge, NoSuchKey
from sahne.objects.mimetypes import allow_mimetype, true_type
from sahne.objects.names import Place, object_place
from sahne.objects.rows import QUERIES, Bucket, acting, get_bucket
from sahne.pictures import HEAD_BYTES, picture_type
from sahne.providers.blobs import CHUNK_BYTES, BlobStore, Digest

UPLOAD = "storage.object.upload"

# A new name, a name new or not, or a name that is there
How = Literal["insert", "upsert", "update"]
NEEDED: dict[How, str] = {
    "insert": "an INSERT policy",
    "upsert": "INSERT, SELECT and UPDATE policies (an upsert may replace)",
    "update": "SELECT and UPDATE policies",
}
WRITING: dict[How, str] = {"insert": "insert_object", "upsert": "upsert_object", "update": "update_object"}


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be kept of an object besides its bytes. `cache_control` is a header's value."""

    mimetype: str
    cache_control: str = "no-cache"
    user_metadata: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An object to be: where, and what is kept of it.

    `owner` is the subject whose object it becomes, the actor's own when not given. `declared_bytes` is what the client
    announced; `bytes_max` bounds the size beside the bucket's own limit. `id` is that of a new row, where it is chosen.
    """

    place: Place
    content: Content
    _: KW_ONLY
    how: How = "insert"
    owner: str | None = None
    declared_bytes: int | None = None
    bytes_max: int | None = None
    operation: str = UPLOAD
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewBlob:
    """Bytes that lie in the blob store under `version`, and have no row yet."""

    version: str
    digest: Digest
    written_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row that was written: its id, and the version of the bytes it no longer stands for."""

    id: UUID
    replaced: str | None


async def store_object(
    database: Database,
    blobs: BlobStore,
    actor: Actor,
    upload: Upload,
    body: bytes | AsyncIterator[bytes],
    before_row: Callable[[], Awaitable[None]] | None = None,
) -> UUID:
    """Store an object as the actor; answers the id of its row. `before_row` may refuse it when the bytes lie there.

    Raises:
        NoSuchBucket, InvalidKey, InvalidMimeType, PictureNotTaken, EntityTooLarge, QuotaExceeded, AccessDenied,
        KeyAlreadyExists: nothing was kept.
    """
    upload = replace(upload, owner=upload.owner or actor.subject)
    bucket = await admit_upload(database, actor, upload)
    chunks = _bounded(_chunks(body), _limit(bucket, upload.bytes_max))
    if bucket.pictures:
        head, chunks = await _looked_into(chunks)
        mimetype = true_type(upload.content.mimetype, head, bucket.pictures)
        upload = replace(upload, content=replace(upload.content, mimetype=mimetype))
    kept = kept_bare if bucket.keeps_bare else kept_bytes
    async with kept(blobs, chunks) as blob:
        if before_row:
            await before_row()
        async with acting(database, actor, upload.operation, needed=NEEDED[upload.how], place=upload.place) as conn:
            row = await place_object(conn, upload, blob)
    if row.replaced:
        await blobs.remove([row.replaced])
    return row.id


async def admit_upload(database: Database, actor: Actor, upload: Upload) -> Bucket:
    """All that can be asked before the bytes are there; answers the bucket that would take them.

    Raises:
        NoSuchBucket, InvalidKey, InvalidMimeType, EntityTooLarge, and what `try_object` raises.
    """
    object_place(upload.place.bucket, upload.place.name)
    bucket = await get_bucket(database, actor, upload.place.bucket)
    allow_mimetype(upload.content.mimetype, bucket.allowed_mime_types)
    limit = _limit(bucket, upload.bytes_max)
    if upload.declared_bytes is not None and limit is not None and upload.declared_bytes > limit:
        raise EntityTooLarge(hint=f"The limit is {limit} bytes.")
    await try_object(database, actor, upload)
    return bucket


async def try_object(database: Database, actor: Actor, upload: Upload) -> None:
    """Find out whether the actor might store this, by doing so and taking it back.

    Raises:
        AccessDenied, KeyAlreadyExists, NoSuchBucket, QuotaExceeded: not so.
    """
    size = upload.declared_bytes
    foreseen = {"mimetype": upload.content.mimetype, "contentLength": size, "size": size}
    async with (
        acting(database, actor, upload.operation, needed=NEEDED[upload.how], place=upload.place) as conn,
        conn.transaction() as trial,
    ):
        await _write_row(conn, upload, "untried", foreseen)
        raise Rollback(trial)


@asynccontextmanager
async def kept_bytes(blobs: BlobStore, chunks: AsyncIterator[bytes]) -> AsyncIterator[NewBlob]:
    """Bytes in the store for as long as the block goes well: it is the block that must give them a row.

    Use it around a transaction of your own:

        async with kept_bytes(blobs, chunks_of(picture)) as blob, database.transaction(SERVICE) as conn:
            await place_object(conn, Upload(place, content, owner=str(user_id)), blob)
    """
    version = str(uuid4())
    blob = NewBlob(version, await blobs.write(version, chunks))
    async with removed_on_failure(blobs, version):
        yield blob


@asynccontextmanager
async def removed_on_failure(blobs: BlobStore, version: str) -> AsyncIterator[None]:
    """Remove the bytes when the block that should give them a row surely did not.

    When the connection or the task ends in the middle of a commit nobody knows; then the bytes stay, and are the
    sweep's if no row came to be.
    """
    try:
        yield
    except OperationalError:
        raise
    except Exception:
        await blobs.remove([version])
        raise


async def place_object(conn: Connection, upload: Upload, blob: NewBlob) -> NewRow:
    """Write the row for bytes that lie there, in the caller's transaction, as whoever acts in it.

    After the commit, and not before, the caller removes the bytes of `replaced`. PostgreSQL's own errors come out.
    """
    place = object_place(upload.place.bucket, upload.place.name)
    metadata = measures_of(blob.digest) | {
        "mimetype": upload.content.mimetype,
        "cacheControl": upload.content.cache_control,
        "lastModified": blob.written_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "httpStatusCode": 200,
    }
    replaced: str | None = None
    if upload.how != "insert":
        await conn.execute(QUERIES["lock_name"], {"bucket": place.bucket, "name": place.name})
        row = await maybe(conn, QUERIES["hold_object"], {"bucket": place.bucket, "name": place.name})
        replaced = row["version"] if row else None
    id = await _write_row(conn, upload, blob.version, metadata)
    return NewRow(id, replaced)


def measures_of(digest: Digest) -> dict[str, Any]:
    """What an object's metadata says of its bytes."""
    return {"eTag": f'"{digest.md5}"', "size": digest.size, "contentLength": digest.size}


@asynccontextmanager
async def kept_bare(blobs: BlobStore, chunks: AsyncIterator[bytes]) -> AsyncIterator[NewBlob]:
    """As `kept_bytes`, of a picture without its metadata; other bytes are kept as they are.

    They go to the disk as they come, and are looked through when all are there: who sends slowly fills no memory.

    Raises:
        EntityTooLarge: it cannot be looked through.
    """
    head, chunks = await _looked_into(chunks)
    kind = picture_type(head)
    if not kind or not can_be_bared(kind):
        async with kept_bytes(blobs, chunks) as blob:
            yield blob
        return
    async with (
        kept_bytes(blobs, _bounded(chunks, PICTURE_BYTES_MAX)) as taken,
        remade_bare(blobs, taken.version, kind) as bare,
    ):
        await blobs.remove([taken.version])
        yield bare


@asynccontextmanager
async def remade_bare(blobs: BlobStore, version: str, kind: str) -> AsyncIterator[NewBlob]:
    """As `kept_bytes`, of a picture that lies there as `version`, without its metadata.

    Raises:
        EntityTooLarge: it cannot be looked through. BlobMissing: it is not there.
    """
    bare = str(uuid4())
    blob = NewBlob(bare, await blobs.remake(version, bare, partial(bare_picture, kind)))
    async with removed_on_failure(blobs, bare):
        yield blob


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    """Bytes at hand as a stream."""
    for at in range(0, len(content), CHUNK_BYTES):
        yield content[at : at + CHUNK_BYTES]


async def _write_row(conn: Connection, upload: Upload, version: str, metadata: dict[str, Any]) -> UUID:
    id = upload.id or uuid4()
    values = {
        "id": id,
        "bucket": upload.place.bucket,
        "name": upload.place.name,
        "owner": _uuid_or_none(upload.owner),
        "owner_id": upload.owner,
        "version": version,
        "metadata": Jsonb(metadata),
        "user_metadata": None if upload.content.user_metadata is None else Jsonb(upload.content.user_metadata),
    }
    if upload.how == "insert":
        await conn.execute(QUERIES["insert_object"], values)
        return id
    row = await maybe(conn, QUERIES[WRITING[upload.how]], values)
    if row is None:  # an update of what is not there, or not to be seen
        raise NoSuchKey(details=str(upload.place))
    return UUID(str(row["id"]))


def _limit(bucket: Bucket, bytes_max: int | None) -> int | None:
    limits = [limit for limit in (bucket.file_size_limit, bytes_max) if limit is not None]
    return min(limits) if limits else None


def _chunks(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    return chunks_of(body) if isinstance(body, bytes) else body


async def _bounded(chunks: AsyncIterator[bytes], limit: int | None) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if limit is not None and size > limit:
            raise EntityTooLarge(hint=f"The limit is {limit} bytes.")
        yield chunk


async def _looked_into(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """How a stream begins, and the whole of it, to be read once as before."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (chunk := await anext(chunks, None)) is not None:
        head += chunk

    async def whole() -> AsyncIterator[bytes]:
        yield bytes(head)
        async for chunk in chunks:
            yield chunk

    return bytes(head[:HEAD_BYTES]), whole()


def _uuid_or_none(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None
