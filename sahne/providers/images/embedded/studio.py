"""The keyless maker: photo → cut-out → backdrop from the seed → one light → brush → files. No key needed.

The same photo, scene and seed give the same bytes. It looks at a scene's keywords, never at its sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from sahne.digital_sources import DigitalSource
from sahne.providers.images.embedded import backdrops, brushes
from sahne.providers.images.embedded.composition import finish, join
from sahne.providers.images.embedded.cutout import NET, cut_out
from sahne.providers.images.embedded.faces import find_face
from sahne.providers.images.embedded.fields import mix
from sahne.providers.images.embedded.hands import Sitter, paint_by_hand
from sahne.providers.images.embedded.looks import Hand, Look, choose_look
from sahne.providers.images.embedded.models import Floats, Models
from sahne.providers.images.embedded.photo import picture_of, read_photo
from sahne.providers.images.embedded.placing import place
from sahne.providers.images.generator import (
    GenerationRefused,
    ImageRequest,
    Picture,
    Progress,
    Refusal,
)

MODEL = "embedded-studio-1"
THUMBNAIL_SIDE_PIXELS = 320
REPORT_SECONDS_MAX = 30.0
FACE_KEPT = 0.6  # of the photograph, where a trained style would twist a mouth
# Where a trained net paints; the backdrops, light and hands are programs
SOURCES = dict.fromkeys(("paint", "reference"), DigitalSource.EDITED_BY_TRAINED)
Step = Callable[[float], None]


class EmbeddedStudio:
    """Makes pictures in this process, one at a time, on a thread of their own."""

    name = "embedded"

    def __init__(self, models: Models | None = None) -> None:
        self._models = models or Models()
        # one thread, because a thread cannot be stopped: one left behind is waited for, not joined by another
        self._thread = ThreadPoolExecutor(1, "embedded-studio")

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        """About 0.5 to 2 s for 768² on two cores; between two steps it hears whether it is still wanted.

        Raises:
            GenerationRefused: `photo_required`, `photo_unreadable`, `photo_too_small`, `photo_too_large`,
                `subject_not_found`.
        """
        loop = asyncio.get_running_loop()
        left = threading.Event()

        def step(fraction: float) -> None:
            if left.is_set():
                raise InterruptedError
            asyncio.run_coroutine_threadsafe(progress.report(fraction), loop).result(REPORT_SECONDS_MAX)

        try:
            return await loop.run_in_executor(self._thread, make_picture, request, self._models, step)
        finally:
            left.set()
            self._thread.submit(give_memory_back)

    async def close(self) -> None:
        """The thread ends with the step under way; the models go with the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def make_picture(request: ImageRequest, models: Models, step: Step) -> Picture:
    """Every step in order; `step(fraction)` after each may raise to stop."""
    started = time.perf_counter()
    if request.photo is None:
        raise GenerationRefused(Refusal.PHOTO_REQUIRED)
    photo = read_photo(request.photo)
    step(0.1)
    face = find_face(photo, models)
    cutout = cut_out(photo, models)
    step(0.35)
    look = choose_look(request.keywords, request.category)
    random = np.random.Generator(np.random.PCG64(request.seed))
    backdrop = backdrops.paint(look.backdrop, random, request.width, request.height)
    step(0.55)
    placed = place(cutout, face, request.width, request.height)
    sitter = Sitter(np.clip(join(placed, backdrop), 0, 1), placed.mask, placed.face)
    step(0.65)
    painted, mode = _paint(sitter, look, request.reference, models, random)
    step(0.9)
    picture = picture_of(finish(painted, look.grade, random))
    facts: dict[str, Any] = {
        "provider": EmbeddedStudio.name,
        "mode": mode,
        "look": look.name,
        "cutout": NET,
        "mask_coverage": round(cutout.coverage, 4),
        "text_prompt": False,
        "unused": ["prompt", "negative_prompt"],
        "seconds": round(time.perf_counter() - started, 3),
    }
    if mode in ("hand", "paint"):
        facts |= {"style": look.brush, "strength": look.strength}
    return Picture(
        image=_png(picture, request.seed, mode),
        image_type="image/png",
        thumbnail=_thumbnail(picture),
        thumbnail_type="image/webp",
        width=request.width,
        height=request.height,
        seed=request.seed,
        model=MODEL,
        source=SOURCES.get(mode, DigitalSource.COMPOSITE_SYNTHETIC),
        facts=facts,
    )


def give_memory_back() -> None:
    """Hand freed memory to the system where the C library can (glibc): an idle worker keeps 160 MB, not 330."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _paint(
    sitter: Sitter, look: Look, reference: bytes | None, models: Models, random: np.random.Generator
) -> tuple[Floats, str]:
    if reference is not None:
        with contextlib.suppress(GenerationRefused):  # the scene's fault, and not one of the photo
            return brushes.paint_like(sitter.scene, read_photo(reference), models), "reference"
    if isinstance(look.brush, Hand):
        return paint_by_hand(look.brush, sitter, random), "hand"
    if look.brush is not None:
        painted = brushes.paint(sitter.scene, look.brush, look.strength, look.keep_color, models)
        return mix(painted, sitter.scene, sitter.features * FACE_KEPT), "paint"
    return sitter.scene, "backdrop"


def _png(picture: Image.Image, seed: int, mode: str) -> bytes:
    """A PNG that says what made it, and that its colours are sRGB's; no prompt and nothing of the photo's metadata."""
    words = PngImagePlugin.PngInfo()
    words.add(b"sRGB", b"\x01")  # relative colorimetric, as the photo was read
    words.add_text("Software", f"Sahne {MODEL}")
    words.add_text("Comment", f"mode={mode} seed={seed} text_prompt=false")
    out = BytesIO()
    picture.save(out, "PNG", pnginfo=words, compress_level=3)
    return out.getvalue()


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE_PIXELS, THUMBNAIL_SIDE_PIXELS), Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
