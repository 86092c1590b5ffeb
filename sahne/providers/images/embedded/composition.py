"""The person and the place become one photograph: size, shadow, one light for both, and the print's grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sahne.providers.images.embedded.backdrops import Backdrop
from sahne.providers.images.embedded.cutout import Cutout
from sahne.providers.images.embedded.fields import Random, blurred, color, grid, mix, resized, smoothstep
from sahne.providers.images.embedded.looks import Grade
from sahne.providers.images.embedded.models import Floats

PERSON_HEIGHT_MAX = 0.86  # of the frame
PERSON_WIDTH_MAX = 0.92
ENLARGED_MAX = 2.5
EDGE_PIXELS = 3  # nearer than that is cut off by the photo
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Placed:
    """The person in the frame: pixels and mask of the frame's size."""

    pixels: Floats
    mask: Floats


def place(cutout: Cutout, width: int, height: int) -> Placed:
    """Set the person in the frame: as large as fits, cut edges of the photo laid on the frame's edges."""
    rows = np.flatnonzero(cutout.mask.max(axis=1) > 0.5)
    columns = np.flatnonzero(cutout.mask.max(axis=0) > 0.5)
    photo_height, photo_width = cutout.mask.shape
    if not len(rows) or not len(columns):
        rows, columns = np.arange(photo_height), np.arange(photo_width)
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    touches_left, touches_right = left <= EDGE_PIXELS, right >= photo_width - EDGE_PIXELS
    touches_top, touches_bottom = top <= EDGE_PIXELS, bottom >= photo_height - EDGE_PIXELS
    scale = min(PERSON_HEIGHT_MAX * height / (bottom - top), PERSON_WIDTH_MAX * width / (right - left))
    if touches_left and touches_right:  # shoulders run out of the photo: they must run out of the frame too
        scale = max(scale, width / (right - left))
    if touches_top and touches_bottom:  # a close-up stays one: no head with a flat top in the middle of the sky
        scale = max(scale, height / (bottom - top))
    scale = min(scale, max(ENLARGED_MAX, width / photo_width, height / photo_height))

    cut_pixels, cut_mask = cutout.pixels[top:bottom, left:right], cutout.mask[top:bottom, left:right]
    w, h = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    person, mask = _scaled(cut_pixels, w, h), np.clip(_scaled(cut_mask, w, h), 0, 1)
    x = (width - w) // 2
    if touches_left and not touches_right:
        x = 0
    elif touches_right and not touches_left:
        x = width - w
    y = height - h if touches_bottom else (height - h) // 2
    if touches_top or h > height:
        y = 0
    return Placed(_laid(person, x, y, width, height), _laid(mask, x, y, width, height))


def join(person: Placed, backdrop: Backdrop) -> Floats:
    """Person before backdrop under the backdrop's light: shadow behind, wrap and rim at the border."""
    mask = person.mask
    width = mask.shape[1]
    behind = backdrop.pixels * (1 - 0.34 * _shifted(blurred(mask, width / 22), backdrop.light))[..., None]
    lit = _lit(_toned(person, backdrop), mask, backdrop)
    joined = mix(np.asarray(behind, dtype=np.float32), lit, mask)
    around = blurred(backdrop.pixels, width / 24)
    border = mask * (1 - blurred(mask, width / 90))
    return np.asarray(joined + (1 - np.clip(joined, 0, 1)) * around * (border * 0.9)[..., None], dtype=np.float32)


def finish(pixels: Floats, grade: Grade, random: Random) -> Floats:
    """The print: contrast, colour of shadows and highlights, darker corners, grain."""
    height, width = pixels.shape[:2]
    pixels = np.clip(pixels, 0, 1)
    curve = pixels * pixels * (3 - 2 * pixels)
    pixels = pixels + (curve - pixels) * grade.contrast
    luma = (pixels @ _LUMA)[..., None]
    pixels = luma + (pixels - luma) * grade.saturation
    toned = pixels * (1 - grade.tint) + grade.tint * (
        color(grade.shadows) * (1 - luma) + color(grade.highlights) * luma
    )
    x, y = grid(width, height)
    corners = smoothstep(0.42, 0.92, np.hypot(x - 0.5, y - 0.5).astype(np.float32))
    toned = toned * (1 - grade.vignette * corners)[..., None]
    grain = blurred(random.standard_normal((height, width), dtype=np.float32), 0.6)
    return np.asarray(np.clip(toned + grain[..., None] * grade.grain, 0, 1), dtype=np.float32)


def _toned(person: Placed, backdrop: Backdrop) -> Floats:
    """Draw the person's brightness and cast a little toward the place, so that they stand in it."""
    weight = person.mask[..., None]
    own = (person.pixels * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1.0)
    place_mean = backdrop.pixels.mean(axis=(0, 1))
    own_luma, place_luma = float(own @ _LUMA), float(place_mean @ _LUMA)
    gain = np.clip((place_luma + 0.35) / (own_luma + 0.35), 0.86, 1.14) ** 0.7
    cast = place_mean / max(place_luma, 0.05)
    cast = 1 + (np.clip(cast, 0.6, 1.5) - 1) * 0.10
    return np.asarray(person.pixels * gain * cast, dtype=np.float32)


def _lit(pixels: Floats, mask: Floats, backdrop: Backdrop) -> Floats:
    """Brighter toward the light, darker away from it, and a thin rim where it grazes the border."""
    height, width = mask.shape
    x, y = grid(width, height)
    toward_x, toward_y = backdrop.light[0] - 0.5, backdrop.light[1] - 0.5
    length = max(float(np.hypot(toward_x, toward_y)), 0.1)
    along = ((x - 0.5) * toward_x + (y - 0.5) * toward_y) / length
    shaded = pixels * (1 + 0.30 * backdrop.light_strength * along)[..., None]
    soft = blurred(mask, width / 130)
    slope_y, slope_x = np.gradient(soft)
    facing = -(slope_x * toward_x + slope_y * toward_y) / length
    rim = np.clip(facing * width / 42, 0, 1) * mask
    glow = (1 - np.clip(shaded, 0, 1)) * backdrop.light_color * (rim * 0.62 * backdrop.light_strength)[..., None]
    return np.asarray(shaded + glow, dtype=np.float32)


def _scaled(field: Floats, width: int, height: int) -> Floats:
    shrink = max(field.shape[0] / height, field.shape[1] / width)
    return resized(blurred(field, shrink / 2.5) if shrink > 1.4 else field, width, height)


def _laid(field: Floats, x: int, y: int, width: int, height: int) -> Floats:
    frame = np.zeros((height, width, *field.shape[2:]), dtype=np.float32)
    h, w = field.shape[:2]
    from_y, from_x = max(0, -y), max(0, -x)
    part = field[from_y : min(h, height - y), from_x : min(w, width - x)]
    frame[max(0, y) : max(0, y) + part.shape[0], max(0, x) : max(0, x) + part.shape[1]] = part
    return frame


def _shifted(field: Floats, light: tuple[float, float]) -> Floats:
    """Moved away from the light, as a shadow is."""
    height, width = field.shape
    step_x, step_y = round((0.5 - light[0]) * width * 0.10), round(abs(0.5 - light[1]) * height * 0.05)
    padded = np.pad(field, ((abs(step_y),) * 2, (abs(step_x),) * 2), mode="edge")
    top, left = abs(step_y) - step_y, abs(step_x) - step_x
    return padded[top : top + height, left : left + width]
