"""Settings of makers elsewhere that do not fit together are refused before anything is started."""

from __future__ import annotations

from urllib.parse import urlsplit

from sahne.errors import SettingInvalid
from sahne.image_providers import needed_by
from sahne.settings import Settings, variable_of


def refuse_keyless(settings: Settings) -> None:
    """Stop before pictures are asked of somebody without the key, or the model, that it takes.

    Raises:
        SettingInvalid: naming the variables.
    """
    missing = [variable_of(key) for key in needed_by(settings.image_provider_names) if not getattr(settings, key)]
    if missing:
        raise SettingInvalid(
            details="\n".join(
                f"{variable}: is missing, and SAHNE_IMAGE_PROVIDERS names its maker" for variable in missing
            ),
            hint="docs/guides/image-providers.md says what each maker needs.",
        )
    _refuse_lost_answers(settings)


def _refuse_lost_answers(settings: Settings) -> None:
    """Stop before Black Forest Labs is asked to tell us on its global host: it gives no address to look at then, and
    knows a job only in the region that took it.

    Raises:
        SettingInvalid: a webhook's secret is set beside the global host.
    """
    if settings.bfl_webhook_secret and urlsplit(settings.bfl_url).hostname == "api.bfl.ai":
        raise SettingInvalid(
            details="SAHNE_BFL_WEBHOOK_SECRET: needs a host of one region in SAHNE_BFL_URL",
            hint="Set https://api.eu.bfl.ai or https://api.us.bfl.ai, or no secret: pictures are looked at anyway.",
        )
