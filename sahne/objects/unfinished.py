"""Uploads that come in parts: begun, gone on with after a break, and made an object when all of it is there.

start → may they, by `admit_upload` → a row says what is to be stored where → each part is a blob with a row of its own,
so what has come stays through a lost connection and a crash → with the last part the object is stored as any other, as
whoever sends it → the parts are forgotten, and the row says so for as long as the upload would have lived: whose last
answer was lost asks again. What nobody ends in time, the worker removes.

Nobody holds a lock while bytes come. Two who send the same part at once both write it, and one of them is told that
the other was quicker. Of two who send the last one, one is told to wait (`ends.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import DatabaseError
from psycopg.types.json import Jsonb

from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import Conflict
from sahne.objects.body_parts import BodyInParts, Checksum
from sahne.objects.ends import End, HasEnded, one_end
from sahne.objects.errors import KeyAlreadyExists, NoSuchUpload, QuotaExceeded
from sahne.objects.names import Place
from sahne.objects.rows import is_full
from sahne.objects.store import UPLOAD, Content, NewBlob, Upload, admit_upload, kept_bytes, store_object
from sahne.providers.blobs import BlobMissing, BlobStore

UPLOAD_SECONDS = 24 * 60 * 60  # until it must have come to its end
PART_BYTES = 8 * 1024 * 1024  # of one request so much may be lost in a crash
EXPIRED_AT_ONCE_MAX = 100

QUERIES = load_queries(__package__, "unfinished.sql")


class OtherOffset(Conflict):
    """Upload-Offset conflict"""

    code = "InvalidUploadOffset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An upload under way. `holder` is who may go on with it, `received` how many bytes have come."""

    id: UUID
    holder: str
    upload: Upload
    expires_at: datetime
    received: int = 0
    has_ended: bool = False

    @property
    def bytes(self) -> int:
        """How many bytes it was announced with."""
        return self.upload.declared_bytes or 0

    @property
    def left(self) -> int:
        """How many of them have not come yet."""
        return self.bytes - self.received


def holder_of(actor: Actor) -> str:
    """Who an upload is under way for: a person, or all who come in a role without being anybody.

    What keeps these apart is that nobody is told the others' ids.
    """
    return actor.subject or actor.role


async def begin_upload(
    database: Database, actor: Actor, holder: str, upload: Upload, address: str | None = None
) -> Unfinished:
    """Announce an upload of `declared_bytes`. Where its holder is nobody, `address` is counted too.

    Raises:
        QuotaExceeded: the holder has begun too much already; and whatever `admit_upload` raises.
    """
    upload = replace(upload, owner=upload.owner or actor.subject, id=uuid4())
    await admit_upload(database, actor, upload)
    assert upload.id is not None
    content = upload.content
    values = {
        "id": upload.id,
        "holder": holder,
        "address": address,
        "bucket": upload.place.bucket,
        "name": upload.place.name,
        "owner_id": upload.owner,
        "replaces": upload.how == "upsert",
        "bytes": upload.declared_bytes,
        "mimetype": content.mimetype,
        "cache_control": content.cache_control,
        "user_metadata": None if content.user_metadata is None else Jsonb(content.user_metadata),
        "seconds": UPLOAD_SECONDS,
    }
    try:
        async with database.transaction(SERVICE) as conn:
            row = await one(conn, QUERIES["insert_upload"], values)
    except DatabaseError as error:
        if not is_full(error):
            raise
        raise QuotaExceeded(error.diag.message_primary, hint=error.diag.message_hint) from error
    return Unfinished(id=upload.id, holder=holder, upload=upload, expires_at=row["expires_at"])


async def find_upload(
    database: Database, id: UUID, holder: str, *, operation: str = UPLOAD, numbered: bool = False
) -> Unfinished:
    """An upload of the holder's, in numbered parts or not; `operation` is what policies are told when it is stored.

    Raises:
        NoSuchUpload
    """
    values = {"id": id, "holder": holder, "numbered": numbered}
    async with database.transaction(SERVICE) as conn:
        row = await maybe(conn, QUERIES["find_upload"], values)
    if row is None:
        raise NoSuchUpload(details=str(id))
    return _unfinished(row, operation)


async def bucket_of_upload(database: Database, id: UUID) -> str | None:
    """Where an upload goes that was begun here; None for one that was not, or that is forgotten."""
    async with database.transaction(SERVICE) as conn:
        row = await maybe(conn, QUERIES["bucket_of_upload"], {"id": id})
    return row["bucket_id"] if row else None


async def receive(
    database: Database,
    blobs: BlobStore,
    actor: Actor,
    unfinished: Unfinished,
    chunks: AsyncIterator[bytes],
    checksum: Checksum | None = None,
) -> Unfinished:
    """Take what comes of an upload; with its last byte the object is stored, as the actor.

    With a checksum what comes is one part, kept if it is as it should be.

    Raises:
        OtherOffset: somebody else sent the same at once. EndUnderWay: somebody else sent the last of it.
        EntityTooLarge: more comes than was announced.
        ChecksumMismatch. Whatever `chunks` raises, when what came before has been kept, and what `store_object` raises.
    """
    if checksum:
        chunks = checksum.over(chunks)
    body = BodyInParts(chunks, unfinished.left, unfinished.left if checksum else PART_BYTES)
    while unfinished.left and await body.has_more():
        async with kept_bytes(blobs, body.part()) as part:
            if checksum:
                checksum.verify()
            unfinished = await _take_part(database, blobs, actor, unfinished, part)
    if body.broken_by:
        raise body.broken_by
    return unfinished


