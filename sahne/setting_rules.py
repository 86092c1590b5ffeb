"""What a setting's text must look like: what is wrong with it, or None (`variables.py` asks)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


def a_host(host: str) -> str | None:
    """Where one listens."""
    return None if _HOST.fullmatch(host) else "must be a name or an address, without a scheme or a port"


def an_address(url: str) -> str | None:
    """Of a site, which may lie below a path."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment or parts.username):
        return None
    return "must look like https://api.example.com"


def whose_port_can_be(url: str) -> str | None:
    """Of a server; which scheme it must have is told with the settings beside it."""
    try:
        urlsplit(url).port  # noqa: B018 it is read when it is asked for
    except ValueError:
        return "must have a port from 1 to 65535, or none"
    return None


def a_header(name: str) -> str | None:
    """By its name."""
    return None if _HEADER.fullmatch(name) else "must be the name of a header, such as x-real-ip"


def roles(names: str) -> str | None:
    """One or more of the database's."""
    return None if all(map(str.strip, names.split(","))) else "must name a role, and more of them joined by commas"


def of_postgresql(url: str) -> str | None:
    """By its scheme."""
    if urlsplit(url).scheme in ("postgresql", "postgres"):
        return None
    return "must begin with postgresql://; no other database will do"


def not_the_systems(names: str) -> str | None:
    """One or more schemas of one's own."""
    schemas = {name.strip() for name in names.split(",") if name.strip()}
    if schemas and not {"pg_catalog", "information_schema"} & schemas:
        return None
    return "must name schemas, and none of the system's"
