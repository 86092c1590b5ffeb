"""The push services that the settings have everything for, as channels by platform."""

from __future__ import annotations

from collections.abc import Mapping

from sahne.errors import SettingInvalid
from sahne.providers.push import ClosableChannel
from sahne.setting_rules import names_in
from sahne.settings import Settings, variable_of

TOGETHER = (("apns_key", "apns_key_id", "apns_team_id", "apns_bundle_ids"), ("vapid_private_key", "vapid_subject"))


def open_channels(settings: Settings) -> Mapping[str, ClosableChannel]:
    """By platform; one channel may serve two. Nobody is asked anything yet.

    Raises:
        SettingInvalid: a key file is none, or something is missing beside what is set.
    """
    refuse_half_set(settings)
    channels: dict[str, ClosableChannel] = {}
    if settings.fcm_service_account:
        from sahne.providers.google_account import ServiceAccount
        from sahne.providers.push.fcm import Fcm  # only here, as all of them: most servers have none

        account = ServiceAccount.of(settings.fcm_service_account, variable_of("fcm_service_account"))
        channels["fcm"] = Fcm(settings.fcm_url, account)
    if settings.apns_key and settings.apns_key_id and settings.apns_team_id:
        from sahne.providers.push.apns import Apns, ApnsKey

        key = ApnsKey.of(settings.apns_key, settings.apns_key_id, settings.apns_team_id)
        apple = Apns(settings.apns_url, key, frozenset(names_in(settings.apns_bundle_ids or "")))
        channels |= {"apns": apple, "apns_voip": apple}
    if settings.expo_push:
        from sahne.providers.push.expo import Expo

        channels["expo"] = Expo(settings.expo_url, settings.expo_access_token)
    if settings.vapid_private_key and settings.vapid_subject:
        from sahne.providers.push.vapid import Vapid
        from sahne.providers.push.web import WebPush

        vapid = Vapid(settings.vapid_private_key, settings.vapid_subject)
        channels["web"] = WebPush(vapid, anywhere=settings.is_development, services=settings.web_push_services)
    return channels


async def close_channels(channels: Mapping[str, ClosableChannel]) -> None:
    """Each once."""
    for channel in set(channels.values()):
        await channel.close()


def refuse_half_set(settings: Settings) -> None:
    """Stop before a service is named that cannot be spoken to.

    Raises:
        SettingInvalid: naming the variables.
    """
    missing = [
        f"{variable_of(name)}: is missing beside {variable_of(next(each for each in names if getattr(settings, each)))}"
        for names in TOGETHER
        if any(getattr(settings, name) for name in names)
        for name in names
        if not getattr(settings, name)
    ]
    if missing:
        raise SettingInvalid(details="\n".join(missing), hint="docs/guides/push.md says where each comes from.")
