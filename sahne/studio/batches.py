"""Asking for more: several scenes of one photo as one request, a failed one again, other takes of a picture.

A batch is one transaction over one reservation of quota: all of it is asked for, or nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne.database.actor import Actor
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection, Database
from sahne.image_providers import LOCAL, NO_BUDGET, Budget
from sahne.studio.errors import (
    BatchNotFound,
    GenerationNotFound,
    ImageNotFound,
    KeyUsedDifferently,
    NothingToRetry,
    QuotaExceeded,
)
from sahne.studio.generations import read_generation
from sahne.studio.pictures import GALLERY_QUERIES
from sahne.studio.requests import QUERIES, Wish, find_request, request_generation

SCENES_MAX = 8
RETRIED = frozenset({"failed", "expired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """Which scenes, of which photo, and how many pictures of each."""

    scene_ids: Sequence[UUID]
    photo_path: str | None
    image_size: str | None
    count: int


async def request_batch(
    conn: Connection,
    wish: BatchWish,
    key: str,
    *,
    providers: Sequence[str] = LOCAL[:1],
    budget: Budget = NO_BUDGET,
) -> UUID:
    """Ask for all of them as the caller of `conn`; answers the batch's id, for the same `key` the same.

    Raises:
        QuotaExceeded: with `fits` in its details, of how many scenes the day's quota still reaches for.
        What `request_generation` raises.
    """
    request = {
        "scene_ids": [str(id) for id in wish.scene_ids],
        "photo_path": wish.photo_path,
        "image_size": wish.image_size,
        "count": wish.count,
    }
    row = await maybe(conn, GALLERY_QUERIES["insert_batch"], {"key": key, "request": Jsonb(request)})
    if row is None:
        found = await one(conn, GALLERY_QUERIES["find_batch"], {"key": key})
        if found["request"] != request:
            raise KeyUsedDifferently(hint="Send a new key for a new request.")
        return UUID(str(found["id"]))
    batch_id = UUID(str(row["id"]))
    for position, scene_id in enumerate(wish.scene_ids):
        each = Wish(scene_id, wish.photo_path, image_size=wish.image_size, count=wish.count)
        generation_id = await request_generation(
            conn, each, f"batch:{batch_id}:{position}", providers=providers, budget=budget, reserves=False
        )
        place = {"batch_id": batch_id, "generation_id": generation_id, "position": position}
        await conn.execute(GALLERY_QUERIES["add_to_batch"], place)
    if not (await one(conn, GALLERY_QUERIES["reserve_batch"], {"id": batch_id}))["reserved"]:
        await _refuse(conn, wish.count)
    return batch_id


async def _refuse(conn: Connection, count: int) -> None:
    quota = await one(conn, QUERIES["read_quota"])
    fits = quota["remaining"] // count
    hint = f"Choose {fits} of them." if fits else f"It starts anew at {quota['resets_at'].isoformat()}."
    raise QuotaExceeded(details={**quota, "fits": fits}, hint=hint)


async def read_batch(database: Database, actor: Actor, batch_id: UUID) -> list[dict[str, Any]]:
    """Its generations in the order of its scenes, each as `read_generation` answers.

    Raises:
        BatchNotFound: not theirs, or none.
    """
    async with database.transaction(actor.as_service()) as conn:
        rows = await every(conn, GALLERY_QUERIES["read_batch"], {"id": batch_id})
    if not rows:
        raise BatchNotFound(details={"batch_id": str(batch_id)})
    return [await read_generation(database, actor, row["generation_id"]) for row in rows]


async def retry_generation(
    conn: Connection,
    generation_id: UUID,
    key: str,
    *,
    providers: Sequence[str] = LOCAL[:1],
    budget: Budget = NO_BUDGET,
) -> UUID:
    """Ask once more for what failed or expired, with all that was asked for then.

    Raises:
        GenerationNotFound: not theirs, or its scene is gone. NothingToRetry: it did not fail.
        What `request_generation` raises.
    """
    request = {"retried_from": str(generation_id)}
    if earlier := await find_request(conn, key, request):
        return earlier
    row = await maybe(conn, QUERIES["find_generation_request"], {"id": generation_id})
    if row is None or row["scene_id"] is None:
        raise GenerationNotFound(details={"generation_id": str(generation_id)})
    if row["status"] not in RETRIED:
        raise NothingToRetry(details={"status": row["status"]}, hint="Ask for a new one.")
    wish = Wish(
        row["scene_id"],
        row["photo_path"],
        seed=row["seed"],
        image_size=row["image_size"],
        count=row["requested_count"],
    )
    return await request_generation(
        conn, wish, key, providers=providers, budget=budget, request=request, retried_from=generation_id
    )


async def request_variations(
    conn: Connection,
    image_id: UUID,
    count: int,
    key: str,
    *,
    providers: Sequence[str] = LOCAL[:1],
    budget: Budget = NO_BUDGET,
) -> UUID:
    """Ask for `count` other takes of one of the caller's pictures, each with a seed of its own.

    Raises:
        ImageNotFound, and what `request_generation` raises.
    """
    request = {"variations_of": str(image_id), "count": count}
    if earlier := await find_request(conn, key, request):
        return earlier
    image = await maybe(conn, QUERIES["find_image_request"], {"id": image_id})
    if image is None or image["scene_id"] is None:
        raise ImageNotFound()
    wish = Wish(image["scene_id"], image["photo_path"], image_size=image["image_size"], count=count)
    return await request_generation(
        conn, wish, key, providers=providers, budget=budget, request=request, retried_from=image["generation_id"]
    )
