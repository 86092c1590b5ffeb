"""Who is in the photo: a soft mask from U²-Net (the small one), its edge found again in the photo's own colours.

The net sees 320 pixels. What it is sure of stays; along the border the mask becomes, place by place, a linear function
of the photo's colours (a guided filter: He, Sun, Tang 2013), which finds single hairs again; and of the border's pixels
the old wall is taken out (blur fusion: Forte 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.fields import SMALLER, blurred, resized, smoothstep
from sahne.providers.images.embedded.models import Floats, Models
from sahne.providers.images.embedded.photo import pixels_of
from sahne.providers.images.generator import GenerationRefused, Refusal

NET = "u2netp"
NET_SIDE_PIXELS = 320
CERTAINTY_MIN = 0.6  # the net's own best score; an even wall stays below
COVERAGE_MIN, COVERAGE_MAX = 0.02, 0.97
GUIDED_SIDE_PIXELS = 512  # the lines are found at this size and drawn at the photo's own
EVEN = 2e-4  # colours that differ by less (as a variance) are one colour
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
    mask = _along_edges(pixels, _ask(photo, models))
    cutout = Cutout(_without_old_background(pixels, mask), mask)
    if not COVERAGE_MIN <= cutout.coverage <= COVERAGE_MAX:
        raise GenerationRefused(Refusal.SUBJECT_NOT_FOUND)
    return cutout


def _ask(photo: Image.Image, models: Models) -> Floats:
    small = pixels_of(photo.resize((NET_SIDE_PIXELS, NET_SIDE_PIXELS), Image.Resampling.LANCZOS))
    normal = (small / max(float(small.max()), 1e-6) - _MEAN) / _SPREAD
    [answer, *_] = models.cutout(np.ascontiguousarray(normal.transpose(2, 0, 1)[None], dtype=np.float32))
    low, high = float(answer.min()), float(answer.max())
    if high < CERTAINTY_MIN:
        raise GenerationRefused(Refusal.SUBJECT_NOT_FOUND)
    return np.asarray((answer[0, 0] - low) / max(high - low, 1e-6), dtype=np.float32)


def _along_edges(pixels: Floats, rough: Floats) -> Floats:
    """The net's mask at the photo's size, its border along what the photo shows there."""
    height, width = pixels.shape[:2]
    scale = GUIDED_SIDE_PIXELS / max(height, width)
    across, down = max(2, round(width * scale)), max(2, round(height * scale))
    small, mask = resized(pixels, across, down, SMALLER), np.clip(resized(rough, across, down), 0, 1)
    slopes, offset = _lines(small, mask, radius=5.0)
    fine = (pixels * resized(slopes, width, height)).sum(axis=2) + resized(offset, width, height)
    whole = resized(mask, width, height)
    doubt = resized(_doubt(mask), width, height)
    return smoothstep(0.10, 0.90, np.clip(whole + (fine - whole) * np.clip(doubt, 0, 1), 0, 1))


def _doubt(mask: Floats) -> Floats:
    """Where the border is near: there the photo is asked, elsewhere the net is believed."""
    near = blurred(mask, 6.0)
    return smoothstep(0.03, 0.25, 1 - np.abs(np.clip(near, 0, 1) * 2 - 1))


def _lines(guide: Floats, mask: Floats, radius: float) -> tuple[Floats, Floats]:
    """Of each neighbourhood: the mask as `slopes · colour + offset`, by least squares."""
    mean, mean_mask = blurred(guide, radius), blurred(mask, radius)
    pairs = np.einsum("yxi,yxj->yxij", guide, guide).reshape(*mask.shape, 9)
    covariance = blurred(pairs, radius).reshape(*mask.shape, 3, 3) - np.einsum("yxi,yxj->yxij", mean, mean)
    covariance += np.eye(3, dtype=np.float32) * np.float32(EVEN)
    along = blurred(guide * mask[..., None], radius) - mean * mean_mask[..., None]
    slopes = np.linalg.solve(covariance, along[..., None])[..., 0].astype(np.float32)
    offset = mean_mask - (slopes * mean).sum(axis=2)
    return blurred(slopes, radius), blurred(offset, radius)


def _without_old_background(pixels: Floats, mask: Floats) -> Floats:
    """A border pixel holds some of the old wall: what the person alone would be there is worked out of both sides."""
    person, side = pixels, max(mask.shape)
    for radius in (side / 40, side / 180):
        weight = mask[..., None]
        inside = blurred(person * weight, radius) / np.maximum(blurred(mask, radius), 1e-3)[..., None]
        outside = blurred(pixels * (1 - weight), radius) / np.maximum(blurred(1 - mask, radius), 1e-3)[..., None]
        person = np.clip(inside + weight * (pixels - weight * inside - (1 - weight) * outside), 0, 1)
    return np.asarray(np.where(mask[..., None] > 0.98, pixels, person), dtype=np.float32)
