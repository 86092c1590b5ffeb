"""Makers of pictures elsewhere as the settings name them: the worker asks them, the server hears what they say."""

from __future__ import annotations

from sahne.providers.images.bfl import BlackForestLabs
from sahne.providers.images.fal import Fal
from sahne.providers.images.provider import ImageProvider
from sahne.providers.images.replicate import Replicate
from sahne.settings import Settings


def open_providers(settings: Settings) -> dict[str, ImageProvider]:
    """By name; none of them is asked anything yet."""
    return {name: _open(name, settings) for name in settings.remote_provider_names}


def _open(name: str, settings: Settings) -> ImageProvider:
    match name:
        case "bfl":
            return BlackForestLabs(
                settings.bfl_url,
                settings.bfl_api_key or "",
                webhook_secret=settings.bfl_webhook_secret,
                webhook_header=settings.bfl_webhook_header,
            )
        case "fal":
            return Fal(settings.fal_url, settings.fal_key or "", settings.fal_jwks_url)
        case _:
            return Replicate(
                settings.replicate_url,
                settings.replicate_api_token or "",
                webhook_secret=settings.replicate_webhook_secret,
            )
