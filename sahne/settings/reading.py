"""The settings, read from the environment, a `.env` file and a `sahne.toml`; each comes before what follows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sahne.errors import SettingInvalid
from sahne.settings import OWN_NAMES, PREFIX, Settings, variable_of
from sahne.settings.file import GUIDE, WHICH, config_file, read_file
from sahne.settings.secrets import OF_A_FILE, SECRETS, with_secrets
from sahne.sign_in_providers import PRESETS
from sahne.variables import read_values

FILE = Path(".env")
ENVIRONMENT = "the environment"


def _file_variable(name: str) -> str:
    """The variable that names the file of a secret."""
    return variable_of(name) + OF_A_FILE.upper()


SECRET_FILES = {_file_variable(name): name for name in SECRETS}

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
    | {"hook_password_attempt", "hook_mfa_attempt", "hook_send_email", "hook_send_sms"}
    | {"traces_url", "traces_headers", "error_reports", "metrics_token", "worker_metrics_port"}
    | {"bus_url", "management_token"}
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


@dataclass(frozen=True, slots=True)
class Source:
    """A place where settings are: its name, what it gives by the settings' names, and whether it names variables."""

    name: str
    given: Mapping[str, Any]
    names_variables: bool = True

    def name_of(self, setting: str) -> str:
        """How a setting is called there."""
        return variable_of(setting) if self.names_variables else f"{self.name}: {setting}"


def read_settings(env_file: Path | None = FILE, **overrides: object) -> Settings:
    """The settings of all sources, but for what is given; a None is not given.

    Raises:
        SettingInvalid: naming the variable and what is wrong, never the value, which may be a secret.
    """
    sources = sources_of(env_file)
    given = {name: value for source in sources for name, value in source.given.items()}
    given |= {name: value for name, value in overrides.items() if value is not None}
    given |= dict.fromkeys((name for name in EMPTY_IS_NONE if given.get(name) == ""), None)
    values, wrong = read_values(Settings, given)
    if wrong:
        raise SettingInvalid(
            details="\n".join(f"{_named(name, sources, overrides)}: {fault}" for name, fault in wrong.items()),
            hint=GUIDE,
        )
    return Settings(**values)


def sources_of(env_file: Path | None = FILE) -> list[Source]:
    """Where settings are read, the weakest first.

    Raises:
        SettingInvalid: a file cannot be read.
    """
    config = config_file()
    return [
        *([Source(str(config), read_file(config), names_variables=False)] if config else ()),
        Source(str(env_file), _by_name(_variables_of(env_file))),
        Source(ENVIRONMENT, _by_name(os.environ)),
    ]


def misnamed_variables(env_file: Path | None = FILE) -> dict[str, str | None]:
    """What is set, looks like a setting's variable and is none; with the one that is perhaps meant."""
    variables = [variable_of(each.name) for each in fields(Settings)]
    known = [*variables, *SECRET_FILES, WHICH]
    given = {name.upper() for name in (*_variables_of(env_file), *os.environ)}
    unknown = sorted(name for name in given - set(known) if name.startswith(PREFIX))
    own = {f"{PREFIX}{name.upper()}": variable for name, variable in OWN_NAMES.items()}
    return {name: own.get(name) or next(iter(get_close_matches(name, known, 1)), None) for name in unknown}


def _named(name: str, sources: list[Source], overrides: Mapping[str, object]) -> str:
    """How a setting is called where its value is from."""
    if overrides.get(name) is None:
        for source in reversed(sources):
            if name in source.given:
                return source.name_of(name)
    return variable_of(name)


def _variables_of(path: Path | None) -> Mapping[str, str | None]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only here: most folders have no such file

    return dotenv_values(path)


def _by_name(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """What is set among the variables, by the settings' names; capitals or not is one."""
    known = {variable_of(each.name): each.name for each in fields(Settings)}
    capitals = {variable.upper(): value for variable, value in variables.items() if value is not None}
    given = {known[variable]: capitals[variable] for variable in known.keys() & capitals.keys()}
    files = {SECRET_FILES[variable]: capitals[variable] for variable in SECRET_FILES.keys() & capitals.keys()}
    return with_secrets(given, files, _file_variable)
