"""Pictures for the studio's tests: made and read by other programs, and compared pixel by pixel."""

from __future__ import annotations

import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sahne.providers.images.embedded.photo import read_photo
from tests.absent import absent

Pixels = NDArray[np.int16]


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        absent(name, f"install {package}, as scripts/system-packages does")
    return found


def told_by_exiftool(path: Path, data: bytes) -> dict[str, object]:
    """What another program knows of a picture, by group and tag; `path` is where it is written first."""
    path.write_bytes(data)
    asked = [program("exiftool", "libimage-exiftool-perl"), "-j", "-G1", str(path)]
    said = subprocess.run(asked, capture_output=True, check=True).stdout
    told: dict[str, object] = json.loads(said)[0]
    return told


def magick(*arguments: str | Path) -> bytes:
    command = [program("convert", "imagemagick"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def vips(*arguments: str | Path) -> None:
    subprocess.run([program("vips", "libvips-tools"), *map(str, arguments)], capture_output=True, check=True)


def seen(data: bytes) -> Pixels:
    return np.asarray(read_photo(data), np.int16)


def pixels_in(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"), np.int16)


def near(ours: Pixels, theirs: Pixels, most: int) -> bool:
    return ours.shape == theirs.shape and int(np.abs(ours - theirs).max()) <= most


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
