"""What the bus' settings must look like."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CHANNEL = re.compile(r"[A-Za-z0-9:_-]{1,64}")


def of_bus(url: str) -> str | None:
    """A Redis or Valkey: on this machine, in a network, or over TLS; the address may hold a password."""
    parts = urlsplit(url)
    try:
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    if parts.scheme == "unix":
        return None if parts.path else "must name a socket, such as unix:///run/valkey/valkey.sock"
    if parts.scheme in ("redis", "rediss") and parts.hostname and port_fits:
        return None
    return "must look like redis://10.0.0.5:6379, rediss://… for TLS, or unix:///run/valkey/valkey.sock"


def a_channel(name: str) -> str | None:
    """Plain, since people look for it by hand."""
    return None if _CHANNEL.fullmatch(name) else "must be up to 64 letters, digits, colons, hyphens and underscores"
