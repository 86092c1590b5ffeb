"""The development keys are everybody's, so they open this machine to its own programs only.

A web page that a developer visits runs on this machine too. It comes under a name of its own: as the `Host`, when
its name was made to point here (DNS rebinding) or a tunnel leads here; else as the `Origin`. The first is answered
nothing. The second may be the app that is being made, served under any name: it may do what an app may. What needs a
service key belongs on no page, and since everybody can sign with the public secret, a page's user is whom this server
signed in, and nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

from sahne.accounts.tokens import is_marked
from sahne.database.actor import SERVICE_ROLE
from sahne.errors import Forbidden, InvalidToken
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.public_addresses import is_loopback
from sahne.settings import Settings
from sahne.signing_keys import SigningKeys

NAMES_REMEMBERED_MAX = 1_000
NAME_BYTES_MAX = 300  # a host name has at most 253, a scheme and a port beside it

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")
_ORIGIN = re.compile(r"https?://(.+)", re.IGNORECASE)

HEADERS_WITH_TOKENS = (b"apikey", b"x-api-key")
PARAMETER_WITH_TOKEN = "apikey"


class HostElsewhere(Forbidden):
    """The development keys are public: with them this server answers under the names of this machine only."""

    code = "development_keys_elsewhere"


class RefusedOnPage(Forbidden):
    """A page of another origin may not send this token while the keys are the public development keys."""


class ServiceKeyOnPage(RefusedOnPage):
    """A page of another origin may not use the service key while that is the public development key."""

    code = "service_key_on_page"


class TokenNotFromHere(RefusedOnPage):
    """A page of another origin may not use a token that anybody can sign: the JWT secret is the development one."""

    code = "token_not_from_here"


class DevelopmentKeys:
    """Whom a server answers; with keys of its own, everybody. By `mark_secret` it knows the tokens that it gave out."""

    def __init__(self, settings: Settings, mark_secret: str | None = None, signing: SigningKeys | None = None) -> None:
        self.in_use = settings.uses_development_keys
        self._hint = (
            f"Ask {settings.api_url}. For another name, a tunnel or a phone set keys of your own and SAHNE_SITE_URL:"
            f" {', '.join(settings.development_keys)}. docs/guides/production.md says how to make them."
        )
        self._verifier = Verifier(settings, signing=signing)
        self._mark_secret = mark_secret
        self._for_apps = frozenset(("", settings.publishable_key, settings.anon_key))
        self._own_origin = _origin_of(settings.api_url)

    def refuse_elsewhere(self, host: bytes | None) -> None:
        """Raises HostElsewhere for a `Host` that is no name of this machine; None stands for none."""
        if self.in_use and not (host and len(host) <= NAME_BYTES_MAX and _names_this_machine(host)):
            raise HostElsewhere(details=f"Host: {(host or b'').decode('latin-1')[:NAME_BYTES_MAX]}", hint=self._hint)

    def is_foreign(self, origin: bytes | None) -> bool:
        """Whether an `Origin` is another's than this machine's or the site's; a program sends none."""
        return self.in_use and origin is not None and not (is_own(origin) or origin == self._own_origin)

    def refuse_tokens(self, origin: bytes | None, headers: Iterable[tuple[bytes, bytes]], query: bytes) -> None:
        """Raises RefusedOnPage for what a page of a foreign origin may not send, wherever in its request."""
        if self.is_foreign(origin):
            for token in _tokens_in(headers, query):
                self.refuse_token(token)

    def refuse_token(self, token: str) -> None:
        """Judge what a foreign page sends.

        Raises:
            ServiceKeyOnPage: it speaks as the server. TokenNotFromHere: as somebody whom we did not sign in.
        """
        if token in self._for_apps:
            return
        try:
            actor = self._verifier.actor(token)
        except InvalidToken:
            return  # the door says what is wrong with it
        if actor.role == SERVICE_ROLE:
            raise ServiceKeyOnPage(hint="Use the publishable key in pages, the service key in programs, or own keys.")
        if self._mark_secret is None or not is_marked(token, self._mark_secret):
            hint = "Sign in at /auth/v1, serve the page from this machine (http://localhost:…), or set own keys."
            raise TokenNotFromHere(hint=hint)


def is_own(origin: bytes) -> bool:
    """Whether an `Origin` is a page served on this machine. `null` is anybody's: a sandboxed frame, a file."""
    served = _ORIGIN.fullmatch(origin.decode("latin-1")) if len(origin) <= NAME_BYTES_MAX else None
    return served is not None and _names_this_machine(served[1].encode("latin-1"))


@lru_cache(NAMES_REMEMBERED_MAX)
def _names_this_machine(host: bytes) -> bool:
    """Whether a `Host` (a name or an address, and perhaps a port) leads here from here only."""
    named = _HOST.fullmatch(host.decode("latin-1").strip(" \t"))
    return named is not None and is_loopback(named[1] or named[2])


def _origin_of(url: str) -> bytes:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower().encode()


def _tokens_in(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> Iterable[str]:
    for name, value in headers:
        if name in HEADERS_WITH_TOKENS:
            yield value.decode("latin-1")
        elif name == b"authorization":
            yield bearer_of(value.decode("latin-1")) or ""
    for pair in query.decode("latin-1").split("&"):
        key, _, text = pair.partition("=")
        if unquote_plus(key) == PARAMETER_WITH_TOKEN:
            yield from (text, unquote_plus(text))  # doors read it the one way or the other
