"""Backdrops with a roof over them: rooms, canvases, a theatre."""

from __future__ import annotations

import numpy as np

from sahne.providers.images.embedded.backdrop import Backdrop, steps
from sahne.providers.images.embedded.fields import Random, add_disc, blurred, clouds, color, grid, mix, ramp, smoothstep


def studio(random: Random, width: int, height: int) -> Backdrop:
    """Mottled canvas under one soft lamp."""
    dark, bright = [
        ("#23272e", "#9aa4ae"),
        ("#1f2a33", "#8fa9b5"),
        ("#2e2724", "#b8a596"),
        ("#26242d", "#a39db4"),
    ][int(random.integers(4))]
    x, y = grid(width, height)
    lamp = float(random.uniform(0.3, 0.7)), float(random.uniform(0.28, 0.42))
    glow = np.exp(-(((x - lamp[0]) / 0.46) ** 2 + ((y - lamp[1]) / 0.50) ** 2))
    canvas = mix(color(dark), color(bright), np.asarray(glow, dtype=np.float32)[..., None])
    canvas = canvas * (0.86 + 0.28 * blurred(clouds(random, width, height, 4, 5), width / 90))[..., None]
    return Backdrop(canvas, (lamp[0] * 0.5, 0.1), color("#fff4e6"), 0.45)


def warm_canvas(random: Random, width: int, height: int) -> Backdrop:
    """A painter's brown canvas, light falling from one side."""
    x, y = grid(width, height)
    left = bool(random.integers(2))
    side = 1 - x if left else x
    shade = np.clip(side * 0.9 + (1 - y) * 0.35 - 0.15, 0, 1)
    canvas = ramp([(0, "#17100b"), (0.45, "#4a3220"), (1, "#a67c52")], shade)
    canvas = canvas * (0.78 + 0.44 * blurred(clouds(random, width, height, 3, 6), width / 120))[..., None]
    return Backdrop(canvas, (0.0 if left else 1.0, 0.15), color("#ffd9a0"), 0.6)


def office(random: Random, width: int, height: int) -> Backdrop:
    """A tall office window in daylight, a plant and lamps far behind."""
    x, y = grid(width, height)
    frame = ramp([(0, "#eef4f8"), (0.5, "#d5e1ea"), (0.72, "#9fb1bf"), (1, "#5f6d79")], y)
    skyline = 0.62 - 0.30 * steps(random, width, 14)
    towers = smoothstep(0.0, 0.02, y - skyline[None, :])
    frame = mix(frame, color("#9db4c6"), towers * 0.75)
    frame = mix(frame, color("#c9d8e4"), towers * (clouds(random, width, height, 24, 2) > 0.62) * 0.5)
    start = float(random.uniform(0.02, 0.12))
    for bar in np.arange(start, 1.0, 0.235):
        frame = mix(frame, color("#39434d"), np.exp(-(((x - bar) / 0.010) ** 2)).astype(np.float32) * 0.92)
    frame = mix(frame, color("#39434d"), np.exp(-(((y - 0.18) / 0.008) ** 2)).astype(np.float32) * 0.8)
    frame = mix(frame, color("#343b42"), smoothstep(0.76, 0.80, y) * 0.9)
    plant = float(random.choice([0.08, 0.92]))
    leaves = clouds(random, width, height, 9, 3) > 0.42
    bush = np.exp(-(((x - plant) / 0.13) ** 2 + ((y - 0.66) / 0.20) ** 2))
    frame = mix(frame, color("#3f6b4a"), smoothstep(0.25, 0.6, np.asarray(bush * leaves, dtype=np.float32)))
    frame = blurred(frame, width / 62)
    for _ in range(9):
        at = random.uniform(0, width), height * random.uniform(0.03, 0.15)
        add_disc(frame, at, width * random.uniform(0.02, 0.035), color("#fff3d8"), random.uniform(0.35, 0.7))
    return Backdrop(frame, (1 - plant, 0.25), color("#eaf4ff"), 0.6)


