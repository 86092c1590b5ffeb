"""Where the person stands: backdrops painted from a seed, out of focus as a lens would have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sahne.providers.images.embedded import outdoors
from sahne.providers.images.embedded.backdrop import Backdrop
from sahne.providers.images.embedded.fields import Random, resized
from sahne.providers.images.embedded.indoors import cafe, library, office, studio, theatre, warm_canvas

PAINTED_SIDE_PIXELS = 640

Painter = Callable[[Random, int, int], Backdrop]

INDOORS = (studio, warm_canvas, office, library, theatre, cafe)
OUTDOORS = (
    outdoors.park,
    outdoors.sunset,
    outdoors.city_night,
    outdoors.neon,
    outdoors.winter,
    outdoors.mountains,
    outdoors.blossom,
    outdoors.nebula,
    outdoors.autumn,
    outdoors.beach,
    outdoors.rooftop,
    outdoors.desert,
    outdoors.aurora,
    outdoors.garden,
)
PAINTERS: dict[str, Painter] = {each.__name__: each for each in (*INDOORS, *OUTDOORS)}


def paint(name: str, random: Random, width: int, height: int) -> Backdrop:
    """The backdrop of that name; what is out of focus is painted small and drawn large."""
    scale = min(1.0, PAINTED_SIDE_PIXELS / max(width, height))
    small = PAINTERS[name](random, max(2, round(width * scale)), max(2, round(height * scale)))
    return replace(small, pixels=np.clip(resized(small.pixels, width, height), 0, 1.6))
