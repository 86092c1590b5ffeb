"""Smooth fields of numbers over a frame: blurs, clouds, ramps, discs: what light and backdrops are made of."""

from __future__ import annotations

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.models import Floats

Random = np.random.Generator
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # how bright each of the three looks
LARGER = Image.Resampling.BICUBIC
SMALLER = Image.Resampling.BILINEAR  # in making smaller: each new pixel is a weighed mean of all it stands for


def grid(width: int, height: int) -> tuple[Floats, Floats]:
    """x and y of every pixel, both from 0 to 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x / np.float32(width), y / np.float32(height)


def color(text: str) -> Floats:
    """`#rrggbb` as three numbers from 0 to 1."""
    return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)], dtype=np.float32)


def mix(first: Floats, second: Floats, amount: Floats | float) -> Floats:
    """From `first` (amount 0) to `second` (amount 1); a field of amounts mixes pixel by pixel."""
    if isinstance(amount, np.ndarray) and amount.ndim == 2:
        amount = amount[..., None]
    return np.asarray(first + (second - first) * amount, dtype=np.float32)


def ramp(stops: list[tuple[float, str]], at: Floats) -> Floats:
    """Colours along a field: `stops` are (position, colour) with rising positions."""
    positions = [position for position, _ in stops]
    colors = np.stack([color(text) for _, text in stops])
    channels = [np.interp(at, positions, colors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def smoothstep(low: float, high: float, at: Floats) -> Floats:
    """0 below `low`, 1 above `high`, without corners between."""
    t = np.clip((at - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def resized(field: Floats, width: int, height: int, way: Image.Resampling = LARGER) -> Floats:
    """A field (or three of them) at another size."""
    if field.shape[:2] == (height, width):
        return field
    if field.ndim == 3:
        return np.stack([resized(field[..., each], width, height, way) for each in range(field.shape[2])], axis=-1)
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32)).resize((width, height), way)
    return np.asarray(picture)


def blurred(field: Floats, radius: float) -> Floats:
    """Blurred as by a Gaussian whose deviation is `radius` pixels: made small, softened there, drawn large again."""
    if radius < 0.5:
        return field
    height, width = field.shape[:2]
    shrink = max(1.0, radius)
    across, down = max(2, round(width / shrink)), max(2, round(height / shrink))
    return resized(_softened(resized(field, across, down, SMALLER)), width, height)


def clouds(random: Random, width: int, height: int, cells: int, octaves: int = 4) -> Floats:
    """Soft noise from 0 to 1: `cells` blotches across, each octave twice as fine and half as strong."""
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        across = max(2, cells * 2**octave)
        down = max(2, round(across * height / width))
        rough = random.random((down + 1, across + 1), dtype=np.float32)
        total += resized(rough, width, height) / 2**octave
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), dtype=np.float32)


def ridge(random: Random, width: int, roughness: int) -> Floats:
    """A skyline: one height from 0 to 1 for every column."""
    line: Floats = clouds(random, width, 2, roughness, 5)[0]
    return line


def add_disc(frame: Floats, at: tuple[float, float], radius: float, tint: Floats, strength: float) -> None:
    """Add one out-of-focus light, a disc with a slightly brighter rim; `at` (x, y) and `radius` in pixels."""
    x, y = at
    height, width = frame.shape[:2]
    left, right = max(0, int(x - radius - 2)), min(width, int(x + radius + 3))
    top, bottom = max(0, int(y - radius - 2)), min(height, int(y + radius + 3))
    if left >= right or top >= bottom:
        return
    ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
    distance = np.hypot(xs - x, ys - y) / max(radius, 1)
    edge = max(0.11, 1.5 / max(radius, 1))
    disc = (1 - smoothstep(1 - edge, 1 + edge, distance)) * (0.80 + 0.20 * distance**4)
    light = frame[top:bottom, left:right]
    light += (1 - np.clip(light, 0, 1)) * disc[..., None] * tint * strength


def _softened(field: Floats) -> Floats:
    """Each value and its neighbours, weighed 1 2 1 both ways."""
    field = np.pad(field, [(1, 1), (0, 0)] + [(0, 0)] * (field.ndim - 2), mode="edge")
    field = (field[:-2] + field[2:]) * np.float32(0.25) + field[1:-1] * np.float32(0.5)
    field = np.pad(field, [(0, 0), (1, 1)] + [(0, 0)] * (field.ndim - 2), mode="edge")
    return np.asarray((field[:, :-2] + field[:, 2:]) * np.float32(0.25) + field[:, 1:-1] * np.float32(0.5))
