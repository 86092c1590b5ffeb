"""`studio/…`: asking for pictures, watching them come, changing one's mind, the day's quota."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.gateway.functions.bodies import GenerationWish, Regeneration
from sahne.gateway.functions.gallery_answers import BatchAnswer
from sahne.gateway.functions.gallery_bodies import Batch, Variations
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    BATCH_NOT_FOUND,
    FORBIDDEN,
    GENERATION_ENDED,
    GENERATION_NOT_FOUND,
    IMAGE_NOT_FOUND,
    NOTHING_TO_RETRY,
    OF_ACCOUNTS,
    OF_REQUESTS,
    PHOTO_GONE,
    SCENE_NOT_FOUND,
)
from sahne.gateway.functions.studio_answers import GenerationAnswer, PictureMakers, Quota, SceneMakingAnswer
from sahne.studio import batches, generations, makers, requests, scene_making
from sahne.studio.batches import BatchWish
from sahne.studio.requests import Wish


@operation(
    "POST",
    "studio/generations",
    answer=GenerationAnswer,
    who=Who.NAMED,
    status=202,
    refuses=(*OF_ACCOUNTS, *OF_REQUESTS, FORBIDDEN),
)
async def request_generation(call: Call, body: GenerationWish, key: str) -> Answer:
    """Ask for `count` pictures of a scene. `photo_path` is a name you uploaded to the bucket `photos`.

    Answers at once; the same key and body answer the same. Quota is spent now and comes back for every picture that
    never arrives.
    """
    wish = Wish(**body.model_dump())
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        generation_id = await requests.request_generation(conn, wish, key, **_makers(call))
    return {"generation": generations.new_generation(generation_id), "urls": {}}


@operation(
    "GET",
    "studio/generations/{generation_id}",
    answer=GenerationAnswer,
    who=Who.OWNER,
    refuses=(GENERATION_NOT_FOUND,),
)
async def read_generation(call: Call, generation_id: UUID) -> Answer:
    """The generation with the pictures it has so far, and their signed URL paths, good for one hour.

    `progress` goes from 0 to 100; until it ends, `estimate` says between how many seconds that will be, where the last
    ones tell it; a failure has an `error_code` such as `photo_required` or `subject_not_found`. At its end
    `photo_kept_until` says when its photo goes; null is when it is gone, used by another, or stays.
    """
    return await _answer(call, generation_id)


@operation(
    "DELETE",
    "studio/generations/{generation_id}",
    answer=GenerationAnswer,
    who=Who.OWNER,
    refuses=(*OF_ACCOUNTS, GENERATION_ENDED, GENERATION_NOT_FOUND),
)
async def cancel_generation(call: Call, generation_id: UUID) -> Answer:
    """Cancel it. Pictures that have arrived stay; the quota of the others comes back."""
    await generations.cancel_generation(call.parts.database, call.actor, generation_id)
    return await _answer(call, generation_id)


@operation("GET", "studio/makers", answer=PictureMakers, who=Who.SIGNED_IN)
async def list_makers(call: Call) -> Answer:
    """Who makes the pictures: what each heeds, whether your photo leaves the server for it, and its models.

    The first one is asked first; a scene may have an order of its own.
    """
    capabilities = {name: provider.capabilities for name, provider in call.parts.image_providers.items()}
    return await makers.list_makers(call.parts.database, call.parts.settings.image_provider_names, capabilities)


@operation(
    "GET",
    "studio/scenes/{scene_id}/making",
    answer=SceneMakingAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, SCENE_NOT_FOUND),
)
async def read_scene_making(call: Call, scene_id: UUID) -> Answer:
    """How pictures of a scene would be made for you: by whom, whether your photo leaves this server and to which
    company, what becomes of the face, which sizes, how long. To be shown before somebody asks for one."""
    parts = call.parts
    elsewhere = {name: provider.capabilities for name, provider in parts.image_providers.items()}
    names = parts.settings.image_provider_names
    return await scene_making.read_scene_making(parts.pipeline, call.actor, scene_id, names, elsewhere)


@operation("GET", "studio/quota", answer=Quota, who=Who.SIGNED_IN)
async def read_quota(call: Call) -> Answer:
    """Today's pictures: how many are made, and how many are left."""
    return await generations.read_quota(call.parts.database, call.actor)


