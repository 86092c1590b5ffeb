"""What operations of the studio answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import GenerationStatus, Picture


class Estimate(TypedDict):
    """Between how many seconds it will be done, by how long the last ones took."""

    seconds_min: int
    seconds_max: int


class Generation(TypedDict):
    """A request for pictures: how far it is, how many are `ahead` while it waits, its pictures or why none came."""

    id: UUID
    status: GenerationStatus
    progress: int
    ahead: NotRequired[int]
    estimate: NotRequired[Estimate]
    error_code: NotRequired[str]
    images: list[Picture]


class PictureUrls(TypedDict):
    """Signed paths, open to whoever has them for one hour; `medium` has at most 768 pixels on its long side, of an old
    picture all it has."""

    image: str | None
    medium: str | None
    thumbnail: str | None


class GenerationAnswer(TypedDict):
    """A generation, and by picture the paths to its files."""

    generation: Generation
    urls: dict[str, PictureUrls]


class MakersModel(TypedDict):
    """A model: whether it works on a photo or on words alone, and what one picture costs whoever runs the server."""

    name: str
    photo: bool
    cost_microdollars: int


class PictureMaker(TypedDict):
    """What a maker of pictures heeds, and whether a photo leaves the server for it."""

    name: str
    text_prompt: bool
    photo: bool
    seed: bool
    photo_leaves: bool
    models: list[MakersModel]


class PictureMakers(TypedDict):
    """In the order in which they are asked."""

    makers: list[PictureMaker]


class Quota(TypedDict):
    """Today's pictures; 999999 stands for no limit."""

    used: int
    limit: int
    remaining: int
    resets_at: datetime
    is_premium: bool
