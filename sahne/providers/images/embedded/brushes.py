"""Painting the finished photograph: one of 26 trained styles, or the style of any picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.models import Floats, Models
from sahne.providers.images.embedded.photo import picture_of, pixels_of

STYLES = 26
TRANSFER_SIDE_PIXELS = 384  # fixed in the net
REFERENCE_SIDE_PIXELS = 256
REFERENCE_STRENGTH = 0.8


def paint(pixels: Floats, brush: int, strength: float, keep_color: bool, models: Models) -> Floats:
    """The picture in style `brush` (0 to 25), mixed with itself by `strength` (1 is all paint)."""
    height, width = pixels.shape[:2]
    weights = np.zeros(STYLES, dtype=np.float32)
    weights[brush] = 1
    padded = np.pad(pixels, ((0, -height % 4), (0, -width % 4), (0, 0)), mode="reflect")  # it halves twice
    answer = models.styles(np.ascontiguousarray(padded.transpose(2, 0, 1)[None]), weights)[0][0]
    painted = np.clip(answer.transpose(1, 2, 0)[:height, :width], 0, 1)
    if keep_color:
        painted = _with_color_of(painted, pixels)
    return np.asarray(pixels + (painted - pixels) * strength, dtype=np.float32)


def paint_like(pixels: Floats, reference: Image.Image, models: Models) -> Floats:
    """The picture in the style of `reference`; fine light and dark stay the photograph's, for sharpness."""
    height, width = pixels.shape[:2]
    style = _style_of(reference, models) * REFERENCE_STRENGTH
    style = style + _style_of(picture_of(pixels), models) * (1 - REFERENCE_STRENGTH)
    scale = TRANSFER_SIDE_PIXELS / max(width, height)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    small = pixels_of(picture_of(pixels).resize((w, h), Image.Resampling.LANCZOS))
    padded = np.pad(small, ((0, TRANSFER_SIDE_PIXELS - h), (0, TRANSFER_SIDE_PIXELS - w), (0, 0)), mode="reflect")
    answer = np.clip(models.transfer(padded[None], style)[0][0, :h, :w], 0, 1)
    painted = pixels_of(picture_of(answer).resize((width, height), Image.Resampling.LANCZOS))
    plain = pixels_of(picture_of(small).resize((width, height), Image.Resampling.LANCZOS))
    detail = (pixels - plain).mean(axis=2, keepdims=True)  # what 384 pixels could not hold
    return np.asarray(np.clip(painted + detail, 0, 1), dtype=np.float32)


def _style_of(picture: Image.Image, models: Models) -> Floats:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    small = square.resize((REFERENCE_SIDE_PIXELS, REFERENCE_SIDE_PIXELS), Image.Resampling.LANCZOS)
    return models.reference(pixels_of(small)[None])[0]


def _with_color_of(painted: Floats, original: Floats) -> Floats:
    light, _, _ = picture_of(painted).convert("YCbCr").split()
    _, blue, red = picture_of(original).convert("YCbCr").split()
    return pixels_of(Image.merge("YCbCr", (light, blue, red)).convert("RGB"))
