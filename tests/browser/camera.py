"""A camera for a browser: a face before a curtain, as JPEGs one after another, which Chromium plays for ever."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

FRAMES = 4


def write_camera(path: Path, width: int, height: int) -> Path:
    path.write_bytes(b"".join(frame(width, height, number) for number in range(FRAMES)))
    return path


def frame(width: int, height: int, number: int) -> bytes:
    picture = Image.new("RGB", (width, height), (92, 18, 48))
    pen = ImageDraw.Draw(picture)
    for fold in range(0, width, width // 8):
        pen.rectangle((fold, 0, fold + width // 16, height), fill=(122, 24, 62))
    middle, top, size = width // 2 + 4 * number, height // 8, min(width, height) // 3
    pen.ellipse((middle - size, top, middle + size, top + int(2.6 * size)), fill=(214, 160, 124))
    for eye in (-1, 1):
        pen.ellipse(box(middle + eye * size // 2, top + size, size // 10), fill=(32, 18, 24))
    pen.arc(box(middle, top + int(1.6 * size), size // 3), 20, 160, fill=(120, 24, 40), width=8)
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def box(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    return x - radius, y - radius, x + radius, y + radius
