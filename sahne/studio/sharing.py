"""Collections of pictures, and links that show one picture or a collection to whoever has them.

A link's token is told once, to who asks for it, and kept as a hash. Collections can be shared as pictures are.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.refusals import refusals
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.names import Place
from sahne.studio.generations import IMAGES_BUCKET, signed_url
from sahne.studio.pictures import GALLERY_QUERIES

TOKEN_BYTES = 24
SHARE_DAYS = 30
SHARE_DAYS_MAX = 90

Answer = dict[str, Any]
Shared = Literal["image", "collection"]


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a link shows it: an object of a bounded size, and the pixels of the whole one, as far as known."""

    place: Place
    size: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows; `name` is the scene's or the collection's."""

    name: str | None
    pictures: tuple[ShownPicture, ...]


async def share(pipeline: Pipeline, actor: Actor, what: Shared, id: UUID, days: int) -> tuple[Answer, str]:
    """`{"share": row}` of a new link, and its token, which nobody can tell later."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    verb = "share_image" if what == "image" else "share_collection"
    return await ask(pipeline, actor, verb, id=id, token_hash=_hash_of(token), days=days), token


async def own_shares(pipeline: Pipeline, actor: Actor, image_id: UUID | None, collection_id: UUID | None) -> Answer:
    """`{"shares": [row]}`: the actor's links that open something, with how often each was opened."""
    return await ask(pipeline, actor, "own_shares", image_id=image_id, collection_id=collection_id)


async def revoke_share(pipeline: Pipeline, actor: Actor, share_id: UUID) -> Answer:
    """`{"share": row}`: the link opens nothing from now on."""
    return await ask(pipeline, actor, "revoke_share", share_id=share_id)


async def shown_by_link(pipeline: Pipeline, token: str) -> Shown | None:
    """What a link shows; None when it is over, taken back, or never was."""
    result = await pipeline.run(
        SERVICE, GALLERY_QUERIES["shown_by_link"], {"token_hash": _hash_of(token)}, read_only=True
    )
    shown = result.json()
    if shown is None:
        return None
    pictures = (ShownPicture(Place(IMAGES_BUCKET, each["name"]), each["size"]) for each in shown["pictures"])
    return Shown(shown["name"], tuple(pictures))


async def count_view(pipeline: Pipeline, token: str) -> None:
    """Somebody opened the page of a link."""
    await pipeline.run(SERVICE, GALLERY_QUERIES["count_view"], {"token_hash": _hash_of(token)})


async def own_collections(pipeline: Pipeline, actor: Actor, secret: str) -> Answer:
    """`{"collections": [{…, "cover"}]}` in their order; `cover` is a path that is open for an hour."""
    answer = await ask(pipeline, actor, "own_collections")
    return {"collections": [_with_cover(each, secret) for each in answer["collections"]]}


async def add_collection(pipeline: Pipeline, actor: Actor, secret: str, name: str) -> Answer:
    """`{"collection": {…, "cover"}}`: a new one, behind the others."""
    return _shown_collection(await ask(pipeline, actor, "add_collection", name=name), secret)


async def edit_collection(
    pipeline: Pipeline, actor: Actor, secret: str, collection_id: UUID, fields: dict[str, Any]
) -> Answer:
    """`{"collection": {…, "cover"}}` with another name, cover or place."""
    answer = await ask(pipeline, actor, "edit_collection", collection_id=collection_id, fields=fields)
    return _shown_collection(answer, secret)


async def drop_collection(pipeline: Pipeline, actor: Actor, secret: str, collection_id: UUID) -> Answer:
    """`{"collection": {…, "cover"}}` as it was."""
    return _shown_collection(await ask(pipeline, actor, "drop_collection", collection_id=collection_id), secret)


async def fill_collection(
    pipeline: Pipeline, actor: Actor, secret: str, collection_id: UUID, image_ids: list[UUID], *, put_in: bool
) -> Answer:
    """`{"collection": {…, "cover"}}` with these pictures put in, or taken out."""
    verb = "put_in_collection" if put_in else "take_out_of_collection"
    answer = await ask(pipeline, actor, verb, collection_id=collection_id, image_ids=tuple(image_ids))
    return _shown_collection(answer, secret)


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `gallery.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), GALLERY_QUERIES[verb], values)
    answer: Answer = result.json()
    return answer


def fold_views_task(database: Database) -> Scheduled:
    """Every minute: views of links that wait are added up."""

    async def fold_views(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            await one(conn, GALLERY_QUERIES["fold_share_views"])

    return Scheduled(
        Task(name="fold_share_views", queue=HOUSEKEEPING, run=fold_views, attempts_max=1),
        "* * * * *",
        "views of shared links are added up",
    )


def _shown_collection(answer: Answer, secret: str) -> Answer:
    return {"collection": _with_cover(answer["collection"], secret)}


def _with_cover(collection: Answer, secret: str) -> Answer:
    cover = signed_url(secret, collection.pop("cover_url"))
    return {**collection, "cover": cover}


def _hash_of(token: str) -> str:
    return "\\x" + hashlib.sha256(token.encode()).hexdigest()
