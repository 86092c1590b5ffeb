"""What a backdrop is: pixels, and the light that falls from it, so that the person can be lit by the same sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sahne.providers.images.embedded.fields import Random
from sahne.providers.images.embedded.models import Floats


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Pixels, and where the light stands (x, y from 0 to 1 over the frame), its colour and strength."""

    pixels: Floats
    light: tuple[float, float]
    light_color: Floats
    light_strength: float = 0.5


def steps(random: Random, width: int, count: int) -> Floats:
    """A skyline of so many towers: one height from 0 to 1 for every column."""
    heights = random.random(count).astype(np.float32)
    return np.repeat(heights, -(-width // count))[:width]
