"""Settings that are secrets: they are not printed, and each may lie in a file of its own, named by `…_FILE`, in TOML
`…_file`.

So Docker's and Kubernetes' secrets and systemd's credentials need not pass through an environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sahne.errors import SettingInvalid
from sahne.sign_in_providers import PRESETS

OF_A_FILE = "_file"
SECRET_BYTES_MAX = 64 * 1024

# A URL among them may hold a password, and with a test number's code one signs in
SECRETS = frozenset(
    {
        "database_url",
        "replication_url",
        "authenticator_password",
        "jwt_secret",
        "service_role_key",
        "secret_key",
        "metrics_token",
        "management_token",
        "traces_headers",
        "error_reports",
        "livekit_api_secret",
        "livekit_old_api_secret",
        "livekit_servers",
        "smtp_url",
        "bus_url",
        "captcha_secret",
        "twilio_auth_token",
        "sms_secret",
        "sms_test_numbers",
        "hook_secrets",
        "hook_user_created",
        "hook_access_token",
        "hook_password_attempt",
        "hook_mfa_attempt",
        "hook_send_email",
        "hook_send_sms",
        "openid_providers",
        "objects_url",
        "objects_old_url",
        "backups",
        "s3_secret_access_key",
        "s3_protocol_access_key_secret",
        "revenuecat_authorization",
        "revenuecat_signing_secrets",
        "revenuecat_api_key",
        "expo_access_token",
        "vapid_private_key",
        "bfl_api_key",
        "bfl_webhook_secret",
        "fal_key",
        "replicate_api_token",
        "replicate_webhook_secret",
    }
    | {f"{name}_client_secret" for name in PRESETS if name != "apple"}
)


def with_secrets(given: Mapping[str, Any], files: Mapping[str, Any], name_of: Callable[[str], str]) -> dict[str, Any]:
    """What is given, and the secrets that lie in files, by their settings' names. A secret comes before its file.

    `name_of` says how a setting's file is called where it is named.

    Raises:
        SettingInvalid: a file cannot be read.
    """
    read = {name: read_secret(name_of(name), path) for name, path in files.items() if name not in given}
    return read | dict(given)


def read_secret(called: str, path: object) -> str:
    """What a file holds, without the line's end.

    Raises:
        SettingInvalid: naming the setting and the file.
    """
    if not isinstance(path, str) or not path:
        raise SettingInvalid(details=f"{called}: must be the path of a file")
    try:
        with Path(path).open("rb") as file:
            content = file.read(SECRET_BYTES_MAX + 1)
        if len(content) <= SECRET_BYTES_MAX:
            return content.decode().rstrip("\r\n")
        reason = "it is too large for a secret"
    except OSError as error:
        reason = error.strerror or "it is no file"
    except ValueError:
        reason = "it is no text in UTF-8"
    raise SettingInvalid(
        details=f"{called}: {path} cannot be read: {reason}",
        hint="Whoever runs Sahne must be able to read it, and nobody else should.",
    )
