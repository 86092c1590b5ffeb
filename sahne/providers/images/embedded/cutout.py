"""Who is in the photo: a soft mask from U²-Net (the small one), its edge drawn along the photo's own edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.fields import blurred, resized, smoothstep
from sahne.providers.images.embedded.models import Floats, Models
from sahne.providers.images.embedded.photo import pixels_of
from sahne.providers.images.generator import GenerationRefused, Refusal

NET = "u2netp"
NET_SIDE_PIXELS = 320
CERTAINTY_MIN = 0.6  # the net's own best score; an even wall stays below
COVERAGE_MIN, COVERAGE_MAX = 0.02, 0.97
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Cutout:
    """The photo's pixels, and how much of each is the person (0 to 1)."""

    pixels: Floats
    mask: Floats

    @property
    def coverage(self) -> float:
        """The part of the photo that is person."""
        return float(self.mask.mean())


def cut_out(photo: Image.Image, models: Models) -> Cutout:
    """Find the person.

    Raises:
        GenerationRefused: `subject_not_found` when nothing, or everything, stands out.
    """
    pixels = pixels_of(photo)
    rough = _ask(photo, models)
    mask = _along_edges(pixels, resized(rough, photo.width, photo.height))
    cutout = Cutout(_without_old_background(pixels, mask), mask)
    if not COVERAGE_MIN <= cutout.coverage <= COVERAGE_MAX:
        raise GenerationRefused(Refusal.SUBJECT_NOT_FOUND)
    return cutout


def _ask(photo: Image.Image, models: Models) -> Floats:
    small = pixels_of(photo.resize((NET_SIDE_PIXELS, NET_SIDE_PIXELS), Image.Resampling.LANCZOS))
    normal = (small / max(float(small.max()), 1e-6) - _MEAN) / _SPREAD
    answer = models.cutout(np.ascontiguousarray(normal.transpose(2, 0, 1)[None], dtype=np.float32))[0, 0]
    low, high = float(answer.min()), float(answer.max())
    if high < CERTAINTY_MIN:
        raise GenerationRefused(Refusal.SUBJECT_NOT_FOUND)
    return np.asarray((answer - low) / max(high - low, 1e-6), dtype=np.float32)


def _along_edges(pixels: Floats, mask: Floats) -> Floats:
    """A guided filter (He, Sun, Tang 2010): the mask is locally a straight line of the photo's brightness."""
    grey = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    radius = max(2.0, max(mask.shape) / 160)
    mean_grey, mean_mask = blurred(grey, radius), blurred(mask, radius)
    slope = (blurred(grey * mask, radius) - mean_grey * mean_mask) / (
        blurred(grey * grey, radius) - mean_grey * mean_grey + 1e-4
    )
    offset = mean_mask - slope * mean_grey
    fine = blurred(slope, radius) * grey + blurred(offset, radius)
    sure = blurred(mask, radius * 2)  # inside and outside the net is right; only the border asks the photo
    border = 1 - np.abs(np.clip(sure, 0, 1) * 2 - 1)
    blend = mask + (fine - mask) * smoothstep(0.0, 0.5, np.asarray(border, dtype=np.float32))
    return smoothstep(0.12, 0.88, np.clip(blend, 0, 1))


def _without_old_background(pixels: Floats, mask: Floats) -> Floats:
    """A border pixel holds some of the old wall; its colour is drawn outward from inside the person."""
    radius = max(3.0, max(mask.shape) / 110)
    solid = smoothstep(0.75, 1.0, mask)
    weight = blurred(solid, radius)
    inside = blurred(pixels * solid[..., None], radius) / np.maximum(weight, 1e-3)[..., None]
    doubt = (1 - smoothstep(0.6, 0.98, mask)) * (weight > 0.02)
    return np.asarray(pixels + (inside - pixels) * (doubt * 0.9)[..., None], dtype=np.float32)
