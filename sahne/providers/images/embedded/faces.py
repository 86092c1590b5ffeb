"""Where the face is: CenterFace's boxes and its five points, of which the eyes and the mouth are used here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.models import Floats, Models
from sahne.providers.images.embedded.photo import pixels_of
from sahne.providers.images.generator import GenerationRefused, Refusal

NET_SIDE_PIXELS = 320
CELL_PIXELS = 4  # the net answers for squares of the picture it is shown
CERTAINTY_MIN = 0.12  # cats, cups and walls stay below 0.09, faces are above 0.7, drawn ones above 0.18
SURE = 0.5
_BYTE = np.float32(255)


@dataclass(frozen=True, slots=True)
class Face:
    """The largest face of a photo: its middle, width and height in pixels of the photo."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, left: float, top: float, scale: float) -> Face:
        """As it lies when the photo is cut at `left`, `top` and drawn `scale` times as large."""
        return Face((self.x - left) * scale, (self.y - top) * scale, self.width * scale, self.height * scale)

    def oval(self, width: int, height: int, reach: float = 1.0) -> Floats:
        """How much each pixel of a frame is of this face: 1 within, fading to 0 at `reach` times its size."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        distance = np.hypot((x - self.x) / (self.width * 0.62 * reach), (y - self.y) / (self.height * 0.62 * reach))
        fade = np.clip((1.25 - distance) / 0.5, 0, 1)
        return np.asarray(fade * fade * (3 - 2 * fade), dtype=np.float32)


def find_face(photo: Image.Image, models: Models) -> Face:
    """The face that is most surely one, the larger the sooner.

    Raises:
        GenerationRefused: `face_not_found`.
    """
    found, certainty = _look(photo, models, NET_SIDE_PIXELS)
    if certainty < SURE:  # it may be too near: the net knows no face that fills all it sees
        farther, surer = _look(photo, models, NET_SIDE_PIXELS // 2)
        found, certainty = (farther, surer) if surer > certainty else (found, certainty)
    if certainty < CERTAINTY_MIN:
        raise GenerationRefused(Refusal.FACE_NOT_FOUND)
    return found


def _look(photo: Image.Image, models: Models, side: int) -> tuple[Face, float]:
    """What is most like a face in the photo drawn `side` pixels large, and how much it is one."""
    scale = side / max(photo.size)
    width, height = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    shown = np.zeros((NET_SIDE_PIXELS, NET_SIDE_PIXELS, 3), dtype=np.float32)
    shown[:height, :width] = pixels_of(photo.resize((width, height), Image.Resampling.LANCZOS)) * _BYTE
    heat, size, offset, _ = models.faces(np.ascontiguousarray(shown.transpose(2, 0, 1)[None]))
    certainty = heat[0, 0]
    tall, wide = np.exp(np.clip(size[0], -5, 5)) * CELL_PIXELS
    worth = np.where(certainty >= CERTAINTY_MIN, np.sqrt(tall * wide), 1e-6) * certainty
    row, column = np.unravel_index(int(worth.argmax()), worth.shape)
    down, along = offset[0, :, row, column]
    face = Face(
        x=float((column + along + 0.5) * CELL_PIXELS / scale),
        y=float((row + down + 0.5) * CELL_PIXELS / scale),
        width=float(wide[row, column] / scale),
        height=float(tall[row, column] / scale),
    )
    return face, float(certainty[row, column])
