"""A photo as a pipeline is given it: upright, bare, and of the picture's size, with the face in it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from sahne.providers.images.embedded.faces import find_face
from sahne.providers.images.embedded.models import Models
from sahne.providers.images.embedded.photo import read_photo
from sahne.providers.images.generator import GenerationRefused

FACE_AT = 0.41  # of the frame, from above, as the studio sets it
NO_FACE_AT = (0.5, 0.4)  # of the photo: what is looked at where there is none


def framed(data: bytes, width: int, height: int, models: Models) -> bytes:
    """A PNG of exactly that size.

    Raises:
        GenerationRefused: `photo_unreadable`, `photo_too_large`, `photo_too_small`.
    """
    photo = read_photo(data)
    x, y = _looked_at(photo, models)
    scale = min(photo.width / width, photo.height / height)
    wide, high = width * scale, height * scale
    left = min(max(x - wide / 2, 0), photo.width - wide)
    top = min(max(y - high * FACE_AT, 0), photo.height - high)
    box = (left, top, left + wide, top + high)
    out = BytesIO()
    photo.resize((width, height), Image.Resampling.LANCZOS, box).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _looked_at(photo: Image.Image, models: Models) -> tuple[float, float]:
    """The middle of the face, in pixels."""
    try:
        face = find_face(photo, models)
    except GenerationRefused:
        return photo.width * NO_FACE_AT[0], photo.height * NO_FACE_AT[1]
    return face.x, face.y
