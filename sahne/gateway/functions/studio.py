"""`studio/…`: asking for pictures, watching them come, changing one's mind, the day's quota."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from sahne.gateway.functions.bodies import JsonObject, StrictBody
from sahne.gateway.functions.caller import Caller, IdempotencyKey, PartsOf
from sahne.gateway.functions.ids import Id
from sahne.providers.images.generator import IMAGE_SIZES, SEED_MAX
from sahne.studio import generations, requests
from sahne.studio.requests import Wish

COUNT_MAX = 16  # the database's own bound; the product's setting is tighter
PHOTO_PATH_CHARACTERS_MAX = 1024

router = APIRouter(prefix="/studio", tags=["studio"])


class GenerationBody(StrictBody):
    """What somebody wants made."""

    scene_id: Id
    photo_path: Annotated[str | None, Field(min_length=1, max_length=PHOTO_PATH_CHARACTERS_MAX)] = None
    seed: Annotated[int | None, Field(strict=True, ge=0, le=SEED_MAX)] = None
    image_size: Literal[*IMAGE_SIZES] | None = None  # type: ignore[valid-type]
    count: Annotated[int, Field(strict=True, ge=1, le=COUNT_MAX)] = 1


class RegenerateBody(StrictBody):
    """The same picture again, or another take of it."""

    seed: Literal["same", "new"] = "new"


@router.post("/generations", status_code=202)
async def request_generation(body: GenerationBody, caller: Caller, key: IdempotencyKey, parts: PartsOf) -> JsonObject:
    """Ask for `count` pictures of a scene. `photo_path` is a name you uploaded to the bucket `photos`.

    Answers at once with `{"generation": {"id", "status", "progress", "images"}, "urls"}`; the same key and body
    answer the same. Quota is spent now and comes back for every picture that never arrives.
    """
    wish = Wish(**body.model_dump())
    async with parts.database.transaction(caller.as_service()) as conn:
        generation_id = await requests.request_generation(conn, wish, key)
    return {"generation": generations.new_generation(generation_id), "urls": {}}


@router.get("/generations/{generation_id}")
async def read_generation(generation_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """The generation with the pictures it has so far, and their signed URL paths, good for one hour.

    `status` is queued, submitting, running, storing, done, failed, moderated, canceled or expired; `progress` 0 to
    100; a failure has an `error_code` such as `photo_required` or `subject_not_found`.
    """
    return await _answer(generation_id, caller, parts)


@router.delete("/generations/{generation_id}")
async def cancel_generation(generation_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Cancel it. Pictures that have arrived stay; the quota of the others comes back."""
    await generations.cancel_generation(parts.database, caller, generation_id)
    return await _answer(generation_id, caller, parts)


@router.get("/quota")
async def read_quota(caller: Caller, parts: PartsOf) -> JsonObject:
    """`{"used", "limit", "remaining", "resets_at", "is_premium"}` of today; 999999 stands for no limit."""
    return await generations.read_quota(parts.database, caller)


@router.post("/images/{image_id}/regenerate", status_code=202)
async def regenerate(
    image_id: Id, caller: Caller, key: IdempotencyKey, parts: PartsOf, body: RegenerateBody | None = None
) -> JsonObject:
    """Make one of your pictures again: `seed` "same" gives it once more, "new" (the default) another take."""
    seed = (body or RegenerateBody()).seed
    async with parts.database.transaction(caller.as_service()) as conn:
        generation_id = await requests.request_again(conn, image_id, seed, key)
    return {"generation": generations.new_generation(generation_id), "urls": {}}


async def _answer(generation_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    generation = await generations.read_generation(parts.database, caller, generation_id)
    urls = generations.signed_urls(parts.own_secret, generation["images"])
    return {"generation": generation, "urls": urls}
