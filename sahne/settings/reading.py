"""The settings, read from the environment and a `.env` file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sahne.errors import SettingInvalid
from sahne.settings import OWN_NAMES, PREFIX, Settings, variable_of
from sahne.sign_in_providers import PRESETS
from sahne.variables import read_values

FILE = Path(".env")

# What a host's form may send as nothing, which means that there is none
EMPTY_IS_NONE = frozenset(
    {
        "site_url",
        "project_url",
        "app_url",
        "smtp_url",
        "passkey_rp_id",
        "jwt_keys",
        "client_ip_header",
        "livekit_url",
        "livekit_api_key",
        "livekit_api_secret",
    }
    | {
        "bfl_api_key",
        "bfl_webhook_secret",
        "fal_key",
        "replicate_api_token",
        "replicate_webhook_secret",
        "provenance_key",
    }
    | {"livekit_old_api_key", "livekit_old_api_secret", "livekit_servers"}
    | {"revenuecat_authorization", "revenuecat_signing_secrets", "apple_bundle_ids", "apple_root_certificates"}
    | {"revenuecat_api_key", "hook_user_created", "hook_access_token", "hook_secrets"}
    | {"captcha_secret", "captcha_url"}
    | {"objects_url", "objects_old_url", "s3_endpoint", "s3_access_key_id", "s3_secret_access_key"}
    | {"backups", "backup_key", "backup_hour"}
    | {"twilio_account_sid", "twilio_auth_token", "twilio_from", "sms_url", "sms_secret"}
    | {"google_package_names", "google_service_account", "google_push_audience", "google_push_email"}
    | {"fcm_service_account", "apns_key", "apns_key_id", "apns_team_id", "apns_bundle_ids"}
    | {"expo_access_token", "vapid_private_key", "vapid_subject"}
    | {"s3_protocol_access_key_id", "s3_protocol_access_key_secret"}
    | {f"{name}_client_ids" for name in PRESETS}
    | {f"{name}_client_secret" for name in PRESETS if name != "apple"}
    | {"apple_team_id", "apple_key_id", "apple_key", "openid_providers", "provider_urls"}
)


def read_settings(env_file: Path | None = FILE, **overrides: object) -> Settings:
    """The environment's settings, then those of a file, but for what is given; a None is not given.

    Raises:
        SettingInvalid: naming the variable and what is wrong, never the value, which may be a secret.
    """
    given = _by_name(_variables_of(env_file)) | _by_name(os.environ)
    given |= {name: value for name, value in overrides.items() if value is not None}
    given |= dict.fromkeys((name for name in EMPTY_IS_NONE if given.get(name) == ""), None)
    values, wrong = read_values(Settings, given)
    if wrong:
        raise SettingInvalid(
            details="\n".join(f"{variable_of(name)}: {fault}" for name, fault in wrong.items()),
            hint="docs/guides/production.md lists every setting with its bounds.",
        )
    return Settings(**values)


def misnamed_variables(env_file: Path | None = FILE) -> dict[str, str | None]:
    """What is set, looks like a setting's variable and is none; with the one that is perhaps meant."""
    known = [variable_of(each.name) for each in fields(Settings)]
    given = {name.upper() for name in (*_variables_of(env_file), *os.environ)}
    unknown = sorted(name for name in given - set(known) if name.startswith(PREFIX))
    own = {f"{PREFIX}{name.upper()}": variable for name, variable in OWN_NAMES.items()}
    return {name: own.get(name) or next(iter(get_close_matches(name, known, 1)), None) for name in unknown}


def _variables_of(path: Path | None) -> Mapping[str, str | None]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only here: most folders have no such file

    return dotenv_values(path)


def _by_name(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """What is set among the variables, by the settings' names; capitals or not is one."""
    known = {variable_of(each.name): each.name for each in fields(Settings)}
    capitals = {variable.upper(): value for variable, value in variables.items() if value is not None}
    return {known[variable]: capitals[variable] for variable in known.keys() & capitals.keys()}
