"""What names a hook: a function of the database, or an address."""

from __future__ import annotations

import re
from base64 import b64decode
from urllib.parse import urlsplit

from sahne.public_addresses import is_loopback

FUNCTION = re.compile(r"pg-functions://[a-z0-9_]+/[a-z_][a-z0-9_]{0,62}/[a-z_][a-z0-9_]{0,62}")
SECRET_BYTES_MIN = 16


def of_a_hook(url: str) -> str | None:
    """A setting's rule: in the clear only to this machine."""
    parts = urlsplit(url)
    is_near = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if FUNCTION.fullmatch(url) or ((parts.scheme == "https" or is_near) and parts.hostname and "@" not in parts.netloc):
        return None
    return "must look like pg-functions://postgres/public/custom_access_token, or https://app.example.com/hook"


def of_hook_secrets(secrets: str) -> str | None:
    """A setting's rule: secrets as Standard Webhooks writes them, joined by commas or bars."""
    for secret in secrets_in(secrets):
        try:
            is_secret = len(b64decode(secret.removeprefix("whsec_"), validate=True)) >= SECRET_BYTES_MIN
        except ValueError:
            is_secret = False
        if not (is_secret and secret.startswith("whsec_")):
            return "must be secrets like whsec_ and 16 bytes or more in base64, joined by commas"
    return None


def secrets_in(text: str) -> tuple[str, ...]:
    """`whsec_…,whsec_…`, or as Supabase writes them: `v1,whsec_…|v1,whsec_…`."""
    named = (each.strip() for each in re.split(r"[,|]", text))
    return tuple(each for each in named if each and each != "v1")
