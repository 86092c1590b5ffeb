"""What passkeys are bound to, out of settings: a domain (WebAuthn's relying party id), and which pages and apps ask."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LAPTOP = "localhost"  # browsers take no address for a domain, and this name for a safe one
ORIGINS_MAX = 20

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OF_AN_APP = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """The relying party's id, and the origins that may speak for it."""

    id: str
    origins: tuple[str, ...]


def site_of(addresses: Iterable[str], id: str | None, more: str) -> PasskeySite | None:
    """The site of these addresses, the app's first; None where a browser would make no passkey for any of them.

    Without an `id` it is the first address' host. Addresses elsewhere are left out, `more` origins taken as they are;
    the domain itself is one: an app of Apple's says nothing else.
    """
    origins = [origin for origin in map(_origin_of, addresses) if origin is not None]
    id = id or next((_host_of(origin) for origin in origins), None)
    if id is None:
        return None
    near = [origin for origin in origins if is_within(_host_of(origin), id)]
    every = [*near, *origins_in(more)]
    if not every:
        return None
    return PasskeySite(id, tuple(dict.fromkeys(every if id == LAPTOP else [*every, f"https://{id}"])))


def is_within(host: str, domain: str) -> bool:
    """Whether a page of this host may speak for the domain."""
    return host == domain or host.endswith(f".{domain}")


def origins_in(text: str) -> tuple[str, ...]:
    """Origins that are joined by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def a_domain(name: str) -> str | None:
    """A setting's rule."""
    return (
        None if name == LAPTOP or _DOMAIN.fullmatch(name) else "must be a domain in small letters, such as example.com"
    )


def passkey_origins(text: str) -> str | None:
    """A setting's rule: as a browser, or Android of an app, writes them."""
    origins = origins_in(text)
    if len(origins) <= ORIGINS_MAX and all(_origin_of(each) == each or _OF_AN_APP.fullmatch(each) for each in origins):
        return None
    return "must be origins like https://shop.example.com or android:apk-key-hash:…, joined by commas"


def _origin_of(address: str) -> str | None:
    """An address' origin, if passkeys can be made there: over https by a name, or on this machine."""
    try:
        parts = urlsplit(address.lower())
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if _is_this_machine(host):
        host = LAPTOP
    elif parts.scheme != "https" or not _DOMAIN.fullmatch(host):
        return None
    if parts.scheme not in _PORTS:
        return None
    return f"{parts.scheme}://{host}" if port in (None, _PORTS[parts.scheme]) else f"{parts.scheme}://{host}:{port}"


def _host_of(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _is_this_machine(host: str) -> bool:
    if host == LAPTOP:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
