"""Where the person stands: backdrops painted from a seed, out of focus as a lens would have them.

Each answers its pixels and the light that falls from it, so that the person can be lit by the same sun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sahne.providers.images.embedded.fields import (
    Random,
    add_disc,
    blurred,
    clouds,
    color,
    grid,
    mix,
    ramp,
    ridge,
    smoothstep,
)
from sahne.providers.images.embedded.models import Floats


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Pixels, and where the light stands (x, y from 0 to 1 over the frame), its colour and strength."""

    pixels: Floats
    light: tuple[float, float]
    light_color: Floats
    light_strength: float = 0.5


Painter = Callable[[Random, int, int], Backdrop]


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


def park(random: Random, width: int, height: int) -> Backdrop:
    """Trees and grass far behind, sun through the leaves."""
    x, y = grid(width, height)
    sun = float(random.choice([0.12, 0.88])), float(random.uniform(0.02, 0.14))
    frame = ramp([(0, "#dfe9c0"), (0.30, "#a9c47a"), (0.60, "#6b9450"), (0.66, "#7fae55"), (1, "#4d7a35")], y)
    leaves = clouds(random, width, height, 5, 5)
    shadow = smoothstep(0.42, 0.72, leaves) * smoothstep(0.72, 0.35, y)
    frame = mix(frame, color("#2f5130"), shadow * 0.75)
    frame = blurred(frame, width / 55)
    glow = np.exp(-np.hypot(x - sun[0], (y - sun[1]) * height / width) * 2.1)
    frame = mix(frame, color("#fff2c4"), np.asarray(glow * 0.85, dtype=np.float32))
    for _ in range(70):
        at = random.uniform(0, width), abs(random.normal(0, 0.30)) * height
        tint = color(str(random.choice(["#f6f3b2", "#d9f0a0", "#fff6d6", "#b9e08a"])))
        add_disc(frame, at, width * random.uniform(0.012, 0.05), tint, random.uniform(0.06, 0.30))
    return Backdrop(blurred(frame, width / 400), sun, color("#fff0c0"), 0.75)


