"""Painting by hand: oil, watercolour and pencil, made of what painters do and not of a trained net.

A hand sees the scene, who of it is the person, and the face, whose features it keeps: there strokes are fine, elsewhere
they are as broad as they like. Broad strokes are those of Kuwahara's filter in its soft form (Papari, Petkov, Campisi
2007): each place takes the mean of those of its eight neighbourhoods that are most of one colour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.faces import Face
from sahne.providers.images.embedded.fields import (
    LUMA,
    SMALLER,
    Random,
    blurred,
    clouds,
    color,
    mix,
    resized,
    smoothstep,
)
from sahne.providers.images.embedded.looks import Hand
from sahne.providers.images.embedded.models import Floats

DIRECTIONS = 8
STROKE_STEPS = 9  # each way along a stroke
HALVED_FROM_PIXELS = 8.0
STROKES_SIDE_PIXELS = 512  # their flow is followed at this size


@dataclass(frozen=True, slots=True)
class Sitter:
    """What a hand has before it: the scene, how much of each place is the person, and the face."""

    scene: Floats
    mask: Floats
    face: Face

    @property
    def features(self) -> Floats:
        """1 on the face, 0 away from it."""
        height, width = self.mask.shape
        return self.face.oval(width, height)


def paint_by_hand(hand: Hand, sitter: Sitter, random: Random) -> Floats:
    """The scene as that hand has it; same sitter and numbers, same picture."""
    return HANDS[hand](sitter, random)


def oil(sitter: Sitter, random: Random, broad: float = 1 / 95, vivid: float = 1.14) -> Floats:
    """Thick strokes that follow the forms, light on their ridges, over a woven canvas."""
    height, width = sitter.mask.shape
    features = sitter.features
    rough = _simplified(sitter.scene, width * broad)
    fine = _simplified(sitter.scene, max(1.2, sitter.face.width / 62))
    painted = mix(rough, fine, np.clip(features + 0.35 * sitter.mask, 0, 1))
    luma = (painted @ LUMA)[..., None]
    painted = luma + (painted - luma) * np.float32(vivid)
    ridges = _strokes(sitter.scene, random, thick=max(1.0, width * broad / 9))
    slope = np.gradient(ridges, axis=1) + np.gradient(ridges, axis=0)
    paint = np.clip(slope, -1, 1) * (0.17 - 0.12 * features) + (ridges - 0.5) * (0.10 - 0.07 * features)
    weave = _weave(width, height) * (0.022 - 0.014 * features)
    return np.asarray(np.clip(painted * (1 + (paint + weave)[..., None]), 0, 1), dtype=np.float32)


def impression(sitter: Sitter, random: Random) -> Floats:
    """Oil in larger, brighter strokes, as in the open air."""
    return oil(sitter, random, broad=1 / 58, vivid=1.32)


def watercolour(sitter: Sitter, random: Random) -> Floats:
    """Washes on white paper: pigment gathers at their edges and in the paper's grain, the place runs out wet."""
    height, width = sitter.mask.shape
    features = sitter.features
    wash = mix(_simplified(sitter.scene, width / 75), _simplified(sitter.scene, max(1.0, sitter.face.width / 55)),
               np.clip(features * 0.95 + 0.45 * sitter.mask, 0, 1))  # fmt: skip
    wash = np.clip(wash, 0, 1) ** np.float32(0.78)
    luma = (wash @ LUMA)[..., None]
    wash = np.clip(luma + (wash - luma) * np.float32(1.25), 0, 1)
    edges = _edges(wash, width / 420) * (1 - 0.55 * features)
    blooms = clouds(random, width, height, 5, 5)
    paper = _paper(random, width, height)
    density = (0.76 + 0.34 * (blooms - 0.5)) * (1 + 0.9 * np.clip(edges, 0, 0.5)) * (1 + 0.17 * (paper - 0.5))
    density = mix(density[..., None], density[..., None] * 0.88, 1 - sitter.mask)[..., 0]
    pigment = (1 - wash) * np.clip(density, 0, 1.3)[..., None] * _wet(sitter, blooms)[..., None]
    lines = _lines(sitter.scene, max(0.8, width / 900)) * (0.30 + 0.35 * features) * sitter.mask
    sheet = color("#fbf8f1") * (0.975 + 0.035 * paper)[..., None]
    return np.clip((sheet - pigment) * (1 - lines[..., None] * (1 - color("#4a3a34"))), 0, 1)


