"""Person and place become one photograph: the old light evened, the new one cast, shadow, rim, and the print."""

from __future__ import annotations

import numpy as np

from sahne.providers.images.embedded.backdrop import Backdrop
from sahne.providers.images.embedded.faces import Face
from sahne.providers.images.embedded.fields import LUMA, Random, blurred, color, grid, mix, smoothstep
from sahne.providers.images.embedded.looks import Grade
from sahne.providers.images.embedded.models import Floats
from sahne.providers.images.embedded.placing import Placed

EVENED = 0.30  # of the old light's unevenness; more would flatten the face
CAST = 0.30  # of the place's light, on who stands fully turned to it


def join(person: Placed, backdrop: Backdrop) -> Floats:
    """Person before backdrop under the backdrop's light: shadow behind, wrap and rim at the border."""
    mask = person.mask
    width = mask.shape[1]
    behind = backdrop.pixels * (1 - 0.30 * _shifted(blurred(mask, width / 22), backdrop.light))[..., None]
    lit = _rimmed(_cast(_toned(_evened(person), mask, backdrop), person, backdrop), mask, backdrop)
    joined = mix(np.asarray(behind, dtype=np.float32), lit, mask)
    around = blurred(backdrop.pixels, width / 24)
    border = mask * (1 - blurred(mask, width / 110))
    return np.asarray(joined + (1 - np.clip(joined, 0, 1)) * around * (border * 0.55)[..., None], dtype=np.float32)


def finish(pixels: Floats, grade: Grade, random: Random) -> Floats:
    """The print: contrast, colour of shadows and highlights, darker corners, grain."""
    height, width = pixels.shape[:2]
    pixels = np.clip(pixels, 0, 1)
    curve = pixels * pixels * (3 - 2 * pixels)
    pixels = pixels + (curve - pixels) * np.float32(grade.contrast)
    luma = (pixels @ LUMA)[..., None]
    pixels = luma + (pixels - luma) * np.float32(grade.saturation)
    if grade.tint:
        tinted = color(grade.shadows) * (1 - luma) + color(grade.highlights) * luma
        pixels = mix(pixels, tinted, grade.tint)
    x, y = grid(width, height)
    corners = smoothstep(0.42, 0.92, np.hypot(x - np.float32(0.5), y - np.float32(0.5)))
    grain = blurred(random.standard_normal((height, width), dtype=np.float32), 0.6) * np.float32(grade.grain)
    toned = pixels * (1 - corners * np.float32(grade.vignette))[..., None] + grain[..., None]
    return np.asarray(np.clip(toned, 0, 1), dtype=np.float32)


def _evened(person: Placed) -> Floats:
    """The photo's own broad light and dark, drawn some way toward the person's mean."""
    luma, mask = person.pixels @ LUMA, person.mask
    radius = mask.shape[1] / 9
    broad = blurred(luma * mask, radius) / np.maximum(blurred(mask, radius), 0.02)
    mean = float((luma * mask).sum() / max(float(mask.sum()), 1.0))
    gain = np.clip(mean / np.maximum(broad, 0.05), 0.6, 1.7) ** EVENED
    return np.asarray(person.pixels * gain[..., None], dtype=np.float32)


def _toned(pixels: Floats, mask: Floats, backdrop: Backdrop) -> Floats:
    """Draw the person's brightness and cast a little toward the place, so that they stand in it."""
    weight = mask[..., None]
    own = (pixels * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1.0)
    place_mean = backdrop.pixels.mean(axis=(0, 1))
    own_luma, place_luma = float(own @ LUMA), float(place_mean @ LUMA)
    gain = np.clip((place_luma + 0.35) / (own_luma + 0.35), 0.84, 1.14) ** 0.7
    cast = np.clip(place_mean / max(place_luma, 0.05), 0.6, 1.5)
    return np.asarray(pixels * (np.float32(gain) * (1 + (cast - 1) * np.float32(0.12))), dtype=np.float32)


def _cast(pixels: Floats, person: Placed, backdrop: Backdrop) -> Floats:
    """The place's light on the side that is turned to it, in its colour; the other side falls off."""
    toward_x, toward_y = _toward(backdrop)
    slope_y, slope_x = np.gradient(_relief(person.mask, person.face))
    turned = -(slope_x * toward_x + slope_y * toward_y)
    turned = np.tanh(turned * np.float32(person.mask.shape[1] / 260)) * np.float32(CAST * backdrop.light_strength)
    bright, dark = np.clip(turned, 0, None)[..., None], np.clip(-turned, 0, None)[..., None]
    lamp = backdrop.light_color / max(float(backdrop.light_color @ LUMA), 0.2)
    return np.asarray(pixels * (1 + bright * lamp) * (1 - dark * np.float32(0.9)), dtype=np.float32)


def _relief(mask: Floats, face: Face) -> Floats:
    """How near each place of the person is, roughly: a body is a rounded mask, and before it a head is an egg.

    In pixels, so that its slope is that of a surface.
    """
    height, width = mask.shape
    body = blurred(mask, width / 14) + blurred(mask, width / 30)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = ((x - face.x) / (face.width * 0.72)) ** 2 + ((y - face.y) / (face.height * 0.72)) ** 2
    head = np.sqrt(np.clip(1 - away, 0, 1)) * face.width * 0.55
    return np.asarray(body * (width / 26) + blurred(head, face.width / 9), dtype=np.float32)


def _rimmed(pixels: Floats, mask: Floats, backdrop: Backdrop) -> Floats:
    """A thin line of light where it grazes the border."""
    width = mask.shape[1]
    toward_x, toward_y = _toward(backdrop)
    slope_y, slope_x = np.gradient(blurred(mask, width / 150))
    facing = -(slope_x * toward_x + slope_y * toward_y)
    rim = np.clip(facing * np.float32(width / 48), 0, 1) * mask
    glow = (1 - np.clip(pixels, 0, 1)) * backdrop.light_color
    return np.asarray(pixels + glow * (rim * np.float32(0.5 * backdrop.light_strength))[..., None], dtype=np.float32)


def _toward(backdrop: Backdrop) -> tuple[float, float]:
    """The way to the light over the frame, of length 1."""
    x, y = backdrop.light[0] - 0.5, backdrop.light[1] - 0.5
    length = max(float(np.hypot(x, y)), 0.1)
    return x / length, y / length


def _shifted(field: Floats, light: tuple[float, float]) -> Floats:
    """Moved away from the light, as a shadow is."""
    height, width = field.shape
    step_x, step_y = round((0.5 - light[0]) * width * 0.10), round(abs(0.5 - light[1]) * height * 0.05)
    padded = np.pad(field, ((abs(step_y),) * 2, (abs(step_x),) * 2), mode="edge")
    top, left = abs(step_y) - step_y, abs(step_x) - step_x
    return padded[top : top + height, left : left + width]
