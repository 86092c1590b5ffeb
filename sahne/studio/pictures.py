"""Somebody's gallery: which of their pictures are looked for, page by page, and what they do with many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne.database.actor import Actor
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.studio.generations import signed_url, signed_urls
from sahne.studio.photos import PHOTOS_BUCKET

GALLERY_QUERIES = load_queries(__package__, "gallery.sql")
PLACE_MAX = 2**53 - 1  # exact as a float, and in the year 2255
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPictures:
    """Which pictures: of a scene, a category, a collection, a month (its first day); None where it does not matter.

    `words` are looked for in the scene's name. `after` is the place where the page before ended.
    """

    oldest_first: bool
    favorites: bool
    scene_id: UUID | None
    category: str | None
    collection_id: UUID | None
    month: date | None
    words: str | None
    after: str | None
    limit: int


async def list_pictures(database: Database, actor: Actor, secret: str, wanted: WantedPictures) -> dict[str, Any]:
    """`{"images": [row], "scenes": [{"id", "name", "category"}], "urls": {id: paths}, "next"}` of the actor's own.

    The paths of a picture have its `photo` too, while that is kept. `next` is None at the end.
    """
    after_at, after_id = _moment_of(wanted.after) if wanted.after else (None, None)
    values = {
        "after_at": after_at,
        "after_id": after_id,
        "month": wanted.month,
        "limit": wanted.limit + 1,
        "wanted": Jsonb(
            {
                "favorites": wanted.favorites,
                "scene_id": str(wanted.scene_id) if wanted.scene_id else None,
                "collection_id": str(wanted.collection_id) if wanted.collection_id else None,
                "category": wanted.category,
                "words": wanted.words,
            }
        ),
    }
    listed = "list_oldest" if wanted.oldest_first else "list_newest"
    async with database.transaction(actor.as_service()) as conn:
        rows = await every(conn, GALLERY_QUERIES[listed], values)
    page = rows[: wanted.limit]
    scenes, photos = {}, {}
    for row in page:
        name, category, has_photo = row.pop("scene_name"), row.pop("scene_category"), row.pop("has_photo")
        if row["scene_id"] is not None:
            scenes[row["scene_id"]] = {"id": row["scene_id"], "name": name, "category": category}
        photos[str(row["id"])] = signed_url(secret, row["original_photo_url"], PHOTOS_BUCKET) if has_photo else None
    urls = {id: {**paths, "photo": photos[id]} for id, paths in signed_urls(secret, page).items()}
    more = _place_of(page[-1]) if len(rows) > wanted.limit else None
    return {"images": page, "scenes": list(scenes.values()), "urls": urls, "next": more}


async def delete_pictures(database: Database, actor: Actor, ids: list[UUID]) -> list[UUID]:
    """Which of these pictures were the actor's, and are gone now; their files go within a minute."""
    async with database.transaction(actor) as conn:
        rows = await every(conn, GALLERY_QUERIES["delete_images"], {"ids": ids})
    return [row["id"] for row in rows]


async def mark_pictures(database: Database, actor: Actor, ids: list[UUID], *, is_favorite: bool) -> list[UUID]:
    """Which of these pictures are the actor's, and favourites now, or none."""
    async with database.transaction(actor) as conn:
        rows = await every(conn, GALLERY_QUERIES["mark_images"], {"ids": ids, "is_favorite": is_favorite})
    return [row["id"] for row in rows]


def _place_of(row: dict[str, Any]) -> str:
    """Microseconds since 1970 and the id: no two pictures have one place."""
    return f"{(row['created_at'] - _BEGINNING) // _MICROSECOND}_{row['id']}"


def _moment_of(place: str) -> tuple[datetime, UUID]:
    at, _, id = place.partition("_")
    return _BEGINNING + min(max(int(float(at)), 0), PLACE_MAX) * _MICROSECOND, UUID(id)
