"""A picture as a provider sends it: looked at to the end, measured, and a thumbnail made. The worker alone does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image

from sahne.avif.sizes import pixels_when_decoded
from sahne.pictures import picture_type
from sahne.providers.images.generator import GenerationRefused, Refusal

PIXELS_MAX = 4096 * 4096
THUMBNAIL_SIDE_PIXELS = 320
MEDIUM_SIDE_PIXELS = 768
SMALLER_TYPE = "image/webp"
DECODERS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/avif": "AVIF"}


def measured(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    """Its media type, its width and height, and its thumbnail as WebP.

    Raises:
        GenerationRefused: it is no whole picture of a kind that is kept.
    """
    kind = picture_type(data)
    with _opened(data) as picture:
        return str(kind), picture.size, _shrunk(picture, THUMBNAIL_SIDE_PIXELS)


def smaller(data: bytes, side: int) -> bytes:
    """The picture as WebP with at most `side` pixels on its long side; nothing but the pixels comes along.

    Raises:
        GenerationRefused: it is no whole picture of a kind that is kept.
    """
    with _opened(data) as picture:
        return _shrunk(picture, side)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    kind = picture_type(data) or ""
    decoder = DECODERS.get(kind)
    if decoder is None or (kind == "image/avif" and pixels_when_decoded(data) > PIXELS_MAX):
        raise GenerationRefused(Refusal.FAILED)
    try:
        with Image.open(BytesIO(data), formats=[decoder]) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise GenerationRefused(Refusal.FAILED)
            yield picture
    except (OSError, SyntaxError, ValueError) as error:  # what a decoder stumbles over
        raise GenerationRefused(Refusal.FAILED) from error


def _shrunk(picture: Image.Image, side: int) -> bytes:
    small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
