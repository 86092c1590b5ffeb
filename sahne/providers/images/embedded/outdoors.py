"""Backdrops under the sky: parks, seas, cities, deserts, the stars."""

from __future__ import annotations

import numpy as np

from sahne.providers.images.embedded.backdrop import Backdrop, steps
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


def city_night(random: Random, width: int, height: int) -> Backdrop:
    """Street lights far out of focus."""
    _, y = grid(width, height)
    frame = ramp([(0, "#0a1024"), (0.5, "#1a2142"), (0.72, "#2a2540"), (1, "#0d0f1c")], y)
    frame = mix(frame, color("#04070f"), (y > 0.62 - 0.34 * steps(random, width, 18)[None, :]) * 0.45)
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


def autumn(random: Random, width: int, height: int) -> Backdrop:
    """A lane of maples, leaves on the ground and in the air."""
    x, y = grid(width, height)
    frame = ramp([(0, "#f3d9a0"), (0.45, "#e9a64f"), (0.68, "#b9682c"), (0.72, "#a8702f"), (1, "#6b3c1d")], y)
    crowns = clouds(random, width, height, 6, 5)
    frame = mix(frame, color("#c8431f"), smoothstep(0.45, 0.7, crowns) * smoothstep(0.75, 0.35, y) * 0.8)
    frame = mix(frame, color("#f2b632"), smoothstep(0.62, 0.8, crowns) * smoothstep(0.7, 0.3, y) * 0.7)
    for _ in range(9):
        root, thick = random.uniform(0, 1), random.uniform(0.006, 0.018)
        trunk = np.exp(-(((x - root - 0.02 * np.sin(y * 5)) / thick) ** 2)) * smoothstep(0.80, 0.70, y)
        frame = mix(frame, color("#3b2417"), np.asarray(trunk * 0.75, dtype=np.float32))
    frame = blurred(frame, width / 55)
    sun = float(random.choice([0.15, 0.85])), 0.12
    glow = np.exp(-np.hypot(x - sun[0], y - sun[1]) * 2.4).astype(np.float32)
    frame = mix(frame, color("#fff0c8"), glow * 0.7)
    for _ in range(80):
        at = random.uniform(0, width), random.uniform(0, height)
        tint = color(str(random.choice(["#ffcf5a", "#ff8a3c", "#e0501f", "#ffe39a"])))
        add_disc(frame, at, width * random.uniform(0.005, 0.03), tint, random.uniform(0.12, 0.5))
    return Backdrop(frame, sun, color("#ffdf9a"), 0.8)


def beach(random: Random, width: int, height: int) -> Backdrop:
    """Noon by the sea: sand, foam, a far sail."""
    x, y = grid(width, height)
    frame = ramp(
        [(0, "#3f9bd8"), (0.42, "#bfe3f2"), (0.46, "#1f86a8"), (0.62, "#4fc1c4"), (0.72, "#e8dcb8"), (1, "#d9bf8c")], y
    )
    shore = 0.68 + 0.02 * np.sin(x * 9 + float(random.uniform(0, 6))) + 0.03 * (ridge(random, width, 3) - 0.5)[None, :]
    foam = np.exp(-(((y - shore) / 0.012) ** 2)) + 0.6 * np.exp(-(((y - shore + 0.05) / 0.008) ** 2))
    frame = mix(frame, color("#ffffff"), np.asarray(np.clip(foam, 0, 1) * 0.8, dtype=np.float32))
    puffs = smoothstep(0.55, 0.8, clouds(random, width, height, 3, 5)) * smoothstep(0.42, 0.2, y)
    frame = mix(frame, color("#ffffff"), puffs * 0.85)
    sail = float(random.uniform(0.12, 0.88))
    hull = (np.abs(x - sail) < 0.035 * np.clip((y - 0.34) / 0.11, 0, 1)) & (y > 0.34) & (y < 0.45)
    frame = mix(frame, color("#fdfdf8"), hull * np.float32(0.9))
    return Backdrop(blurred(frame, width / 120), (0.75, 0.0), color("#fff6dd"), 0.75)


def rooftop(random: Random, width: int, height: int) -> Backdrop:
    """A city's roofs at dawn, windows still lit."""
    x, y = grid(width, height)
    frame = ramp([(0, "#33456f"), (0.3, "#8a7fa8"), (0.5, "#f0a98c"), (0.62, "#ffd9a8"), (1, "#e8b58c")], y)
    for base, tint, count in ((0.52, "#8d86a6", 22), (0.62, "#5d5f86", 16), (0.76, "#33385c", 10)):
        top = base - 0.24 * steps(random, width, count)[None, :]
        towers = smoothstep(0.0, 0.006, y - top)
        frame = mix(frame, color(tint), towers)
        lit = (clouds(random, width, height, 70, 1) > 0.72) & (np.sin(y * 220) > 0.2)
        frame = mix(frame, color("#ffd98f"), towers * lit * np.float32(0.55))
    left = bool(random.integers(2))
    sun = (0.12 if left else 0.88), 0.5
    glow = np.exp(-np.hypot(x - sun[0], (y - sun[1]) * height / width) * 3.0).astype(np.float32)
    frame = mix(frame, color("#fff1d0"), glow * 0.75)
    return Backdrop(blurred(frame, width / 110), sun, color("#ffcf9a"), 0.8)


