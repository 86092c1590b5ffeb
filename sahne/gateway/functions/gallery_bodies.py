"""What the gallery's operations are asked with: bodies, and the query string of a page of pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from sahne.gateway.functions.bodies import AN_ID, COUNT_MAX, PHOTO_PATH_CHARACTERS_MAX, StrictBody
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.query_strings import WORDS_CHARACTERS_MAX, StrictQuery
from sahne.gateway.functions.values import Category, CollectionName, Month, OrderIndex, Place
from sahne.providers.images.generator import IMAGE_SIZES
from sahne.studio.batches import SCENES_MAX
from sahne.studio.sharing import SHARE_DAYS, SHARE_DAYS_MAX

PICTURES_MAX = 200
PICTURES_ROWS_MAX = 100


def as_in(**example: Any) -> ConfigDict:
    """As the documents show it."""
    return ConfigDict(json_schema_extra={"examples": [example]})


Pictures = Annotated[list[Id], Field(min_length=1, max_length=PICTURES_MAX)]


class GalleryPage(StrictQuery):
    """Which pictures, in which order, and those after a place, the `next` of the page before."""

    order: Literal["newest", "oldest"] = "newest"
    favorites: bool = False
    scene_id: Id | None = None
    category: Category | None = None
    collection_id: Id | None = None
    month: Month | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=WORDS_CHARACTERS_MAX)] = None
    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=PICTURES_ROWS_MAX)] = 30


class SharesPage(StrictQuery):
    """Of which picture or collection; of all when left out."""

    image_id: Id | None = None
    collection_id: Id | None = None


class ChosenPictures(StrictBody):
    """Pictures by their ids; those that are not yours are passed over."""

    model_config = as_in(ids=[AN_ID])

    ids: Pictures


class FavoriteMark(ChosenPictures):
    """Pictures that become favourites, or are none any more."""

    model_config = as_in(ids=[AN_ID], is_favorite=True)

    is_favorite: StrictBool


class NewShare(StrictBody):
    """For how many days the link opens."""

    model_config = as_in(days=30)

    days: Annotated[StrictInt, Field(ge=1, le=SHARE_DAYS_MAX)] = SHARE_DAYS


class NewCollection(StrictBody):
    """What it is called."""

    model_config = as_in(name="Summer")

    name: CollectionName


class CollectionEdit(StrictBody):
    """What changes of a collection; a field left out stays as it is. The cover is one of its pictures."""

    model_config = as_in(name="Late summer", order_index=0)

    name: CollectionName = ""
    cover_image_id: Id | None = None
    order_index: OrderIndex = 0


class Variations(StrictBody):
    """How many other takes."""

    model_config = as_in(count=2)

    count: Annotated[StrictInt, Field(ge=1, le=COUNT_MAX)] = 1


class Batch(StrictBody):
    """One photo in several scenes, and how many pictures of each."""

    model_config = as_in(scene_ids=[AN_ID], count=1)

    scene_ids: Annotated[list[Id], Field(min_length=1, max_length=SCENES_MAX)]
    photo_path: Annotated[str | None, Field(min_length=1, max_length=PHOTO_PATH_CHARACTERS_MAX)] = None
    image_size: Literal[*IMAGE_SIZES] | None = None  # type: ignore[valid-type]
    count: Annotated[StrictInt, Field(ge=1, le=COUNT_MAX)] = 1