def pencil(sitter: Sitter, random: Random) -> Floats:
    """Graphite on paper: lines where forms turn, hatching where it is dark, a smudged face, a hint of the place."""
    height, width = sitter.mask.shape
    features, mask = sitter.features, sitter.mask
    luma = np.clip(blurred(sitter.scene @ LUMA, max(0.6, width / 900)), 0, 1)
    local = np.clip(0.5 + (luma - blurred(luma, width / 7)) * 1.1 + (luma - 0.5) * 0.75, 0, 1)
    tone = 1 - local
    drawn = np.clip(mask + 0.38 * _fading(sitter), 0, 1)
    lines = np.clip(_lines(sitter.scene, width / 800) + 0.8 * _lines(sitter.scene, width / 340), 0, 1)
    smudge = smoothstep(0.15, 1.05, tone) * (0.36 + 0.20 * features)
    hatch = np.zeros_like(luma)
    for darker_than, turn in ((0.28, 38.0), (0.52, 44.0), (0.70, -40.0)):
        strokes = _hatching(random, width, height, turn)
        hatch += smoothstep(darker_than, darker_than + 0.26, tone) * strokes * (0.52 - 0.30 * features)
    graphite = np.clip((smudge + hatch) * drawn + lines * np.clip(mask + 0.30 * drawn, 0, 1) * 0.95, 0, 0.93)
    paper = _paper(random, width, height)
    graphite = graphite * (1 + 0.7 * (paper - 0.5) * (1 - 0.5 * graphite))
    sheet = color("#f6f2ea") * (0.97 + 0.04 * paper)[..., None]
    return np.asarray(mix(sheet, color("#26262b"), np.clip(graphite, 0, 1)), dtype=np.float32)


HANDS: dict[Hand, Callable[[Sitter, Random], Floats]] = {
    Hand.OIL: oil,
    Hand.IMPRESSION: impression,
    Hand.WATERCOLOUR: watercolour,
    Hand.PENCIL: pencil,
}


