"""How a picture of one size fits a wish for another: made smaller, never larger, then perhaps cut."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.objects.transforms import Transform

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fit:
    """The size to which a picture is made smaller, and that of the middle of it which stays."""

    resized: Size
    kept: Size


def fit(size: Size, wish: Transform) -> Fit:
    """How a picture of `size` becomes what is wished for."""
    width, height = size
    across = (wish.width or 0) / width
    down = (wish.height or 0) / height
    if not (across and down):  # the side that is not said follows, however it is to fit
        scale = min(across or down or 1.0, 1.0)
        resized = _scaled(size, scale, scale)
        return Fit(resized, resized)
    if wish.resize == "fill":
        larger = max(across, down, 1.0)
        resized = _scaled(size, across / larger, down / larger)
        return Fit(resized, resized)
    scale = min(max(across, down) if wish.resize == "cover" else min(across, down), 1.0)
    resized = _scaled(size, scale, scale)
    if wish.resize == "contain":
        return Fit(resized, resized)
    return Fit(resized, (min(resized[0], wish.width or resized[0]), min(resized[1], wish.height or resized[1])))


def _scaled(size: Size, across: float, down: float) -> Size:
    return max(1, round(size[0] * across)), max(1, round(size[1] * down))