def desert(random: Random, width: int, height: int) -> Backdrop:
    """Dunes under a high sky, their crests sharp against their shadows."""
    _, y = grid(width, height)
    frame = ramp([(0, "#5b8fc7"), (0.4, "#c8dcea"), (0.52, "#f6e3c4"), (1, "#e9b877")], y)
    left = bool(random.integers(2))
    for base, bright, dark in (
        (0.52, "#eec48e", "#c98d57"),
        (0.64, "#e6ad69", "#a9663a"),
        (0.80, "#d8954f", "#874a2a"),
    ):
        crest = base - 0.15 * (blurred(ridge(random, width, 2)[None, :], width / 30) - 0.45)
        slope = np.gradient(blurred(crest, width / 60), axis=1) * width
        shaded = smoothstep(-0.06, 0.06, slope if left else -slope)
        dune = mix(color(bright) + np.zeros_like(frame), color(dark), np.broadcast_to(shaded, y.shape))
        frame = mix(frame, dune, smoothstep(0.0, 0.008, y - crest))
    return Backdrop(blurred(frame, width / 170), (0.08 if left else 0.92, 0.15), color("#fff0cc"), 0.85)


def aurora(random: Random, width: int, height: int) -> Backdrop:
    """Northern lights over a lake and its firs."""
    x, y = grid(width, height)
    frame = ramp([(0, "#050a1f"), (0.6, "#12305a"), (0.70, "#16385c"), (1, "#081426")], y)
    for tint, strength in (("#4dffb8", 0.85), ("#7dfce0", 0.5), ("#b26bff", 0.55)):
        line = 0.20 + 0.30 * ridge(random, width, 3)[None, :]
        veil = np.exp(-np.clip(line - y, 0, 1) * 5.5) * smoothstep(0.0, 0.05, line - y + 0.05)
        veil = veil * (0.55 + 0.45 * clouds(random, width, 8, 40, 2)[:1])
        frame = frame + color(tint) * np.asarray(veil * strength * 0.55, dtype=np.float32)[..., None]
    stars = random.random((height, width), dtype=np.float32)
    frame = frame + (smoothstep(0.997, 1.0, stars) * smoothstep(0.6, 0.3, y))[..., None] * 0.7
    water = frame[::-1][: height - int(height * 0.72)]
    frame[int(height * 0.72) :] = np.asarray(water * 0.55, dtype=np.float32)
    firs = 0.72 - 0.11 * np.abs(np.sin(x * 60 + 9 * ridge(random, width, 5)[None, :])) * (
        0.4 + ridge(random, width, 4)[None, :]
    )
    frame = mix(frame, color("#03070f"), smoothstep(0.0, 0.008, y - firs) * smoothstep(0.735, 0.725, y))
    return Backdrop(blurred(np.asarray(frame, dtype=np.float32), width / 140), (0.5, 0.0), color("#8fffd6"), 0.8)


def garden(random: Random, width: int, height: int) -> Backdrop:
    """A rose arch over a path, lavender at its sides."""
    x, y = grid(width, height)
    frame = ramp([(0, "#cfe4d0"), (0.4, "#8fbf7f"), (0.66, "#5f9a58"), (1, "#4a7d45")], y)
    path = np.exp(-(((x - 0.5) / (0.05 + 0.42 * np.clip(y - 0.55, 0, 1))) ** 2)) * smoothstep(0.55, 0.62, y)
    frame = mix(frame, color("#e3d3b4"), np.asarray(path * 0.85, dtype=np.float32))
    arch = np.abs(np.hypot((x - 0.5) / 0.40, (y - 0.55) / 0.46) - 1)
    leafy = np.exp(-((arch / 0.12) ** 2)) * (y < 0.72)
    frame = mix(frame, color("#2f6a38"), np.asarray(leafy * 0.9, dtype=np.float32))
    frame = blurred(frame, width / 65)
    for _ in range(120):
        turn = random.uniform(0, np.pi)
        far = 1 + random.normal(0, 0.07)
        at = (0.5 + 0.40 * far * np.cos(turn)) * width, (0.55 - 0.46 * far * np.sin(turn)) * height
        tint = color(str(random.choice(["#ff9fb8", "#ffd3df", "#e8577e", "#fff2f0"])))
        add_disc(frame, at, width * random.uniform(0.008, 0.022), tint, random.uniform(0.45, 0.9))
    for _ in range(90):
        at = random.choice([random.uniform(0, 0.3), random.uniform(0.7, 1)]) * width, random.uniform(0.66, 1) * height
        add_disc(frame, at, width * random.uniform(0.006, 0.018), color("#9d7fd6"), random.uniform(0.3, 0.7))
    return Backdrop(blurred(frame, width / 220), (0.5, 0.05), color("#fff6e0"), 0.6)


def _fit(field: Floats, width: int) -> Floats:
    return np.pad(field, ((0, 0), (0, max(0, width - field.shape[1]))), mode="edge")[:, :width]
