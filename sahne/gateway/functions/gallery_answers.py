"""What operations of the gallery answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import Picture, Share
from sahne.gateway.functions.studio_answers import Generation, PictureUrls


class GalleryUrls(PictureUrls):
    """Signed paths, and the one to the photo while that is kept."""

    photo: str | None


class SceneOfPictures(TypedDict):
    """The scene that pictures are of, also when it is not offered any more."""

    id: UUID
    name: str
    category: str


class GalleryAnswer(TypedDict):
    """A page of pictures; `next` is the `after` of the page that follows, null at the end."""

    images: list[Picture]
    scenes: list[SceneOfPictures]
    urls: dict[str, GalleryUrls]
    next: str | None


class PicturesDeleted(TypedDict):
    """Which were yours, and are gone."""

    deleted: list[UUID]


class PicturesMarked(TypedDict):
    """Which are yours, and are as you said."""

    marked: list[UUID]


class Collection(TypedDict):
    """A collection, how many pictures are in it, and the path of the one it shows itself by."""

    id: UUID
    name: str
    cover_image_id: UUID | None
    order_index: int
    created_at: datetime
    images: int
    cover: str | None


class CollectionAnswer(TypedDict):
    """A collection."""

    collection: Collection


class Collections(TypedDict):
    """In their order."""

    collections: list[Collection]


class ShareAnswer(TypedDict):
    """A link without its token, which nobody knows any more."""

    share: Share


class NewShareAnswer(TypedDict):
    """A new link. Its token is told this once."""

    share: Share
    token: str
    url: str


class Shares(TypedDict):
    """Links that open something, the newest first."""

    shares: list[Share]


class BatchOfGenerations(TypedDict):
    """A batch and its generations, in the order of the scenes that were asked for."""

    id: UUID
    generations: list[Generation]


class BatchAnswer(TypedDict):
    """A batch, and by picture the paths to its files."""

    batch: BatchOfGenerations
    urls: dict[str, PictureUrls]
