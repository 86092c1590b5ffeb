"""The seam to whoever makes pictures: what is asked, what comes back, what may go wrong, as plain values.

One call makes one picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sahne.digital_sources import DigitalSource

SEED_MAX = 2**32 - 1
PHOTO_BYTES_MAX = 20 * 1024 * 1024
IMAGE_SIZES = (
    *("512x512", "768x768", "1024x1024", "768x1024", "1024x768", "576x1024", "1024x576"),
    *("960x1280", "1280x960", "720x1280", "1280x720"),
)
IMAGE_SIZE = "768x768"


class Refusal(StrEnum):
    """Why no picture came, as data: the `error_code` of a generation."""

    PHOTO_REQUIRED = "photo_required"
    PHOTO_UNREADABLE = "photo_unreadable"
    PHOTO_TOO_SMALL = "photo_too_small"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_NOT_FOUND = "photo_not_found"
    SUBJECT_NOT_FOUND = "subject_not_found"
    FACE_NOT_FOUND = "face_not_found"
    MODERATED = "moderated"
    TIMED_OUT = "timed_out"
    STORAGE_FULL = "storage_full"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    BUDGET_SPENT = "budget_spent"
    FAILED = "failed"


class GenerationRefused(Exception):
    """An expected failure: another try with the same input gives the same answer."""

    def __init__(self, reason: Refusal) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture to make. `width`, `height` in pixels; `photo`, `reference` are encoded pictures."""

    prompt: str
    negative_prompt: str | None
    keywords: tuple[str, ...]
    category: str
    seed: int
    width: int
    height: int
    photo: bytes | None = None
    reference: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One finished picture with its thumbnail, both encoded; `source` is how much of it was generated.

    The size between them, `medium`, is made when it is stored.

    `facts` is what the maker says of itself; what it was given and did not heed stands in `facts["unused"]`.
    """

    image: bytes
    image_type: str
    thumbnail: bytes
    thumbnail_type: str
    width: int
    height: int
    seed: int
    model: str
    source: DigitalSource = DigitalSource.TRAINED
    medium: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Progress(Protocol):
    """How a maker tells what it is doing."""

    async def report(self, fraction: float) -> None:
        """This picture is done to `fraction`, 0 to 1. May raise to say that nobody wants it any more."""


class ImageGenerator(Protocol):
    """A maker of pictures."""

    name: str

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        """Make one picture.

        Raises:
            GenerationRefused: it will not be made, and asking again does not help.
        """

    async def close(self) -> None:
        """Give back what the maker holds (models, connections)."""
