"""What may be asked of a picture: its size, how it fits, its quality and format; as words in URLs and in tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeVar, get_args

from sahne.objects.errors import InvalidParameter

SIDE_PIXELS_MAX = 2500  # a larger wish is this one
QUALITY_MIN, QUALITY_MAX = 20, 100
NUMBER_DIGITS_MAX = 6

Resize = Literal["cover", "contain", "fill"]
Format = Literal["origin", "webp", "avif"]
RESIZES: tuple[Resize, ...] = get_args(Resize)
FORMATS: tuple[Format, ...] = get_args(Format)

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """A wish. A side that is None follows from the other; no format is whatever the client shows best.

    `cover` fills the size and cuts off what stands over, `contain` stays within it, `fill` distorts.
    """

    width: int | None = None
    height: int | None = None
    resize: Resize = "cover"
    quality: int | None = None
    format: Format | None = None

    def __str__(self) -> str:
        """`width:100,resize:cover`; `transform_in` reads it."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ",".join(f"{name}:{value}" for name, value in named if value is not None)


def transform_from(wishes: Mapping[str, object], where: str = "querystring") -> Transform:
    """A transform from parameters of a URL or the object in a body; names that are not known are passed over.

    Raises:
        InvalidParameter
    """
    quality = _whole(wishes, "quality", where)
    if quality is not None and not QUALITY_MIN <= quality <= QUALITY_MAX:
        raise InvalidParameter(f"{where}/quality must be between {QUALITY_MIN} and {QUALITY_MAX}")
    return Transform(
        width=_side(_whole(wishes, "width", where)),
        height=_side(_whole(wishes, "height", where)),
        resize=_one_of(RESIZES, wishes, "resize", where) or "cover",
        quality=quality,
        format=_one_of(FORMATS, wishes, "format", where),
    )


def transform_in(text: str) -> Transform:
    """What `str(transform)` wrote."""
    return transform_from(dict(pair.split(":", 1) for pair in text.split(",") if ":" in pair), "token")


def _one_of(words: tuple[Word, ...], wishes: Mapping[str, object], name: str, where: str) -> Word | None:
    wish = wishes.get(name)
    if wish is None:
        return None
    word = next((word for word in words if word == wish), None)
    if word is None:
        raise InvalidParameter(f"{where}/{name} must be one of {', '.join(words)}")
    return word


def _whole(wishes: Mapping[str, object], name: str, where: str) -> int | None:
    wish = wishes.get(name)
    if wish is None:
        return None
    text = str(wish)
    if isinstance(wish, bool) or not (text.isascii() and text.isdecimal()) or len(text) > NUMBER_DIGITS_MAX:
        raise InvalidParameter(f"{where}/{name} must be integer")
    return int(text)


def _side(wish: int | None) -> int | None:
    return min(wish, SIDE_PIXELS_MAX) if wish else None
