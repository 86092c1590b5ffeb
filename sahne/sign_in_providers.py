"""Other people's sign-in as settings name it: which providers there are, what we are to them, where they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["apple", "google", "github", "facebook", "discord", "openid"]

PRESETS: tuple[Kind, ...] = ("apple", "google", "github", "facebook", "discord")
OWN_PREFIX = "custom:"  # of the names that Supabase's clients give providers which are no presets
PROVIDERS_MAX = 16

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_EXAMPLE = "corp=https://login.example.com,CLIENT_ID,SECRET"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInProvider:
    """A provider, and what we are to it.

    The first of `client_ids` is the web's; id tokens may be for any of them. `url` is an issuer's address, for a preset
    another one than its own. Apple has a team and a key in place of a secret.
    """

    name: str
    kind: Kind
    client_ids: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)
    url: str | None = None
    team_id: str | None = None
    key_id: str | None = None
    key: Path | None = None

    @property
    def client_id(self) -> str:
        """The web's."""
        return self.client_ids[0]

    @property
    def sends_people(self) -> bool:
        """Whether a browser can be sent there; else apps bring an id token."""
        return self.secret is not None or self.key is not None


def openid_providers_in(text: str) -> tuple[SignInProvider, ...]:
    """`NAME=ISSUER,CLIENT_ID,SECRET`, joined by semicolons; more client ids of ours may follow the secret.

    Raises:
        ValueError: in words that hold none of it: a secret may stand anywhere.
    """
    return tuple(map(_openid_provider, (part.strip() for part in text.split(";") if part.strip())))


def of_openid_providers(text: str) -> str | None:
    """A setting's rule: what is wrong with the text, or None."""
    try:
        providers = openid_providers_in(text)
    except ValueError as error:
        return str(error)
    if len(providers) > PROVIDERS_MAX:
        return f"must name at most {PROVIDERS_MAX} providers"
    if len({provider.name for provider in providers}) < len(providers):
        return "must give each provider a name of its own"
    if len({provider.url for provider in providers}) < len(providers):
        return "must name each issuer once"
    return None


def provider_urls_in(text: str) -> dict[str, str]:
    """`NAME=ADDRESS`, joined by semicolons.

    Raises:
        ValueError: in words that hold none of it.
    """
    urls: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _, url = (each.strip() for each in part.partition("="))
        if name not in PRESETS or name in urls or not is_address(url):
            raise ValueError(f"must look like github=https://github.example.com, of {', '.join(PRESETS)}, each once")
        urls[name] = url.rstrip("/")
    return urls


def of_provider_urls(text: str) -> str | None:
    """A setting's rule: what is wrong with the text, or None."""
    try:
        provider_urls_in(text)
    except ValueError as error:
        return str(error)
    return None


def client_ids(text: str) -> str | None:
    """A setting's rule: what we are known by, joined by commas."""
    return None if all(map(str.strip, text.split(","))) else "must be a client id, and more of them joined by commas"


def is_address(url: str) -> bool:
    """Whether a provider may be there: over TLS, or on this very machine."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return port_fits and bool(parts.hostname) and is_plain and (parts.scheme == "https" or is_here)


def _openid_provider(part: str) -> SignInProvider:
    name, _, rest = part.partition("=")
    fields = [each.strip() for each in rest.split(",")]
    if not _NAME.fullmatch(name.strip()) or len(fields) < 3 or not all(fields):
        raise ValueError(f"must look like {_EXAMPLE}, and more of them joined by semicolons")
    issuer, client_id, secret, *others = fields
    if not is_address(issuer):
        raise ValueError(f"must name each issuer's address, over https, as in {_EXAMPLE}")
    return SignInProvider(
        name=OWN_PREFIX + name.strip(), kind="openid", client_ids=(client_id, *others), secret=secret, url=issuer
    )  # fmt: skip
