"""Where the person stands in the frame: by the face, with the head whole and the photo's cut edges out of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sahne.providers.images.embedded.cutout import Cutout
from sahne.providers.images.embedded.faces import Face
from sahne.providers.images.embedded.fields import LARGER, SMALLER, resized
from sahne.providers.images.embedded.models import Floats

FACE_OF_FRAME = 0.25  # a face's height, of the frame's
FACE_AT = 0.41  # its middle, from above
HEADROOM = 0.035
ENLARGED_MAX = 2.5
EDGE_PIXELS = 3  # nearer than that is cut off by the photo


@dataclass(frozen=True, slots=True)
class Placed:
    """The person in the frame: pixels and mask of the frame's size, and where the face lies in it."""

    pixels: Floats
    mask: Floats
    face: Face


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The person's bounds in the photo, in pixels, and which of them are the photo's own edges."""

    left: int
    top: int
    right: int
    bottom: int
    cut_left: bool
    cut_top: bool
    cut_right: bool
    cut_bottom: bool


def place(cutout: Cutout, face: Face, width: int, height: int) -> Placed:
    """Set the person in a frame of that size."""
    outline = outline_of(cutout.mask)
    scale = _scale(outline, face, width, height, cutout.mask.shape)
    w = max(1, round((outline.right - outline.left) * scale))
    h = max(1, round((outline.bottom - outline.top) * scale))
    own = face.moved(outline.left, outline.top, scale)
    x, y = _across(outline, own, w, width), _down(outline, own, h, height)
    window = np.s_[outline.top : outline.bottom, outline.left : outline.right]
    way = SMALLER if scale < 1 else LARGER
    person, mask = resized(cutout.pixels[window], w, h, way), np.clip(resized(cutout.mask[window], w, h, way), 0, 1)
    return Placed(_laid(person, x, y, width, height), _laid(mask, x, y, width, height), own.moved(-x, -y, 1.0))


def outline_of(mask: Floats) -> Outline:
    """The bounds of what is surely the person; the whole photo when nothing is."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.max(axis=1) > 0.5), np.flatnonzero(mask.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        rows, columns = np.arange(height), np.arange(width)
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Outline(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        cut_left=left <= EDGE_PIXELS,
        cut_top=top <= EDGE_PIXELS,
        cut_right=right >= width - EDGE_PIXELS,
        cut_bottom=bottom >= height - EDGE_PIXELS,
    )


def _scale(outline: Outline, face: Face, width: int, height: int, photo: tuple[int, ...]) -> float:
    """So large that the face is a portrait's; smaller if the head would not fit, larger if a cut edge would show."""
    scale = FACE_OF_FRAME * min(height, 1.2 * width) / face.height
    head = max(face.y - outline.top, face.height * 0.5)
    scale = min(scale, (FACE_AT - HEADROOM) * height / head)
    if outline.cut_left and outline.cut_right:  # shoulders run out of the photo: they must run out of the frame too
        scale = max(scale, width / (outline.right - outline.left))
    if outline.cut_bottom:
        room = height - (0 if outline.cut_top else HEADROOM * height)
        scale = max(scale, min((1 - FACE_AT) * height / max(outline.bottom - face.y, 1.0),
                               room / (outline.bottom - outline.top)))  # fmt: skip
    return min(scale, max(ENLARGED_MAX, width / photo[1], height / photo[0]))


def _across(outline: Outline, face: Face, w: int, width: int) -> int:
    """The face in the middle, half way to the shoulders' middle; a cut side lies on the frame's."""
    x = round(width / 2 - (face.x * 0.65 + w / 2 * 0.35))
    if outline.cut_left:
        x = min(x, 0)
    if outline.cut_right:
        x = max(x, width - w) if not outline.cut_left or w >= width else (width - w) // 2
    return x


def _down(outline: Outline, face: Face, h: int, height: int) -> int:
    """The face where a portrait has it; never a gap below a cut bottom, never a head out of the frame."""
    y = round(FACE_AT * height - face.y)
    if not outline.cut_top:
        y = max(y, round(HEADROOM * height))
    if outline.cut_bottom:
        y = max(y, height - h)
    return min(y, 0) if outline.cut_top else y


def _laid(field: Floats, x: int, y: int, width: int, height: int) -> Floats:
    frame = np.zeros((height, width, *field.shape[2:]), dtype=np.float32)
    h, w = field.shape[:2]
    from_y, from_x = max(0, -y), max(0, -x)
    part = field[from_y : min(h, height - y), from_x : min(w, width - x)]
    frame[max(0, y) : max(0, y) + part.shape[0], max(0, x) : max(0, x) + part.shape[1]] = part
    return frame
