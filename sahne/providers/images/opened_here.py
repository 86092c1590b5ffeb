"""Makers of pictures here as the settings name them; the worker alone opens them."""

from __future__ import annotations

from sahne.image_providers import LOCAL
from sahne.providers.images.generator import ImageGenerator
from sahne.settings import Settings


def open_makers(settings: Settings) -> list[ImageGenerator]:
    """In order, each with its libraries: `worker --schedule` does without them.

    Raises:
        SettingInvalid: a model of one's own cannot be run.
    """
    return [_open(name, settings) for name in settings.image_provider_names if name in LOCAL]


def _open(name: str, settings: Settings) -> ImageGenerator:
    match name:
        case "memory":
            from sahne.providers.images.memory import MemoryImages

            return MemoryImages()
        case "diffusers":
            from sahne.providers.images.diffusion.maker import open_diffusers

            return open_diffusers(settings)
        case _:
            from sahne.providers.images.embedded.studio import EmbeddedStudio

            return EmbeddedStudio()
