"""A generation as its owner sees it: its state, its pictures, the day's quota; and changing one's mind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Database
from sahne.jobs.defer import cancel_jobs
from sahne.objects.names import Place
from sahne.objects.signing import signed_path
from sahne.studio.errors import GenerationEnded, GenerationNotFound
from sahne.studio.requests import QUERIES, lock_of

URL_SECONDS = 3600
UNFINISHED = frozenset({"queued", "submitting", "running", "storing"})
IMAGES_BUCKET = "images"
STORAGE = "/storage/v1"
IMAGES_URL = f"{STORAGE}/object/authenticated/{IMAGES_BUCKET}/"


async def read_generation(database: Database, actor: Actor, generation_id: UUID) -> dict[str, Any]:
    """`{"id", "status", "progress", "ahead"?, "estimate"?, "error_code"?, "images": [row]}`, as RLS shows it.

    `ahead`, while it waits, counts everybody's that come before it, and says nothing else of them; `estimate`, until it
    ends, is `{"seconds_min", "seconds_max"}` by how long the last ones took.

    Raises:
        GenerationNotFound: not theirs, or none.
    """
    async with database.transaction(actor) as conn:
        row = await maybe(conn, QUERIES["read_generation"], {"id": generation_id})
        if row is None:
            raise GenerationNotFound(details={"generation_id": str(generation_id)})
        images = await every(conn, QUERIES["read_images"], {"id": generation_id})
    generation = {"id": row["id"], "status": row["status"], "progress": row["progress"]}
    if row["status"] in UNFINISHED:
        generation |= await _waiting(database, actor, generation)
    if row["error_code"] is not None:
        generation["error_code"] = row["error_code"]
    return {**generation, "images": images}


async def _waiting(database: Database, actor: Actor, generation: dict[str, Any]) -> dict[str, Any]:
    async with database.transaction(actor.as_service()) as conn:
        row = await one(conn, QUERIES["read_waiting"], {"id": generation["id"]})
    waiting: dict[str, Any] = {"ahead": row["ahead"]} if generation["status"] == "queued" else {}
    if row["seconds_max"] is not None:
        waiting["estimate"] = {"seconds_min": row["seconds_min"], "seconds_max": row["seconds_max"]}
    return waiting


def new_generation(generation_id: UUID) -> dict[str, Any]:
    """What a request is answered with, the first time and every time it is repeated."""
    return {"id": generation_id, "status": "queued", "progress": 0, "images": []}


async def cancel_generation(database: Database, actor: Actor, generation_id: UUID) -> None:
    """End it; the quota of what did not arrive comes back. Cancelling twice is once.

    Raises:
        GenerationNotFound: not theirs, or none. GenerationEnded: it ended otherwise. Refused: a suspended account.
    """
    async with database.transaction(actor.as_service()) as conn:
        await conn.execute(QUERIES["require_actor"])
        if await maybe(conn, QUERIES["cancel_generation"], {"id": generation_id}):
            await cancel_jobs(conn, lock_of(generation_id))
            await conn.execute(QUERIES["hurry_pictures"], {"id": generation_id})
            return
    generation = await read_generation(database, actor, generation_id)
    if generation["status"] != "canceled":
        raise GenerationEnded(details={"status": generation["status"]})


async def read_quota(database: Database, actor: Actor) -> dict[str, Any]:
    """`{"used", "limit", "remaining", "resets_at", "is_premium"}` of the actor's day."""
    async with database.transaction(actor.as_service()) as conn:
        return await one(conn, QUERIES["read_quota"])


def signed_urls(secret: str, images: list[dict[str, Any]]) -> dict[str, dict[str, str | None]]:
    """Of each picture, by id, the paths of `image`, `medium` and `thumbnail`, open to whoever has them for an hour.

    Of a picture without a middle size, `medium` is the picture.
    """
    return {
        str(image["id"]): {
            "image": signed_url(secret, image["image_url"]),
            "medium": signed_url(secret, image["medium_url"] or image["image_url"]),
            "thumbnail": signed_url(secret, image["thumbnail_url"]),
        }
        for image in images
    }


def signed_url(secret: str, url: str | None, bucket: str = IMAGES_BUCKET) -> str | None:
    """The path that opens an object for `URL_SECONDS`; None where the address is not one of the bucket's."""
    prefix = f"{STORAGE}/object/authenticated/{bucket}/"
    if url is None or not url.startswith(prefix):
        return None
    return STORAGE + signed_path(secret, Place(bucket, url.removeprefix(prefix)), URL_SECONDS)
