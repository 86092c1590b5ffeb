"""What settings of traces and error reports must look like: what is wrong with them, or None (`variables.py` asks)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_KEY = re.compile(r"[A-Za-z0-9_-]{8,100}")
_PROJECT = re.compile(r"(?P<before>(?:/[A-Za-z0-9._-]+)*)/(?P<project>[A-Za-z0-9_-]{1,50})/?")
_HEADER = re.compile(r"([A-Za-z0-9-]+)=([!-~]+(?: [!-~]+)*)")


def of_headers(text: str) -> str | None:
    """`name=value`, joined by commas."""
    if all(_HEADER.fullmatch(each.strip()) for each in text.split(",")):
        return None
    return "must look like authorization=Bearer TOKEN, more of them joined by commas"


def headers_in(text: str) -> dict[str, str]:
    """By their names, in small letters."""
    named = (each.strip().partition("=") for each in text.split(",") if each.strip())
    return {name.lower(): value for name, _, value in named}


@dataclass(frozen=True, slots=True)
class Dsn:
    """Where error reports go: the address of a project's envelopes, and the key that opens it."""

    envelopes_url: str
    key: str


def of_dsn(text: str) -> str | None:
    """Sentry's name for both: `https://KEY@HOST/PROJECT`."""
    return None if dsn_in(text) else "must look like https://KEY@sentry.example.com/PROJECT"


def dsn_in(text: str) -> Dsn | None:
    """What a DSN says, if it is one."""
    parts = urlsplit(text)
    path = _PROJECT.fullmatch(parts.path)
    try:
        port = parts.port
    except ValueError:
        return None
    is_whole = parts.scheme in ("http", "https") and parts.hostname and _KEY.fullmatch(parts.username or "")
    if not is_whole or path is None or parts.query or parts.fragment:
        return None
    place = f"{parts.hostname}:{port}" if port else f"{parts.hostname}"
    return Dsn(f"{parts.scheme}://{place}{path['before']}/api/{path['project']}/envelope/", parts.username or "")
