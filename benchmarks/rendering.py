"""What a rendering costs beside the same library called plainly: two million pixels of a photo to 500 by 500.

`python -m benchmarks rendering [--rounds 15]` takes a few seconds. Plainly is: open, fit, save. The photo is made up:
noise of several sizes, as hard to encode as a real one.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from io import BytesIO
from statistics import median

import numpy as np
from PIL import Image, ImageOps

from benchmarks.harness import conclude
from sahne.objects.rendering import QUALITY, render
from sahne.objects.transforms import Format, Transform

WIDTH, HEIGHT = 1632, 1224
SIDE = 500
GOAL_MS = 25.0
FORMATS: tuple[Format, ...] = ("origin", "webp", "avif")
GOALS: tuple[Format, ...] = ("origin", "webp")  # AVIF is made by name only


def main(arguments: list[str]) -> None:
    """Measure, write `results/rendering.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks rendering", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    photo = _photo()
    figures: dict[str, object] = {"rounds": options.rounds, "photo_bytes": len(photo)}
    misses = []
    for format in FORMATS:
        wish = Transform(width=SIDE, height=SIDE, format=format)
        ours = _cpu_ms(lambda wish=wish: render(photo, wish), options.rounds)
        kind = "JPEG" if format == "origin" else format.upper()
        plainly = _cpu_ms(lambda kind=kind: _plainly(photo, kind), options.rounds)
        print(f"{format:7} {ours:6.1f} ms CPU; plainly {plainly:6.1f} ms")
        figures[format] = {"cpu_ms": ours, "plainly_cpu_ms": plainly}
        if format in GOALS and ours > GOAL_MS:
            misses.append(f"{format}: {ours:g} ms, goal {GOAL_MS:g} ms")
    conclude("rendering", misses, load_before, figures)


def _photo() -> bytes:
    """Noise of several sizes, one over the other."""
    chance = np.random.default_rng(1)
    pixels = np.zeros((HEIGHT, WIDTH, 3))
    for grains, strength in ((8, 80), (32, 60), (128, 40), (512, 25)):
        size = (max(2, WIDTH * grains // 1000), max(2, HEIGHT * grains // 1000))
        small = Image.fromarray((chance.random((size[1], size[0], 3)) * 255).astype(np.uint8))
        pixels += np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) * (strength / 205)
    pixels += chance.normal(0, 4, pixels.shape)
    out = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=88)
    return out.getvalue()


def _plainly(photo: bytes, kind: str) -> bytes:
    with Image.open(BytesIO(photo)) as picture:
        out = BytesIO()
        ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS).save(out, kind, quality=QUALITY)
    return out.getvalue()


def _cpu_ms(make: Callable[..., object], rounds: int) -> float:
    make()
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        make()
        spent.append((time.process_time() - began) * 1000)
    return round(median(spent), 1)
