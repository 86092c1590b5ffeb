"""A picture's size in the words of providers."""

from __future__ import annotations

from math import gcd

from sahne.providers.images.generator import ImageRequest


def in_steps(request: ImageRequest, step: int) -> tuple[int, int]:
    """Width and height as multiples of `step` pixels."""
    return max(request.width // step, 1) * step, max(request.height // step, 1) * step


def aspect_ratio(request: ImageRequest) -> str:
    """Width to height in the smallest whole numbers: `3:4`."""
    common = gcd(request.width, request.height)
    return f"{request.width // common}:{request.height // common}"
