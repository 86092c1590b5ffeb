"""Which address a setting may name as that of a Supabase project."""

from __future__ import annotations

from urllib.parse import urlsplit

from sahne.public_addresses import is_loopback

AUTH_PATH = "/auth/v1"
_LOOKS = "must look like https://PROJECT.supabase.co"


def of_a_project(url: str) -> str | None:
    """What is wrong with it, or None: everybody's tokens go there, so in the clear only on this machine."""
    parts = urlsplit(url)
    try:
        parts.port  # noqa: B018 it is read when it is asked for
    except ValueError:
        return _LOOKS
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare:
        return _LOOKS
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return f"{_LOOKS}: over http tokens could be read on the way"
    return None