def sunset(random: Random, width: int, height: int) -> Backdrop:
    """A low sun over water."""
    x, y = grid(width, height)
    sun = float(random.choice([0.2, 0.8]) + random.uniform(-0.07, 0.07)), float(random.uniform(0.40, 0.47))
    horizon = 0.56
    sky = ramp([(0, "#3b4a7a"), (0.35, "#c8678a"), (0.75, "#ff9d6b"), (1, "#ffd79a")], y / horizon)
    streaks = clouds(random, max(8, width // 4), height, 3, 5)
    streaks = blurred(_fit(np.repeat(streaks, 4, axis=1), width), 3)
    sky = mix(sky, color("#ffd0b0"), smoothstep(0.55, 0.85, streaks) * 0.55)
    sea = ramp([(0, "#f7a877"), (0.25, "#a8637f"), (1, "#2b2f55")], (y - horizon) / (1 - horizon))
    frame = np.where((y < horizon)[..., None], sky, sea).astype(np.float32)
    distance = np.hypot(x - sun[0], (y - sun[1]) * height / width)
    frame = mix(frame, color("#fff0cf"), np.exp(-distance * 4.2).astype(np.float32) * 0.9)
    frame = mix(frame, color("#fffbe8"), (1 - smoothstep(0.050, 0.075, distance)) * 0.95)
    frame = blurred(frame, width / 110)
    waves = clouds(random, max(8, width // 8), height, 12, 3)
    glitter = smoothstep(0.52, 0.72, blurred(_fit(np.repeat(waves, 8, axis=1), width), 2))
    path = np.exp(-(((x - sun[0]) / (0.05 + 0.30 * np.clip(y - horizon, 0, 1))) ** 2)) * (y > horizon)
    frame = mix(frame, color("#ffe9c2"), blurred(np.asarray(path * glitter, dtype=np.float32), width / 260) * 0.75)
    return Backdrop(frame, sun, color("#ffbf80"), 0.9)


def office(random: Random, width: int, height: int) -> Backdrop:
    """A tall office window in daylight, a plant and lamps far behind."""
    x, y = grid(width, height)
    frame = ramp([(0, "#eef4f8"), (0.5, "#d5e1ea"), (0.72, "#9fb1bf"), (1, "#5f6d79")], y)
    skyline = 0.62 - 0.30 * _steps(random, width, 14)
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


def city_night(random: Random, width: int, height: int) -> Backdrop:
    """Street lights far out of focus."""
    _, y = grid(width, height)
    frame = ramp([(0, "#0a1024"), (0.5, "#1a2142"), (0.72, "#2a2540"), (1, "#0d0f1c")], y)
    frame = mix(frame, color("#04070f"), (y > 0.62 - 0.34 * _steps(random, width, 18)[None, :]) * 0.45)
    frame = blurred(frame, width / 60)
    tints = ["#ffb15a", "#ffd591", "#ff6a5a", "#6fc3ff", "#c58bff", "#fff2d0", "#7dffcf"]
    for _ in range(110):
        at = random.uniform(0, width), height * float(np.clip(random.normal(0.52, 0.17), 0, 1))
        radius, tint = width * random.uniform(0.010, 0.052), color(str(random.choice(tints)))
        add_disc(frame, at, radius, tint, random.uniform(0.12, 0.62))
    left = bool(random.integers(2))
    return Backdrop(frame, (0.0 if left else 1.0, 0.4), color("#ffb870"), 0.7)


def neon(random: Random, width: int, height: int) -> Backdrop:
    """Tubes of magenta and cyan in haze."""
    x, y = grid(width, height)
    flip = bool(random.integers(2))
    side = 1 - x if flip else x
    frame = mix(color("#12061f"), color("#0a1530"), side[..., None])
    frame = frame + color("#ff2fa5") * (np.exp(-(((side - 0.08) / 0.30) ** 2)) * 0.55)[..., None]
    frame = frame + color("#19d3ff") * (np.exp(-(((side - 0.95) / 0.28) ** 2)) * 0.50)[..., None]
    frame = np.asarray(frame, dtype=np.float32) * (0.65 + 0.6 * clouds(random, width, height, 3, 5))[..., None]
    for _ in range(5):
        at, lean = random.uniform(0, 1), random.uniform(-0.25, 0.25)
        tint = color("#ff6ac8") if (at < 0.5) != flip else color("#7be9ff")
        distance = np.abs(x - at - (y - 0.5) * lean)
        reach = smoothstep(0.0, 0.08, y - random.uniform(0, 0.25)) * smoothstep(0.0, 0.08, random.uniform(0.6, 1) - y)
        core = np.exp(-((distance / 0.006) ** 2)) * 0.9 + np.exp(-((distance / 0.05) ** 2)) * 0.35
        frame = mix(frame, tint * 1.1, np.asarray(core * reach, dtype=np.float32))
    return Backdrop(blurred(frame, width / 170), (0.0 if not flip else 1.0, 0.4), color("#ff5fb8"), 1.0)


def winter(random: Random, width: int, height: int) -> Backdrop:
    """Firs in snow."""
    x, y = grid(width, height)
    frame = ramp([(0, "#b9cfe4"), (0.5, "#dfeaf3"), (0.68, "#f3f7fa"), (1, "#cfdcea")], y)
    for layer, tint in ((0.34, "#a9c0d2"), (0.44, "#7d9bb0"), (0.54, "#4f6f83")):
        for _ in range(13):
            root, tall = random.uniform(-0.05, 1.05), random.uniform(0.22, 0.42)
            top = layer + 0.24 - tall
            down = (y - top) / tall
            half = 0.105 * tall / 0.35 * np.clip(down, 0, 1) * (0.82 + 0.18 * np.abs(np.sin(down * 17)))
            inside = (np.abs(x - root) < half) & (down > 0) & (down < 1)
            frame = mix(frame, color(tint), inside * np.float32(0.72))
    frame = mix(frame, color("#f4f8fb"), smoothstep(0.68, 0.80, y) * 0.85)
    frame = blurred(frame, width / 75)
    for _ in range(150):
        at = random.uniform(0, width), random.uniform(0, height)
        add_disc(frame, at, width * random.uniform(0.003, 0.016), color("#ffffff"), random.uniform(0.25, 0.8))
    return Backdrop(frame, (0.5, 0.0), color("#e6f1ff"), 0.5)


def mountains(random: Random, width: int, height: int) -> Backdrop:
    """Ridge behind ridge in morning haze."""
    _, y = grid(width, height)
    frame = ramp([(0, "#7fa8cf"), (0.35, "#c9d9e6"), (0.55, "#f7e3c8"), (1, "#f0d9bc")], y)
    layers = [(0.40, "#b3c0d2"), (0.50, "#8fa3bd"), (0.60, "#6d86a2"), (0.71, "#4c687f"), (0.84, "#33505a")]
    for base, tint in layers:
        top = base - 0.20 * (ridge(random, width, 4) - 0.4)
        frame = mix(frame, color(tint), smoothstep(0.0, 0.006, y - top[None, :]))
        haze = smoothstep(0.16, 0.0, y - top[None, :] - 0.10) * smoothstep(0.0, 0.05, y - top[None, :])
        frame = mix(frame, color("#f1e4d4"), haze * 0.20)
    left = bool(random.integers(2))
    return Backdrop(blurred(frame, width / 200), (0.1 if left else 0.9, 0.2), color("#ffe7c4"), 0.6)


def blossom(random: Random, width: int, height: int) -> Backdrop:
    """Pink blossom close to the lens and far behind."""
    x, y = grid(width, height)
    frame = ramp([(0, "#f6dbe4"), (0.5, "#eec2d2"), (1, "#cfe0c4")], y)
    frame = mix(frame, color("#d98aa8"), smoothstep(0.5, 0.75, clouds(random, width, height, 4, 5)) * 0.55)
    frame = mix(frame, color("#8fb488"), smoothstep(0.55, 0.8, clouds(random, width, height, 5, 4)) * 0.45)
    frame = blurred(frame, width / 45)
    frame = mix(frame, color("#fff8f2"), np.exp(-np.hypot(x - 0.8, y - 0.05) * 2.4).astype(np.float32) * 0.8)
    for _ in range(90):
        tint = color(str(random.choice(["#ffd3e0", "#ffffff", "#ffb3cb", "#fff0d9"])))
        at = random.uniform(0, width), random.uniform(0, height)
        add_disc(frame, at, width * random.uniform(0.008, 0.045), tint, random.uniform(0.10, 0.5))
    return Backdrop(frame, (0.8, 0.05), color("#fff0ea"), 0.7)


def nebula(random: Random, width: int, height: int) -> Backdrop:
    """Stars behind coloured gas."""
    gas, dust, third = (clouds(random, width, height, cells, 6) for cells in (3, 4, 5))
    frame = np.tile(color("#070817"), (height, width, 1)).astype(np.float32)
    frame = mix(frame, color("#5b2a86"), smoothstep(0.38, 0.9, gas) * 0.95)
    frame = mix(frame, color("#1f8fb8"), smoothstep(0.48, 0.95, dust) * 0.80)
    frame = mix(frame, color("#ff8fb0"), smoothstep(0.60, 1.0, third * gas * 1.7) * 0.75)
    stars = random.random((height, width), dtype=np.float32)
    frame = frame + smoothstep(0.9985, 1.0, stars)[..., None] * 0.9
    for _ in range(40):
        at = random.uniform(0, width), random.uniform(0, height)
        add_disc(frame, at, width * random.uniform(0.0015, 0.005), color("#ffffff"), random.uniform(0.4, 1))
    return Backdrop(np.asarray(frame, dtype=np.float32), (0.85, 0.15), color("#b48cff"), 0.9)


INDOORS = (studio, warm_canvas, office, library)
OUTDOORS = (park, sunset, city_night, neon, winter, mountains, blossom, nebula)
PAINTERS: dict[str, Painter] = {each.__name__: each for each in (*INDOORS, *OUTDOORS)}


def _steps(random: Random, width: int, count: int) -> Floats:
    heights = random.random(count).astype(np.float32)
    return np.repeat(heights, -(-width // count))[:width]


def _fit(field: Floats, width: int) -> Floats:
    return np.pad(field, ((0, 0), (0, max(0, width - field.shape[1]))), mode="edge")[:, :width]