async def store_empty(database: Database, blobs: BlobStore, actor: Actor, unfinished: Unfinished) -> Unfinished:
    """An upload of no bytes is at its end when it begins."""
    async with one_end(database, unfinished.id) as end:
        return await _finish(database, blobs, actor, unfinished, b"", end)


async def give_up(database: Database, blobs: BlobStore, unfinished: Unfinished) -> None:
    """Forget an upload and whatever has come of it."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["delete_upload"], {"id": unfinished.id})
    await blobs.remove(row["versions"])


async def end_upload(database: Database, blobs: BlobStore, unfinished: Unfinished, end: End) -> None:
    """The object is there: its parts are forgotten, unless the end is another's by now, who needs them."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["end_upload"], {"id": unfinished.id, "by": end.by})
    await blobs.remove(row["versions"])


async def forget_expired(database: Database, blobs: BlobStore) -> int:
    """Remove the uploads whose time is over, some at a time; answers how many. A crash between is the sweep's."""
    forgotten = 0
    while True:
        async with database.transaction(SERVICE) as conn:
            row = await one(conn, QUERIES["delete_expired"], {"limit": EXPIRED_AT_ONCE_MAX})
        await blobs.remove(row["versions"])
        forgotten += int(row["uploads"])
        if row["uploads"] < EXPIRED_AT_ONCE_MAX:
            return forgotten


async def joined(blobs: BlobStore, versions: list[str]) -> AsyncIterator[bytes]:
    """The bytes of several blobs, one after the other. Raises NoSuchUpload where one of them is gone."""
    for version in versions:
        try:
            async with blobs.open(version) as blob:
                async for chunk in blob.chunks():
                    yield chunk
        except BlobMissing as error:
            raise NoSuchUpload("A part of the upload is gone.") from error


async def _take_part(
    database: Database, blobs: BlobStore, actor: Actor, unfinished: Unfinished, part: NewBlob
) -> Unfinished:
    received = unfinished.received + part.digest.size
    if received < unfinished.bytes:
        await _keep_part(database, unfinished, part)
        return replace(unfinished, received=received)
    # the last part gets no row of its own: until the object is there, the upload is to be seen as unfinished
    try:
        async with one_end(database, unfinished.id) as end:
            versions = [*await _versions_before(database, unfinished), part.version]
            finished = await _finish(database, blobs, actor, unfinished, end.over(joined(blobs, versions)), end)
    except HasEnded as error:
        raise _other_offset() from error
    await blobs.remove([part.version])
    return finished


async def _versions_before(database: Database, unfinished: Unfinished) -> list[str]:
    """The parts that came before the last."""
    async with database.transaction(SERVICE) as conn:
        rows = await every(conn, QUERIES["list_parts"], {"id": unfinished.id})
    if sum(row["bytes"] for row in rows) != unfinished.received:  # others go on with it
        raise _other_offset()
    return [row["version"] for row in rows]


def _other_offset() -> OtherOffset:
    return OtherOffset(hint="Ask how much has come, and go on from there.")


async def _keep_part(database: Database, unfinished: Unfinished, part: NewBlob) -> None:
    values = {
        "id": unfinished.id,
        "place": unfinished.received,
        "version": part.version,
        "bytes": part.digest.size,
        "md5": part.digest.md5,
    }
    async with database.transaction(SERVICE) as conn:
        kept = await maybe(conn, QUERIES["insert_part"], values)
    if kept is None:
        raise _other_offset()


async def _finish(
    database: Database,
    blobs: BlobStore,
    actor: Actor,
    unfinished: Unfinished,
    body: bytes | AsyncIterator[bytes],
    end: End,
) -> Unfinished:
    """Store the object, once. It has the upload's id: who ends it again after a crash finds it there."""
    try:
        await store_object(database, blobs, actor, unfinished.upload, body, before_row=end.take)
    except KeyAlreadyExists:
        if not await _is_stored(database, unfinished):
            raise
    await end_upload(database, blobs, unfinished, end)
    return replace(unfinished, received=unfinished.bytes, has_ended=True)


async def _is_stored(database: Database, unfinished: Unfinished) -> bool:
    place = unfinished.upload.place
    async with database.transaction(SERVICE) as conn:
        values = {"id": unfinished.id, "bucket": place.bucket, "name": place.name}
        return bool((await one(conn, QUERIES["is_stored"], values))["stored"])


def _unfinished(row: dict[str, Any], operation: str) -> Unfinished:
    upload = Upload(
        Place(row["bucket_id"], row["name"]),
        Content(row["mimetype"], row["cache_control"], row["user_metadata"]),
        how="upsert" if row["replaces"] else "insert",
        owner=row["owner_id"],
        declared_bytes=row["bytes"],
        operation=operation,
        id=row["id"],
    )
    return Unfinished(
        id=row["id"],
        holder=row["holder"],
        upload=upload,
        expires_at=row["expires_at"],
        received=row["received"],
        has_ended=row["has_ended"],
    )