def library(random: Random, width: int, height: int) -> Backdrop:
    """Shelves of books in lamplight."""
    x, y = grid(width, height)
    frame = np.tile(color("#2a1a10"), (height, width, 1)).astype(np.float32)
    spines = [
        "#7a2e22",
        "#2f4a46",
        "#8a6a35",
        "#3b3552",
        "#a1834f",
        "#5c2b33",
        "#42573a",
        "#c3a878",
        "#274055",
    ]
    shelf = height / 4.2
    for row in range(5):
        at = -random.uniform(0, width * 0.05)
        while at < width:
            thick = width * random.uniform(0.016, 0.042)
            tall = shelf * random.uniform(0.62, 0.86)
            bottom = int((row + 1) * shelf - shelf * 0.08)
            tint = color(str(random.choice(spines))) * random.uniform(0.7, 1.15)
            left, right = max(0, int(at)), max(0, int(at + thick * 0.93))
            frame[max(0, int(bottom - tall)) : max(0, bottom), left:right] = tint
            at += thick
        board = int((row + 1) * shelf)
        frame[max(0, board - int(shelf * 0.08)) : board] = color("#5b3a20")
    frame = blurred(frame, width / 85)
    lamp = float(random.choice([0.10, 0.90])), 0.30
    glow = np.exp(-(((x - lamp[0]) / 0.42) ** 2 + ((y - lamp[1]) / 0.5) ** 2))
    warm = color("#ffb45a") * (glow * 0.16)[..., None]
    frame = np.asarray(frame * (0.45 + 1.1 * glow)[..., None] + warm, dtype=np.float32)
    add_disc(frame, (lamp[0] * width, lamp[1] * height), width * 0.07, color("#ffe3ae"), 0.9)
    for _ in range(12):
        spot = random.uniform(0, width), random.uniform(0, height * 0.7)
        add_disc(frame, spot, width * random.uniform(0.01, 0.03), color("#ffcf8a"), random.uniform(0.1, 0.35))
    return Backdrop(frame, lamp, color("#ffc98a"), 0.75)


def theatre(random: Random, width: int, height: int) -> Backdrop:
    """Red velvet before the evening begins, one spot from above, boards below."""
    x, y = grid(width, height)
    folds = 0.5 + 0.5 * np.sin(
        x * 2 * np.pi * random.uniform(9, 12) + 1.6 * clouds(random, width, height, 3, 3) + y * 0.8
    )
    frame = ramp([(0, "#2b0407"), (0.45, "#7d0f17"), (0.8, "#b3202a"), (1, "#d8504c")], folds * 0.92)
    spot = float(random.uniform(0.35, 0.65))
    cone = np.exp(-(((x - spot) / (0.16 + 0.30 * y)) ** 2)).astype(np.float32)
    frame = frame * (0.34 + 0.92 * cone)[..., None]
    boards = ramp([(0, "#3a2015"), (1, "#5f3a24")], 0.5 + 0.5 * np.sin((x - 0.5) / (0.35 + y) * 46))
    frame = mix(frame, boards * (0.45 + 0.8 * cone)[..., None], smoothstep(0.885, 0.895, y))
    frame = blurred(frame, width / 150)
    gold = np.exp(-(((y - 0.035) / 0.018) ** 2)) * (0.6 + 0.4 * np.sin(x * 240))
    frame = mix(frame, color("#d9a441"), np.asarray(gold * 0.8, dtype=np.float32))
    return Backdrop(frame, (spot, 0.0), color("#ffe2b8"), 0.9)


def cafe(random: Random, width: int, height: int) -> Backdrop:
    """A coffee house in the evening: hanging lamps, a counter, bottles on the wall."""
    x, y = grid(width, height)
    frame = ramp([(0, "#1d1310"), (0.5, "#4a2d1f"), (0.70, "#5d3a26"), (0.74, "#2c1a12"), (1, "#160d09")], y)
    for row in (0.26, 0.44):
        for _ in range(20):
            at, tall = random.uniform(0, 1), random.uniform(0.05, 0.11)
            tint = color(str(random.choice(["#c98b4a", "#7d9a6b", "#b0503a", "#e0c58f", "#6b4a7d"])))
            bottle = (np.abs(x - at) < 0.011) & (y > row - tall) & (y < row)
            frame = mix(frame, tint, bottle * np.float32(0.65))
        frame = mix(frame, color("#7a5334"), np.exp(-(((y - row) / 0.008) ** 2)).astype(np.float32))
    frame = blurred(frame, width / 70)
    lamps = np.linspace(0.08, 0.92, 5) + random.uniform(-0.04, 0.04, 5)
    for lamp in lamps:
        glow = np.exp(-(((x - lamp) / 0.15) ** 2 + ((y - 0.17) / 0.22) ** 2)).astype(np.float32)
        frame = mix(frame, color("#ffb867"), glow * 0.42)
        add_disc(frame, (lamp * width, 0.15 * height), width * 0.035, color("#ffe7b8"), 0.95)
    return Backdrop(frame, (float(lamps[0]), 0.12), color("#ffc98a"), 0.75)
