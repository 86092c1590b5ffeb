"""Asking for pictures: the request, its quota and its job become real in one transaction, or nothing does."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection
from sahne.database.sql import load_queries
from sahne.image_providers import LOCAL, NO_BUDGET, REMOTE, Budget
from sahne.jobs.defer import defer_job
from sahne.providers.images.generator import IMAGE_SIZE, SEED_MAX
from sahne.studio.errors import (
    BudgetSpent,
    ImageNotFound,
    KeyUsedDifferently,
    PremiumRequired,
    QuotaExceeded,
    SceneNotFound,
    StorageFull,
    TooManyFailures,
    TooManyImages,
)
from sahne.studio.prompts import render_prompt
from sahne.telemetry import observe

MAKE_GENERATION = "make_generation"
QUEUE = "studio"
QUERIES = load_queries(__package__)
REMOTE_QUERIES = load_queries(__package__, "remote.sql")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: `photo_path` is a name in the bucket photos, `seed` None lets chance decide."""

    scene_id: UUID
    photo_path: str | None = None
    _: KW_ONLY
    seed: int | None = None
    image_size: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class GenerationRequested:
    """Somebody asked for pictures."""

    generation_id: str
    scene_id: str
    count: int


async def request_generation(
    conn: Connection,
    wish: Wish,
    key: str,
    *,
    providers: Sequence[str] = LOCAL[:1],
    budget: Budget = NO_BUDGET,
    request: dict[str, Any] | None = None,
    retried_from: UUID | None = None,
    version_id: UUID | None = None,
    reserves: bool = True,
) -> UUID:
    """Ask for pictures as the caller of `conn` (service_role with their claims); answers the generation's id.

    The same `key` with the same request answers the same id and spends nothing. `providers` are those there are, in
    order of fallback; a scene may have an order of its own. `version_id` is the scene's version to make it by, that of
    the day when None. Who asks for several at once `reserves` for them together.

    Raises:
        BudgetSpent, SceneNotFound, PremiumRequired, TooManyFailures, TooManyImages, StorageFull, QuotaExceeded,
            KeyUsedDifferently: nothing was kept.
        psycopg's InsufficientPrivilege: an anonymous sign-in, or a photo that is not theirs.
    """
    request = request or _as_json(wish)
    if earlier := await find_request(conn, key, request):
        return earlier
    scene = await _open_scene(conn, wish, version_id)
    order = order_of(scene["providers"], providers)
    if set(order) <= set(REMOTE):  # nobody here could make it in their stead
        await _refuse_overspending(conn, budget)
    values = {
        "scene_id": wish.scene_id,
        "count": wish.count,
        "photo_path": wish.photo_path,
        "key": key,
        "seed": secrets.randbelow(SEED_MAX + 1) if wish.seed is None else wish.seed,
        "image_size": wish.image_size or IMAGE_SIZE,
        "request": Jsonb(request),
        "retried_from": retried_from,
        "prompt": render_prompt(
            scene["prompt_template"], gender=scene["gender"], style=scene["style_keywords"], category=scene["category"]
        ),
        "negative_prompt": scene["negative_prompt"],
        "version_id": scene["version_id"],
        "variant_id": scene["variant_id"],
    }
    row = await maybe(conn, QUERIES["insert_generation"], values)
    if row is None:  # the same key, at the same moment: the other one is committed now
        return _same_request(await one(conn, QUERIES["find_request"], {"key": key}), request)
    generation_id = UUID(str(row["id"]))
    if reserves:
        await _reserve(conn, generation_id)
    await _hand_over(conn, generation_id, order)
    observe(GenerationRequested(str(generation_id), str(wish.scene_id), wish.count))
    return generation_id


