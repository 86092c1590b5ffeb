"""Where the links of letters may lead: to the app, and where `SAHNE_REDIRECT_URLS` says; else to the app.

Sessions travel in these addresses, so one is taken apart before it is believed, and what browsers read in more than one
way is none: backslashes, spaces, users before an `@`, hosts that are not plain ASCII, dots that climb.

A pattern is compared with scheme, host and path. `*` stands for what is within one part of them, `**` for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from sahne.public_addresses import is_loopback
from sahne.setting_rules import SCRIPT_SCHEMES
from sahne.settings import Settings

ADDRESS_CHARACTERS_MAX = 1_024
WEB_PORTS = {"http": 80, "https": 443}

_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces, controls and the backslash
_HOST = re.compile(r"[a-z0-9._-]*|\[[0-9a-f:.]+\]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """What decides of an address. `port` is None where it is the scheme's own."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Whose it is."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}://{self.host}{port}{self.path}"


@dataclass(frozen=True)
class Redirects:
    """The list of an installation. `app` is where a link leads else."""

    app: str
    api: str
    patterns: tuple[str, ...]
    loopback: bool

    @classmethod
    def of(cls, settings: Settings) -> Redirects:
        """On a laptop every page of the same machine may be led to: there the app is being written."""
        return cls(settings.app_address, settings.api_url, settings.redirect_patterns, settings.is_development)

    def accept(self, wanted: str) -> str:
        """The address itself if it may be led to, else the app's."""
        address = read_address(wanted)
        return wanted if address is not None and self._may(address) else self.app

    def _may(self, address: Address) -> bool:
        if address.scheme in WEB_PORTS:
            if address.origin in self._own:
                return True
            if self.loopback and is_loopback(address.host.strip("[]")):
                return True
        return any(pattern.fullmatch(str(address)) for pattern in self._compiled)

    @cached_property
    def _own(self) -> set[tuple[str, str, int | None]]:
        return {address.origin for each in (self.app, self.api) if (address := read_address(each)) is not None}

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        return [re.compile(_expression(pattern)) for pattern in self.patterns]


def read_address(text: str) -> Address | None:
    """An absolute address that is read in one way by everybody, else None."""
    if len(text) > ADDRESS_CHARACTERS_MAX or not _PRINTABLE.fullmatch(text) or "://" not in text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    scheme, authority = parts.scheme.lower(), parts.netloc.lower()
    host = authority[: -len(f":{port}")] if port is not None else authority
    if not _SCHEME.fullmatch(scheme) or scheme in SCRIPT_SCHEMES or not _HOST.fullmatch(host):
        return None
    if scheme in WEB_PORTS and (not host or host.startswith(".")):
        return None
    if any(step in (".", "..") for step in unquote(unquote(parts.path)).replace("\\", "/").split("/")):
        return None
    return Address(scheme, host, None if port == WEB_PORTS.get(scheme) else port, parts.path or "/")


def with_fragment(address: str, values: dict[str, str]) -> str:
    """The address with these after its `#`, in the order of their names."""
    return urlunsplit(urlsplit(address)._replace(fragment=urlencode(sorted(values.items()))))


def with_query(address: str, values: dict[str, str]) -> str:
    """The address with these in its query, in place of what has the same name."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    return urlunsplit(parts._replace(query=urlencode([*kept, *values.items()])))


def _expression(pattern: str) -> str:
    """A pattern as a regular expression over `scheme://host:port/path`."""
    scheme, _, rest = pattern.partition("://")
    host, slash, path = rest.partition("/")
    default = WEB_PORTS.get(scheme.lower())
    host = host.removesuffix(f":{default}") if default else host
    return rf"{re.escape(scheme.lower())}://{_globbed(host.lower(), '[^./]')}/{_globbed(path, '[^/]') if slash else ''}"


def _globbed(text: str, one: str) -> str:
    pieces = re.split(r"(\*\*|\*|\?)", text)
    # in a host nothing stands for a slash: ** there is any number of names
    anything = "[^/]*" if one == "[^./]" else ".*"
    meanings = {"**": anything, "*": f"{one}*", "?": one}
    return "".join(meanings.get(piece, re.escape(piece)) for piece in pieces)