def _simplified(pixels: Floats, radius: float) -> Floats:
    """Each place in the colour of its most even neighbourhood, of `radius` pixels; broad ones found at half size."""
    height, width = pixels.shape[:2]
    if radius > HALVED_FROM_PIXELS:
        half = _simplified(resized(pixels, width // 2, height // 2, SMALLER), radius / 2)
        return resized(half, width, height)
    mean = blurred(pixels, radius * 0.6)
    luma = pixels @ LUMA
    spread = np.clip(blurred(luma * luma, radius * 0.6) - blurred(luma, radius * 0.6) ** 2, 0, None)
    total, weights = np.zeros_like(pixels), np.zeros_like(spread)
    for turn in range(DIRECTIONS):
        angle = 2 * np.pi * turn / DIRECTIONS
        x, y = round(np.cos(angle) * radius), round(np.sin(angle) * radius)
        even = 1 / (1e-4 + _from(spread, x, y)) ** 4
        total += _from(mean, x, y) * even[..., None]
        weights += even
    return np.asarray(total / weights[..., None], dtype=np.float32)


def _from(field: Floats, x: int, y: int) -> Floats:
    """What lies `x`, `y` pixels from each place; past the frame its edge goes on."""
    height, width = field.shape[:2]
    padded = np.pad(field, [(abs(y),) * 2, (abs(x),) * 2] + [(0, 0)] * (field.ndim - 2), mode="edge")
    return padded[abs(y) + y : abs(y) + y + height, abs(x) + x : abs(x) + x + width]


def _strokes(pixels: Floats, random: Random, thick: float) -> Floats:
    """Noise drawn along the forms (line integral convolution: Cabral, Leedom 1993), from 0 to 1: a brush's hairs."""
    height, width = pixels.shape[:2]
    scale = STROKES_SIDE_PIXELS / max(height, width)
    across, down = max(8, round(width * scale)), max(8, round(height * scale))
    along_x, along_y = _flow(resized(blurred(pixels @ LUMA, 1.5 / scale), across, down))
    noise = resized(random.random((round(down / thick) + 1, round(across / thick) + 1), dtype=np.float32), across, down)
    y, x = np.mgrid[0:down, 0:across].astype(np.float32)
    total = noise.copy()
    for way in (1, -1):
        at_x, at_y = x.copy(), y.copy()
        for _ in range(STROKE_STEPS):
            column, row = np.clip(at_x, 0, across - 1).astype(np.int32), np.clip(at_y, 0, down - 1).astype(np.int32)
            at_x += along_x[row, column] * np.float32(way * 1.4)
            at_y += along_y[row, column] * np.float32(way * 1.4)
            total += noise[np.clip(at_y, 0, down - 1).astype(np.int32), np.clip(at_x, 0, across - 1).astype(np.int32)]
    hairs = total / (2 * STROKE_STEPS + 1)
    spread = max(float(hairs.std()), 1e-4)
    return np.clip(resized(0.5 + (hairs - float(hairs.mean())) / (5 * spread), width, height), 0, 1)


def _flow(luma: Floats) -> tuple[Floats, Floats]:
    """Along what each place's edges run: the lesser direction of the structure tensor, smoothed."""
    y, x = (np.asarray(slope, dtype=np.float32) for slope in np.gradient(luma))
    xx, yy, xy = blurred(x * x, 5.0), blurred(y * y, 5.0), blurred(x * y, 5.0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return np.cos(angle), np.sin(angle)


def _edges(pixels: Floats, radius: float) -> Floats:
    """How sharply brightness changes, from 0."""
    slope_y, slope_x = np.gradient(blurred(pixels @ LUMA, max(0.7, radius)))
    return np.asarray(np.hypot(slope_x, slope_y) * np.float32(9), dtype=np.float32)


def _lines(pixels: Floats, thick: float) -> Floats:
    """Where a pen would draw: darker than what is around (a difference of Gaussians), from 0 to 1."""
    luma = pixels @ LUMA
    inner, outer = blurred(luma, max(0.6, thick)), blurred(luma, max(0.6, thick) * 2.6)
    return smoothstep(0.006, 0.085, np.clip(outer - inner, 0, None))


def _hatching(random: Random, width: int, height: int, turn: float) -> Floats:
    """Strokes of a pencil at an angle in degrees, from 0 to 1, none quite like the other."""
    side = int(np.hypot(width, height)) + 8
    rows = max(8, round(side / max(2.4, width / 300)))
    tracks = random.random((rows, max(4, side // 90)), dtype=np.float32)
    strokes = Image.fromarray(resized(tracks, side, side)).rotate(turn, Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    return smoothstep(0.38, 0.72, np.asarray(strokes.crop((left, top, left + width, top + height))))


def _paper(random: Random, width: int, height: int) -> Floats:
    """The grain of paper, from 0 to 1."""
    fine = blurred(random.random((height, width), dtype=np.float32), max(0.8, width / 900))
    coarse = blurred(random.random((height, width), dtype=np.float32), width / 420)
    grain = (fine - 0.5) * 1.6 + (coarse - 0.5) * 3.2
    return np.clip(0.5 + grain, 0, 1)


def _weave(width: int, height: int) -> Floats:
    """Threads over and under, from -1 to 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    thread = np.float32(2 * np.pi / max(4.0, width / 190))
    return np.asarray(np.sin(x * thread) * np.sin(y * thread), dtype=np.float32)


def _fading(sitter: Sitter) -> Floats:
    """1 near the person, 0 far: how far a drawing's background is carried out."""
    width = sitter.mask.shape[1]
    return smoothstep(0.02, 0.62, blurred(sitter.mask, width / 10))


def _wet(sitter: Sitter, blooms: Floats) -> Floats:
    """Where the paper was wetted: all but an uneven margin, and all of the person."""
    height, width = sitter.mask.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    margin = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y)) / np.float32(width)
    wet = smoothstep(0.015, 0.055, margin + (blooms - 0.5) * 0.13)
    return np.asarray(np.maximum(wet, sitter.mask * smoothstep(0.0, 0.02, margin)), dtype=np.float32)
