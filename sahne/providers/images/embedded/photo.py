"""A user's photo, from bytes nobody vouches for to upright RGB pixels without any of its metadata."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from sahne.providers.images.embedded.models import Floats
from sahne.providers.images.generator import PHOTO_BYTES_MAX, GenerationRefused, Refusal

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
PIXELS_MAX = 50_000_000  # a 48-megapixel phone passes, a decompression bomb does not
SIDE_PIXELS_MIN = 128
WORKING_SIDE_PIXELS = 1536  # more than any output asks for
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError)


def read_photo(data: bytes) -> Image.Image:
    """Upright RGB, longest side at most `WORKING_SIDE_PIXELS`.

    The size is read from the header and judged before a pixel is decoded.

    Raises:
        GenerationRefused: `photo_unreadable`, `photo_too_large` or `photo_too_small`.
    """
    if len(data) > PHOTO_BYTES_MAX:
        raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as photo:
            if photo.width * photo.height > PIXELS_MAX:
                raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
            if min(photo.size) < SIDE_PIXELS_MIN:
                raise GenerationRefused(Refusal.PHOTO_TOO_SMALL)
            photo.draft("RGB", (WORKING_SIDE_PIXELS, WORKING_SIDE_PIXELS))  # JPEG decodes smaller at once
            return _flat(ImageOps.exif_transpose(photo))
    except GenerationRefused:
        raise
    except UNREADABLE as error:
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE) from error


def pixels_of(picture: Image.Image) -> Floats:
    """Height by width by 3, from 0 to 1."""
    return np.asarray(picture.convert("RGB"), dtype=np.float32) / np.float32(255)


def picture_of(pixels: Floats) -> Image.Image:
    """The way back; values outside 0…1 are clipped."""
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))


def _flat(photo: Image.Image) -> Image.Image:
    if photo.mode in ("RGBA", "LA", "P", "PA"):
        photo = photo.convert("RGBA")
        photo = Image.alpha_composite(Image.new("RGBA", photo.size, (255, 255, 255, 255)), photo)
    photo = photo.convert("RGB")
    photo.thumbnail((WORKING_SIDE_PIXELS, WORKING_SIDE_PIXELS), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", photo.size, photo.tobytes())  # a new picture: nothing but pixels comes along
