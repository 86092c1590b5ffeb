"""The seam to other people's sign-in: where a person is sent, and who they are when they come back.

Sources: RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 9207 (who answers), OpenID Connect Core 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

TEXT_CHARACTERS_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is at a provider. Only an address that the provider has checked is `is_verified`."""

    subject: str
    email: str = ""
    is_verified: bool = False
    name: str = ""
    username: str = ""
    picture: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One person's way there and back: `nonce` and `verifier` are of this errand alone."""

    state: str
    nonce: str
    verifier: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back, with the provider's tokens, which are the app's to keep."""

    person: Person
    token: str
    refresh_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToken:
    """An id token that an app got by itself. `nonce` is what the token's is the SHA-256 of."""

    id_token: str = field(repr=False)
    nonce: str = ""
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Believed:
    """Whom an id token names, and until when it does so (Unix seconds)."""

    person: Person
    expires_at: int


class Provider(Protocol):
    """Another people's sign-in."""

    @property
    def name(self) -> str:
        """As apps ask for it."""

    @property
    def sends_people(self) -> bool:
        """Whether a browser can be sent there; else apps bring an id token."""

    async def address(self, errand: Errand, scopes: str, wishes: Mapping[str, str]) -> str:
        """Where the person's browser is sent.

        Raises:
            ProviderUnreachable
        """

    async def arrive(self, errand: Errand, told: Mapping[str, str]) -> Arrival:
        """Who came back; `told` is what the browser brought.

        Raises:
            ProviderUnreachable, CodeRefused, BadIdToken
        """

    async def believe(self, shown: ShownToken, /) -> Believed:
        """Whom an id token names.

        Raises:
            ProviderUnreachable, BadIdToken
        """


def text_of(fields: Mapping[str, Any], *names: str) -> str:
    """The first of these that is a text, else an empty one; no longer than anybody's name or address."""
    for name in names:
        if isinstance(value := fields.get(name), str) and value:
            return value[:TEXT_CHARACTERS_MAX]
    return ""
