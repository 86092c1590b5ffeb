"""What settings of push services must look like: what is wrong with one, or None (`variables.py` asks)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# Chrome's and what is made of it, Firefox's, Edge's, Safari's
WEB_PUSH_SERVICES = "fcm.googleapis.com, *.push.services.mozilla.com, *.notify.windows.com, *.push.apple.com"

_HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
_APPLE_ID = re.compile(r"[A-Z0-9]{10}")
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=?")
_CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^\s/]+\S*")


def an_apple_id(text: str) -> str | None:
    """Of a key or a team."""
    return None if _APPLE_ID.fullmatch(text) else "must be the ten capitals and digits that Apple shows"


def of_vapid(text: str) -> str | None:
    """A private key of the curve P-256: its number, in base64url."""
    if _KEY.fullmatch(text) and 0 < int.from_bytes(urlsafe_b64decode(text[:43] + "="), "big") < ORDER_OF_P256:
        return None
    return "must be the private key that `sahne push keys` prints"


def hosts(text: str) -> str | None:
    """By name; all below one with `*.` before it, any with `*` alone."""
    names = [name.strip() for name in text.split(",")]
    if names == ["*"] or all(map(_HOST.fullmatch, names)):
        return None
    return "must be hosts such as push.example.com or *.example.com, joined by commas, or *"


def is_among(host: str, text: str) -> bool:
    """Whether such a setting names a host."""
    names = [name.strip() for name in text.split(",")]
    return names == ["*"] or any(host == name or (name[:1] == "*" and host.endswith(name[1:])) for name in names)


def a_contact(text: str) -> str | None:
    """By letter or page."""
    return None if _CONTACT.fullmatch(text) else "must look like mailto:admin@example.com or https://example.com"
