"""A picture as a provider sends it: looked at to the end, measured, and a thumbnail made. The worker alone does it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from sahne.pictures import picture_type
from sahne.providers.images.generator import GenerationRefused, Refusal

PIXELS_MAX = 4096 * 4096
THUMBNAIL_SIDE_PIXELS = 320
DECODERS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def measured(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    """Its media type, its width and height, and its thumbnail as WebP.

    Raises:
        GenerationRefused: it is no whole picture of a kind that is kept.
    """
    kind = picture_type(data)
    if kind not in DECODERS:
        raise GenerationRefused(Refusal.FAILED)
    try:
        with Image.open(BytesIO(data), formats=[DECODERS[kind]]) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise GenerationRefused(Refusal.FAILED)
            small = picture.convert("RGB")
            small.thumbnail((THUMBNAIL_SIDE_PIXELS, THUMBNAIL_SIDE_PIXELS), Image.Resampling.LANCZOS)
            out = BytesIO()
            small.save(out, "WEBP", quality=82, method=4)
            return kind, picture.size, out.getvalue()
    except (OSError, SyntaxError, ValueError) as error:  # what a decoder stumbles over
        raise GenerationRefused(Refusal.FAILED) from error
