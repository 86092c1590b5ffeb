"""The twin of tests and of machines without the models: small true PNGs, made from the seed in no time.

It keeps the real maker's manners: no photo, `photo_required`; bytes that are no whole picture, `photo_unreadable`.
"""

from __future__ import annotations

import struct
import zlib

from sahne.digital_sources import DigitalSource
from sahne.pictures import picture_type
from sahne.providers.images.generator import (
    GenerationRefused,
    ImageRequest,
    Picture,
    Progress,
    Refusal,
)

SIDE_PIXELS = 8
PHOTO_BYTES_MIN = 32  # less is cut off: no format gets along with it


class MemoryImages:
    """Answers at once with a flat picture whose colour is the seed's."""

    name = "memory"

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        """A flat PNG; the photo is only looked at for being one."""
        if request.photo is None:
            raise GenerationRefused(Refusal.PHOTO_REQUIRED)
        if picture_type(request.photo) is None or len(request.photo) < PHOTO_BYTES_MIN:
            raise GenerationRefused(Refusal.PHOTO_UNREADABLE)
        await progress.report(0.5)
        png = flat_png(request.seed)
        return Picture(
            image=png,
            image_type="image/png",
            thumbnail=png,
            thumbnail_type="image/png",
            width=request.width,
            height=request.height,
            seed=request.seed,
            model="memory-1",
            source=DigitalSource.ALGORITHMIC,
            facts={"provider": self.name, "text_prompt": False, "unused": ["prompt", "negative_prompt"]},
        )

    async def close(self) -> None:
        """Nothing is held."""


def flat_png(seed: int) -> bytes:
    """A PNG of `SIDE_PIXELS`² pixels of one colour."""
    color = struct.pack(">I", seed % 2**32)[1:]
    rows = (b"\x00" + color * SIDE_PIXELS) * SIDE_PIXELS
    header = struct.pack(">IIBBBBB", SIDE_PIXELS, SIDE_PIXELS, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
