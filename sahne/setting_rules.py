"""What a setting's text must look like: what is wrong with it, or None (`variables.py` asks)."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import parse_qs, urlsplit

from sahne.public_addresses import is_loopback

_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_ROLE = re.compile(r"[a-z_][a-z0-9_.]{0,127}")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_REDIRECT = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)[!-~]*")
SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source"})


def a_host(host: str) -> str | None:
    """Where one listens."""
    return None if _HOST.fullmatch(host) else "must be a name or an address, without a scheme or a port"


def an_address(url: str) -> str | None:
    """Of a site, which may lie below a path."""
    parts = urlsplit(url)
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme in ("http", "https") and parts.hostname and is_plain:
        return None
    return "must look like https://api.example.com"


def of_issuers(issuers: str) -> str | None:
    """Whose tokens are taken: keys that come in the clear could be anybody's, but for this machine's own."""
    for issuer in filter(None, map(str.strip, issuers.split(","))):
        parts = urlsplit(issuer)
        if an_address(issuer) or (parts.scheme == "http" and not is_loopback(parts.hostname or "")):
            return "must be addresses like https://PROJECT.supabase.co/auth/v1, joined by commas"
    return None


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


def of_smtp(url: str) -> str | None:
    """A mail server, with how it is spoken to; TLS is left out only by saying so."""
    parts = urlsplit(url)
    try:
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port_fits:
        return "must look like smtp://user:password@mail.example.com:587, or smtps://… for TLS from the first byte"
    if parts.path.strip("/") or parts.query not in ("", "tls=none", "tls=required"):
        return "must end after the port, or with ?tls=none where the server has no TLS"
    if bool(parts.username) != bool(parts.password):
        return "must have a user and a password, or neither"
    if parts.username and parse_qs(parts.query).get("tls") == ["none"]:
        return "must not send a password without TLS"
    return None


def a_sender(text: str) -> str | None:
    """Of letters: a name and an address, or the address alone."""
    if _ADDRESS.fullmatch(parseaddr(text)[1]) and text.isprintable():
        return None
    return "must look like Sahne <no-reply@example.com>"


def redirects(patterns: str) -> str | None:
    """Where links may lead: each with a scheme, and on the web with the end of a host's name."""
    for pattern in filter(None, map(str.strip, patterns.split(","))):
        parts = _REDIRECT.fullmatch(pattern)
        if parts is None or parts["scheme"].lower() in SCRIPT_SCHEMES:
            return (
                "must be addresses such as https://app.example.com/** or com.example.app://callback, joined by commas"
            )
        is_web = parts["scheme"].lower() in ("http", "https")
        if is_web and ("@" in parts["host"] or not re.search(r"[A-Za-z0-9\]](:[0-9*]+)?\Z", parts["host"])):
            return "must name a host, whose end is no *: https://*.example.com/**"
    return None


def roles(names: str) -> str | None:
    """One or more of the database's."""
    return None if all(map(str.strip, names.split(","))) else "must name a role, and more of them joined by commas"


def a_role_to_log_in(name: str) -> str | None:
    """One of the database's, by a name that needs no quotes."""
    return None if _ROLE.fullmatch(name) else "must be a role's name: small letters, digits, _ and dots"


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


def names_in(text: str) -> tuple[str, ...]:
    """Names that are joined by commas, quoted or not."""
    return tuple(name for name in (part.strip().strip('"') for part in text.split(",")) if name)
