"""A picture that came: bytes, objects and row together or not at all, wherever it was made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from psycopg import DatabaseError
from psycopg.types.json import Jsonb

from sahne.database.actor import SERVICE
from sahne.database.pool import Connection, Database
from sahne.objects.names import Place
from sahne.objects.rows import is_full
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object
from sahne.providers.blobs import BlobStore
from sahne.providers.images.finishing import MEDIUM_SIDE_PIXELS, SMALLER_TYPE, smaller
from sahne.providers.images.generator import GenerationRefused, Picture, Refusal
from sahne.studio.generations import IMAGES_BUCKET, IMAGES_URL
from sahne.studio.marks import Marks
from sahne.studio.requests import QUERIES

PICTURE_BYTES_MAX = 20 * 1024 * 1024
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
Holding = Callable[[Connection], AbstractAsyncContextManager[None]]


class NotWanted(Exception):
    """Somebody cancelled it, or another try took over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A picture with whose it is and how long it took."""

    picture: Picture
    generation_id: UUID
    user_id: UUID
    seed: int
    seconds: float


async def store_picture(
    database: Database, blobs: BlobStore, made: Made, holding: Holding, marks: Marks | None
) -> None:
    """Keep it, with `marks` put into its files.

    `holding` encloses the writing inside its transaction, and raises NotWanted when nobody wants it.

    Raises:
        GenerationRefused: there is no room.
    """
    picture = replace(made.picture, medium=await asyncio.to_thread(smaller, made.picture.image, MEDIUM_SIDE_PIXELS))
    if marks:
        picture = await marks.put(picture)
    if len(picture.image) + len(picture.medium) + len(picture.thumbnail) > PICTURE_BYTES_MAX:
        raise GenerationRefused(Refusal.FAILED)
    image_id = uuid4()
    image, thumbnail, medium = (
        Place(IMAGES_BUCKET, f"{made.user_id}/{image_id}{part}.{EXTENSIONS[kind]}")
        for part, kind in (("", picture.image_type), (".thumbnail", picture.thumbnail_type), (".medium", SMALLER_TYPE))
    )
    values = {
        "id": made.generation_id,
        "image_id": image_id,
        "image_url": IMAGES_URL + image.name,
        "thumbnail_url": IMAGES_URL + thumbnail.name,
        "medium_url": IMAGES_URL + medium.name,
        "seconds": round(made.seconds, 3),
        "model": picture.model,
        "image_size": f"{picture.width}x{picture.height}",
        "seed": made.seed,
        "metadata": Jsonb(dict(picture.facts)),
    }
    owner = str(made.user_id)
    try:
        async with (
            kept_bytes(blobs, chunks_of(picture.image)) as image_blob,
            kept_bytes(blobs, chunks_of(picture.thumbnail)) as thumbnail_blob,
            kept_bytes(blobs, chunks_of(picture.medium)) as medium_blob,
            database.transaction(SERVICE) as conn,
            holding(conn),
        ):
            await place_object(conn, Upload(image, Content(picture.image_type), owner=owner), image_blob)
            await place_object(conn, Upload(thumbnail, Content(picture.thumbnail_type), owner=owner), thumbnail_blob)
            await place_object(conn, Upload(medium, Content(SMALLER_TYPE), owner=owner), medium_blob)
            await conn.execute(QUERIES["insert_image"], values)
    except DatabaseError as error:
        if not is_full(error):
            raise
        raise GenerationRefused(Refusal.STORAGE_FULL) from error
