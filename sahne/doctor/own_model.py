"""A model of one's own: whether the Python that is named can run what lies in its folder. Nothing is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sahne.doctor.finding import Finding, fault, not_looked_at
from sahne.doctor.installation import Installation
from sahne.providers.images.diffusion.faults import setting_invalid
from sahne.providers.images.diffusion.process import CHECK_SECONDS_MAX, ModelFailed, ModelOptions, check_model

LOOKED_AT = "a model of your own"
SECONDS_MAX = CHECK_SECONDS_MAX + 5


async def own_model(installation: Installation) -> AsyncIterator[Finding]:
    """What a worker would say of it at its start."""
    settings = installation.settings
    if "diffusers" not in settings.image_provider_names or settings.diffusers_model is None:
        yield not_looked_at(LOOKED_AT, "none is set")
        return
    try:
        await asyncio.to_thread(check_model, ModelOptions.of(settings))
    except ModelFailed as failed:
        wrong = setting_invalid(failed)
        yield fault(LOOKED_AT, str(wrong.details), str(wrong.hint))
    else:
        yield Finding(LOOKED_AT, f"{settings.diffusers_model.name} can be run")