@operation(
    "POST",
    "studio/images/{image_id}/regenerate",
    answer=GenerationAnswer,
    who=Who.OWNER,
    status=202,
    refuses=(*OF_ACCOUNTS, *OF_REQUESTS, FORBIDDEN, IMAGE_NOT_FOUND, PHOTO_GONE),
)
async def regenerate(call: Call, image_id: UUID, body: Regeneration | None, key: str) -> Answer:
    """Make one of your pictures again: `seed` "same" gives it once more, "new" (the default) another take."""
    seed = (body or Regeneration()).seed
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        generation_id = await requests.request_again(conn, image_id, seed, key, **_makers(call))
    return {"generation": generations.new_generation(generation_id), "urls": {}}


@operation(
    "POST",
    "studio/generations/{generation_id}/retry",
    answer=GenerationAnswer,
    who=Who.OWNER,
    status=202,
    refuses=(*OF_ACCOUNTS, *OF_REQUESTS, FORBIDDEN, GENERATION_NOT_FOUND, NOTHING_TO_RETRY, PHOTO_GONE),
)
async def retry_generation(call: Call, generation_id: UUID, key: str) -> Answer:
    """Ask once more for what failed or expired, as it was asked for."""
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        new_id = await batches.retry_generation(conn, generation_id, key, **_makers(call))
    return {"generation": generations.new_generation(new_id), "urls": {}}


@operation(
    "POST",
    "studio/images/{image_id}/variations",
    answer=GenerationAnswer,
    who=Who.OWNER,
    status=202,
    refuses=(*OF_ACCOUNTS, *OF_REQUESTS, FORBIDDEN, IMAGE_NOT_FOUND, PHOTO_GONE),
)
async def request_variations(call: Call, image_id: UUID, body: Variations | None, key: str) -> Answer:
    """Make `count` other takes of one of your pictures: the same photo and scene, other seeds."""
    count = (body or Variations()).count
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        generation_id = await batches.request_variations(conn, image_id, count, key, **_makers(call))
    return {"generation": generations.new_generation(generation_id), "urls": {}}


@operation(
    "POST",
    "studio/batches",
    answer=BatchAnswer,
    who=Who.NAMED,
    status=202,
    refuses=(*OF_ACCOUNTS, *OF_REQUESTS, FORBIDDEN),
)
async def request_batch(call: Call, body: Batch, key: str) -> Answer:
    """Ask for one photo in up to eight scenes at once: all of them, or none. Where the day's quota does not reach,
    `fits` says for how many scenes it would."""
    wish = BatchWish(**body.model_dump())
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        batch_id = await batches.request_batch(conn, wish, key, **_makers(call))
    return await _batch(call, batch_id)


@operation("GET", "studio/batches/{batch_id}", answer=BatchAnswer, who=Who.OWNER, refuses=(BATCH_NOT_FOUND,))
async def read_batch(call: Call, batch_id: UUID) -> Answer:
    """The generations of a batch, each with the pictures it has so far."""
    return await _batch(call, batch_id)


async def _batch(call: Call, batch_id: UUID) -> Answer:
    made = await batches.read_batch(call.parts.database, call.actor, batch_id)
    images = [image for generation in made for image in generation["images"]]
    return {
        "batch": {"id": batch_id, "generations": made},
        "urls": generations.signed_urls(call.parts.own_secret, images),
    }


def _makers(call: Call) -> dict[str, Any]:
    """Who may be asked, and for how much."""
    settings = call.parts.settings
    return {"providers": settings.image_provider_names, "budget": settings.image_budget}


async def _answer(call: Call, generation_id: UUID) -> Answer:
    generation = await generations.read_generation(call.parts.database, call.actor, generation_id)
    urls = generations.signed_urls(call.parts.own_secret, generation["images"])
    return {"generation": generation, "urls": urls}


OPERATIONS = (
    request_generation,
    read_generation,
    cancel_generation,
    retry_generation,
    request_batch,
    read_batch,
    list_makers,
    read_scene_making,
    read_quota,
    regenerate,
    request_variations,
)
