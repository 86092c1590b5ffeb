"""Types of content: what one looks like, which a bucket takes, and what a picture truly is."""

from __future__ import annotations

import re

from sahne.objects.errors import InvalidMimeType, PictureNotTaken
from sahne.pictures import PICTURE_TYPES, picture_type

_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_WITH_PARAMETERS = re.compile(rf"{_TOKEN}/{_TOKEN} *(;[\x20-\x7e]{{0,200}})?")
_OTHER_NAMES = {"image/jpg": "image/jpeg", "image/heif": "image/heic"}
_PATTERN = re.compile(rf"(\*|{_TOKEN})/(\*|{_TOKEN})")


def allow_mimetype(mimetype: str, allowed: list[str] | None) -> None:
    """Let a type pass that is one, and that `allowed` names (`image/png`, `image/*`); no list allows all.

    Raises:
        InvalidMimeType: otherwise.
    """
    if not _WITH_PARAMETERS.fullmatch(mimetype):
        raise InvalidMimeType(mimetype[:200].encode("ascii", "replace").decode())
    if allowed and not any(_matches(_essence(mimetype), pattern.lower()) for pattern in allowed):
        raise InvalidMimeType(mimetype, allowed)


def true_type(declared: str, head: bytes, allowed: list[str]) -> str:
    """The type of what begins with `head` in a bucket for pictures: as declared if that is so, else what the bytes say.

    Cameras and browsers go by the end of a name and are often wrong. A declared type whose bytes have no mark (SVG)
    is believed.

    Raises:
        PictureNotTaken: the bytes are not what is declared, and nothing else the bucket takes.
    """
    found = picture_type(head)
    said = _OTHER_NAMES.get(_essence(declared), _essence(declared))
    if found == said or (found is None and said not in PICTURE_TYPES):
        return declared
    if found is None or not any(_matches(found, pattern.lower()) for pattern in allowed):
        raise PictureNotTaken(declared, found, allowed)
    return found


def is_pattern(pattern: str) -> bool:
    """Whether a bucket may name this among what it takes."""
    return bool(_PATTERN.fullmatch(pattern))


def _matches(essence: str, pattern: str) -> bool:
    kind, _, rest = pattern.partition("/")
    return pattern in (essence, "*/*") or (rest == "*" and essence.startswith(f"{kind}/"))


def _essence(mimetype: str) -> str:
    return mimetype.partition(";")[0].strip().lower()
