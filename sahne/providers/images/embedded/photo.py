"""A user's photo, from bytes nobody vouches for to upright sRGB pixels without any of its metadata."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from sahne.avif.sizes import pixels_when_decoded
from sahne.pictures import picture_type
from sahne.providers.images.embedded.models import Floats
from sahne.providers.images.embedded.srgb import in_eight_bits, in_srgb, on_white, upright
from sahne.providers.images.generator import PHOTO_BYTES_MAX, GenerationRefused, Refusal

DECODERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF"}
PIXELS_MAX = 50_000_000  # a 48-megapixel phone passes, a decompression bomb does not
SIDE_PIXELS_MIN = 128
WORKING_SIDE_PIXELS = 1280  # as large as the largest output

SCANS_MAX = 50  # a progressive JPEG has about ten; each goes over every pixel, so that small files could take hours

JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
# Two things that may stand where a JPEG's end is missing: nothing, and bits that would be other pixels.
STAND_INS = (JPEG_END, b"\x55" * 64 + JPEG_END)


def read_photo(data: bytes) -> Image.Image:
    """Upright sRGB, on white where it is transparent, longest side at most `WORKING_SIDE_PIXELS`.

    The size is read from the header and judged before a pixel is decoded.

    Raises:
        GenerationRefused: `photo_unreadable`, `photo_too_large` or `photo_too_small`.
    """
    if len(data) > PHOTO_BYTES_MAX:
        raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
    try:
        return _decoded_to_the_end(data)
    except GenerationRefused:
        raise
    except Image.DecompressionBombError as error:
        raise GenerationRefused(Refusal.PHOTO_TOO_LARGE) from error
    except Exception as error:  # whatever a decoder stumbles over lies in the file: another try finds it there again
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE) from error


def pixels_of(picture: Image.Image) -> Floats:
    """Height by width by 3, from 0 to 1."""
    return np.asarray(picture.convert("RGB"), dtype=np.float32) / np.float32(255)


def picture_of(pixels: Floats) -> Image.Image:
    """The way back; values outside 0…1 are clipped."""
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))


def _decoded_to_the_end(data: bytes) -> Image.Image:
    """A JPEG that lost its last bytes is read if these were no pixels, that is, if others change nothing."""
    try:
        return _decode(data)
    except OSError:
        if picture_type(data) != "image/jpeg":
            raise
    one, other = (_decode(data.rstrip(b"\xff") + stand_in) for stand_in in STAND_INS)
    if one.tobytes() != other.tobytes():
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE)
    return one


def _decode(data: bytes) -> Image.Image:
    kind = picture_type(data)
    if kind not in DECODERS:
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE)
    if kind == "image/avif" and pixels_when_decoded(data) > PIXELS_MAX:
        raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
    with Image.open(BytesIO(data), formats=[DECODERS[kind]]) as photo:
        if photo.width * photo.height > PIXELS_MAX:
            raise GenerationRefused(Refusal.PHOTO_TOO_LARGE)
        shrunk = max(1.0, max(photo.size) / WORKING_SIDE_PIXELS)
        if min(photo.size) / shrunk < SIDE_PIXELS_MIN:  # also of a long thin one, of which nothing would be left
            raise GenerationRefused(Refusal.PHOTO_TOO_SMALL)
        if kind == "image/jpeg" and data.count(JPEG_SCAN) > SCANS_MAX:
            raise GenerationRefused(Refusal.PHOTO_UNREADABLE)
        photo.draft(None, (WORKING_SIDE_PIXELS, WORKING_SIDE_PIXELS))  # JPEG decodes smaller at once
        photo.load()
        small = in_eight_bits(photo, data)
        small.thumbnail((WORKING_SIDE_PIXELS, WORKING_SIDE_PIXELS), Image.Resampling.LANCZOS)
        picture = upright(on_white(in_srgb(small, photo, data)), photo)
    return Image.frombytes("RGB", picture.size, picture.tobytes())  # a new picture: nothing but pixels comes along
