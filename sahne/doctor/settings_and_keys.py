"""The settings as they fit together, the five keys and those that sign."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import jwt

from sahne.doctor.finding import Finding, fault, not_looked_at, warning
from sahne.doctor.installation import Installation
from sahne.errors import SahneError, SettingInvalid
from sahne.gateway.fitting_settings import GUIDE, refuse_unfit
from sahne.providers.push.opened import close_channels, open_channels
from sahne.settings import Settings
from sahne.settings.reading import misnamed_variables
from sahne.signing_keys import SETTING, SigningKeys

KEY_DAYS_MIN = 30
DAY_SECONDS = 86_400
OTHERS = 0o077  # what a file of keys may let nobody but its owner do


async def names(_: Installation) -> AsyncIterator[Finding]:
    """A variable that is misspelt counts as not set."""
    misnamed = misnamed_variables()
    for variable, meant in misnamed.items():
        perhaps = f"Perhaps {meant} is meant." if meant else f"Take it away; {GUIDE} lists every setting."
        yield warning("names of settings", f"there is no {variable}; it is passed over", perhaps)
    if not misnamed:
        yield Finding("names of settings", "each is known")


async def fit(installation: Installation) -> AsyncIterator[Finding]:
    """As `sahne serve` judges them at its start."""
    try:
        refuse_unfit(installation.settings)
    except SahneError as error:
        for finding in unfit(error):
            yield finding
    else:
        yield Finding("settings together", "they fit")


def unfit(error: SahneError) -> list[Finding]:
    """A line for each setting that was refused."""
    lines = str(error.details).splitlines() if isinstance(error, SettingInvalid) and error.details else [error.message]
    return [fault("settings together", line, error.hint or f"{GUIDE} lists every setting.") for line in lines]


async def keys(installation: Installation) -> AsyncIterator[Finding]:
    """Whose keys they are, and how long they hold."""
    settings = installation.settings
    if settings.is_development:
        yield _of_a_laptop(settings)
        return
    yield Finding("keys", "of your own")
    for variable in ("SAHNE_ANON_KEY", "SAHNE_SERVICE_ROLE_KEY"):
        yield _expiry(variable, settings.keys[variable])


def _of_a_laptop(settings: Settings) -> Finding:
    if settings.has_database_elsewhere:
        found = "the public ones of a laptop, and the database is on another machine"
        return warning("keys", found, f"Make keys of your own before others reach this server: {GUIDE}.")
    return Finding("keys", f"the public ones of a laptop, on {settings.host} alone")


def _expiry(variable: str, key: str) -> Finding:
    try:
        ends = jwt.decode(key, options={"verify_signature": False}).get("exp")
    except jwt.InvalidTokenError:
        return fault(variable, "is no token", f"Sign one with SAHNE_JWT_SECRET: {GUIDE}.")
    if ends is None:
        return Finding(variable, "never ends")
    days = (float(ends) - time.time()) / DAY_SECONDS
    if days < 0:
        return fault(
            variable, "has expired", f"Sign a new one with SAHNE_JWT_SECRET, and give it to the apps: {GUIDE}."
        )
    if days < KEY_DAYS_MIN:
        return warning(variable, f"ends in {days:.0f} days", f"Sign a new one, and give it to the apps: {GUIDE}.")
    return Finding(variable, f"holds for {days:.0f} days")


async def signing_keys(installation: Installation) -> AsyncIterator[Finding]:
    """The file of keys that anybody can check."""
    path = installation.settings.jwt_keys
    if path is None:
        yield not_looked_at(SETTING, "none is set: tokens are signed with SAHNE_JWT_SECRET")
        return
    try:
        found = SigningKeys.of(path)
    except SettingInvalid as error:
        yield fault(SETTING, error.message, error.hint or "")
        return
    if path.stat().st_mode & OTHERS:
        yield warning(SETTING, f"{path} can be read by others", f"chmod 600 {path}")
    yield Finding(SETTING, f"{len(found.keys)} in {path}; {found.signing.id if found.signing else 'none'} signs")


async def push_keys(installation: Installation) -> AsyncIterator[Finding]:
    """What each push service is spoken to with, read and not sent anywhere."""
    try:
        channels = open_channels(installation.settings)
    except (SahneError, OSError, ValueError) as error:
        hint = error.hint if isinstance(error, SahneError) and error.hint else "docs/guides/push.md says what each is."
        yield fault("pushes", str(error), hint)
        return
    if channels:
        yield Finding("pushes", f"the keys of {', '.join(channels)} can be read")
    else:
        yield not_looked_at("pushes", "no service is set")
    await close_channels(channels)
