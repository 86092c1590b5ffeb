"""The photo of a generation, and whatever else of the Storage a picture is made from."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.errors import BytesMissing, NoSuchBucket, NoSuchKey
from sahne.objects.names import Place
from sahne.objects.picture_parts import TooManyParts
from sahne.objects.read import read_object
from sahne.pictures import HEAD_BYTES, picture_type
from sahne.providers.blobs import BlobStore
from sahne.providers.images.generator import PHOTO_BYTES_MAX, GenerationRefused, Refusal

PHOTOS_BUCKET = "photos"


async def read_photo(database: Database, blobs: BlobStore, user_id: UUID, path: str | None) -> bytes | None:
    """The photo at `path`, None where there is no path.

    Raises:
        GenerationRefused: it is gone, not theirs, or too large.
    """
    if path is None:
        return None
    try:
        return await read_as_owner(database, blobs, user_id, Place(PHOTOS_BUCKET, path))
    except (NoSuchKey, NoSuchBucket, BytesMissing) as error:
        raise GenerationRefused(Refusal.PHOTO_NOT_FOUND) from error


async def read_bare_photo(database: Database, blobs: BlobStore, user_id: UUID, path: str | None) -> bytes | None:
    """The same without where, when and with what it was taken: it goes to somebody else.

    Raises:
        GenerationRefused: also when it cannot be looked through.
    """
    photo = await read_photo(database, blobs, user_id, path)
    kind = picture_type(photo[:HEAD_BYTES]) if photo else None
    if photo is None or kind is None:
        return photo
    try:
        return await asyncio.to_thread(bare_picture, kind, photo)
    except TooManyParts as error:
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE) from error


async def read_as_owner(database: Database, blobs: BlobStore, user_id: UUID, place: Place) -> bytes:
    """As the owner of the generation, so that PostgreSQL decides whether they may see it."""
    async with read_object(database, blobs, user_actor(user_id), place) as opened:
        if opened.blob.size > PHOTO_BYTES_MAX:
            raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
        return b"".join([chunk async for chunk in opened.blob.chunks()])