async def request_again(
    conn: Connection,
    image_id: UUID,
    seed: Literal["same", "new"],
    key: str,
    *,
    providers: Sequence[str] = LOCAL[:1],
    budget: Budget = NO_BUDGET,
) -> UUID:
    """Ask for one of the caller's pictures once more: with its seed, the same again, by the version of its scene that
    it was made by; with a new one, another take.

    Raises:
        ImageNotFound, and what `request_generation` raises.
    """
    request = {"image_id": str(image_id), "seed": seed}
    if earlier := await find_request(conn, key, request):
        return earlier
    image = await maybe(conn, QUERIES["find_image_request"], {"id": image_id})
    if image is None or image["scene_id"] is None:
        raise ImageNotFound()
    wish = Wish(
        scene_id=image["scene_id"],
        photo_path=image["photo_path"],
        seed=image["seed"] if seed == "same" else None,
        image_size=image["image_size"],
    )
    return await request_generation(
        conn, wish, key, providers=providers, budget=budget, request=request, retried_from=image["generation_id"],
        version_id=image["scene_version_id"] if seed == "same" else None,
    )  # fmt: skip


async def find_request(conn: Connection, key: str, request: dict[str, Any]) -> UUID | None:
    """The generation the caller asked for with this key.

    Raises:
        KeyUsedDifferently: they asked for something else with it.
    """
    row = await maybe(conn, QUERIES["find_request"], {"key": key})
    return _same_request(row, request) if row else None


def order_of(scene: Sequence[str] | None, providers: Sequence[str]) -> list[str]:
    """Whom to ask in turn: the scene's own order of those there are, else the order given."""
    return [name for name in scene or () if name in providers] or list(providers)


async def make_here(conn: Connection, generation_id: UUID) -> None:
    """Have a worker make what is not made elsewhere, in the caller's transaction."""
    await defer_job(
        conn, MAKE_GENERATION, {"generation_id": str(generation_id)}, queue=QUEUE, lock=lock_of(generation_id)
    )


def lock_of(generation_id: UUID) -> str:
    """The job's lock: one generation is never made twice at the same time."""
    return f"generation:{generation_id}"


async def _refuse_overspending(conn: Connection, budget: Budget) -> None:
    if budget.is_bounded:
        spent = await one(conn, REMOTE_QUERIES["read_spent"])
        if not budget.allows(spent["day"] + 1, spent["month"] + 1):
            raise BudgetSpent(hint="Try again tomorrow, or with another scene.")


async def _hand_over(conn: Connection, generation_id: UUID, order: list[str]) -> None:
    """To the lane of who is asked first: elsewhere it waits in a row, here in the queue."""
    if order[0] in REMOTE:
        await conn.execute(REMOTE_QUERIES["ask_remote"], {"id": generation_id, "providers": order})
    else:
        await make_here(conn, generation_id)


def _same_request(row: dict[str, Any], request: dict[str, Any]) -> UUID:
    if row["request"] != request:
        raise KeyUsedDifferently(hint="Send a new key for a new request.")
    return UUID(str(row["id"]))


async def _open_scene(conn: Connection, wish: Wish, version_id: UUID | None) -> dict[str, Any]:
    values = {"scene_id": wish.scene_id, "count": wish.count, "version_id": version_id}
    scene = await maybe(conn, QUERIES["find_scene"], values)
    if scene is None:
        raise SceneNotFound(details={"scene_id": str(wish.scene_id)})
    if scene["is_locked"]:
        raise PremiumRequired(hint="Choose a scene whose is_premium is false.")
    if scene["is_exhausted"]:
        raise TooManyFailures(hint="Try again tomorrow, with another photo.")
    if wish.count > scene["images_per_generation_max"]:
        raise TooManyImages(hint=f"At most {scene['images_per_generation_max']}.")
    if scene["is_full"]:
        raise StorageFull(hint="Remove photos or pictures first.")
    return scene


async def _reserve(conn: Connection, generation_id: UUID) -> None:
    reservation = await maybe(conn, QUERIES["reserve_quota"], {"id": generation_id})
    if reservation is None or not reservation["reserved"]:
        quota = await one(conn, QUERIES["read_quota"])
        raise QuotaExceeded(details=quota, hint=f"It starts anew at {quota['resets_at'].isoformat()}.")


def _as_json(wish: Wish) -> dict[str, Any]:
    return {
        "scene_id": str(wish.scene_id),
        "photo_path": wish.photo_path,
        "seed": wish.seed,
        "image_size": wish.image_size,
        "count": wish.count,
    }
