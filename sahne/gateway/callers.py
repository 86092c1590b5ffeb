"""Who a limit counts: a signed-in user, else the address that asks.

Behind a proxy all callers share one address: it counts only when it is public, or named by the proxy's header. Of an
IPv6 address the first half counts (its /64), which is what one customer holds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache

from sahne.database.actor import ANONYMOUS, SERVICE_ROLE, Actor
from sahne.errors import InvalidToken
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.bearer import Verifier, bearer_of
from sahne.gateway.rates import DEVELOPMENT_FACTOR, Buckets, Rate, RateExceeded
from sahne.settings import Settings

PLACES_REMEMBERED_MAX = 10_000
IPV6_CUSTOMER_BITS = 64
CALLER_BURST_SECONDS = 10  # what one caller may ask at once: so many seconds' worth


def address_of(host: str | None, named: str | None) -> str | None:
    """The caller's address: the one that the proxy's header names, else the other end's; None when it is neither."""
    given = (named or "").split(",")[0].strip() or host or ""
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        return None


def place_of(address: str | None, *, from_header: bool) -> str | None:
    """What is counted of an address; None when it does not tell callers apart (a private one is a proxy's, or ours)."""
    if address is None:
        return None
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_private and not from_header:
        return None
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, IPV6_CUSTOMER_BITS), strict=False))


class Places:
    """What is counted of where a request comes from; a proxy's header is the setting's."""

    def __init__(self, settings: Settings) -> None:
        self._header = settings.client_ip_header.lower() if settings.client_ip_header else None
        self._raw_header = self._header.encode() if self._header else None

    def of_upgrade(self, host: str | None, headers: Mapping[str, str]) -> str | None:
        """Of an upgrade request, whose headers are a mapping by their names in small letters."""
        if self._header is None:
            return _place_without_proxy(host)
        return _place_behind_proxy(host, headers.get(self._header))

    def of(self, scope: Scope) -> str | None:
        """Of an HTTP request."""
        client = scope.get("client")
        host = client[0] if client else None
        if self._raw_header is None:
            return _place_without_proxy(host)
        return _place_behind_proxy(host, _value_of(scope["headers"], self._raw_header))

    def address_of(self, scope: Scope) -> str | None:
        """The caller's address itself, private or not."""
        client = scope.get("client")
        named = _value_of(scope["headers"], self._raw_header) if self._raw_header else None
        return address_of(client[0] if client else None, named)

    def address_of_upgrade(self, host: str | None, headers: Mapping[str, str]) -> str | None:
        """The same of an upgrade request."""
        return address_of(host, headers.get(self._header) if self._header else None)


def _value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


@lru_cache(PLACES_REMEMBERED_MAX)
def _place_without_proxy(host: str | None) -> str | None:
    return place_of(address_of(host, None), from_header=False)


@lru_cache(PLACES_REMEMBERED_MAX)
def _place_behind_proxy(host: str | None, named: str | None) -> str | None:
    return place_of(address_of(host, named), from_header=True)


class Callers:
    """How often one caller may ask a door. The server's own calls (`service_role`) are not counted."""

    def __init__(self, settings: Settings) -> None:
        per_second = settings.caller_requests_per_second_max
        factor = DEVELOPMENT_FACTOR if settings.is_development else 1
        self._buckets = Buckets(Rate(burst=per_second * CALLER_BURST_SECONDS, refill=per_second).times(factor))
        self._places = Places(settings)

    def spend(self, actor: Actor, scope: Scope) -> None:
        """One request of a caller.

        Raises:
            RateExceeded: too many, and when to try again.
        """
        self.spend_of(self.caller(actor, scope))

    def caller(self, actor: Actor, scope: Scope) -> Hashable | None:
        """See `caller_of`."""
        return caller_of(actor, self._places.of(scope) if actor.user_id is None else None)

    def spend_of(self, caller: Hashable | None) -> None:
        """As `spend`."""
        if caller is None:
            return
        bucket = self._buckets.bucket(caller)
        if not bucket.take():
            raise RateExceeded(retry_after_seconds=bucket.wait_seconds())


def counted(door: Door, callers: Callers, verifier: Verifier) -> Door:
    """A door whose callers are counted before it sees a request; one with a bad token counts as its address."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        callers.spend(actor_of(scope, verifier), scope)
        await door(scope, receive, send)

    return counting


def actor_of(scope: Scope, verifier: Verifier) -> Actor:
    """Whose bearer token a request carries; the anonymous one where there is none, or none that is good."""
    try:
        return verifier.actor(bearer_of(_value_of(scope["headers"], b"authorization")))
    except InvalidToken:
        return ANONYMOUS


def caller_of(actor: Actor, place: str | None) -> Hashable | None:
    """What stands for a caller: the user, else the place; None for the server's own calls, and where there is none."""
    if actor.role == SERVICE_ROLE:
        return None
    return place if actor.user_id is None else actor.user_id.int  # an int is hashed faster than a UUID
