"""How many HTTP connections of one address there are at once: the open ones, whatever they do.

Behind a proxy connections are the proxy's, and what an address has of them are its requests under way. A connection
that became a socket of realtime is counted there. Those whose address tells nobody apart (`callers.py`) are counted
together, and may have more: behind a proxy that names nobody that is everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import orjson

from sahne.errors import TooManyRequests
from sahne.gateway.asgi import Scope
from sahne.gateway.callers import Places
from sahne.settings import Settings

NOBODY = ""  # the place of all who cannot be told apart
NOBODYS_WORTH_ADDRESSES = 8


class TooManyConnections(TooManyRequests):
    """Too many connections of one address."""

    code = "too_many_connections"


class Connections:
    """The count. One per process. `place_of_peer` is what is counted of the other end of a connection."""

    def __init__(self, settings: Settings, place_of_peer: Callable[[str | None], str | None] | None = None) -> None:
        self._of_an_address_max = settings.connections_of_an_address_max
        self._places = Places(settings)
        self._place_of_peer = place_of_peer or (lambda host: self._places.of_upgrade(host, {}))
        self._of_places: Counter[str] = Counter()
        self.are_the_proxys = settings.client_ip_header is not None

    def place_of_peer(self, host: str | None) -> str | None:
        """Whose a connection is that begins; None for one that is not counted."""
        return None if self.are_the_proxys else self._place_of_peer(host) or NOBODY

    def place_of_request(self, scope: Scope) -> str:
        """Whose a request is that came through the proxy."""
        return self._places.of(scope) or NOBODY

    def enter(self, place: str | None) -> None:
        """One more of a place.

        Raises:
            TooManyConnections: there are as many as may be, and this is none of them.
        """
        if place is None:
            return
        if self._of_places[place] >= self._of_an_address_max:
            self._refuse_crowd(place)
        self._of_places[place] += 1

    @property
    def count(self) -> int:
        """How many are open; behind a proxy that names its callers, how many requests are under way."""
        return self._of_places.total()

    def _refuse_crowd(self, place: str) -> None:
        if place:
            limit = f"{self._of_an_address_max} connections of one address"
            raise TooManyConnections(details=limit, hint="Close some, or use them again for the next request.")
        together = self._of_an_address_max * NOBODYS_WORTH_ADDRESSES
        if self._of_places[place] >= together:
            raise TooManyConnections(
                "Too many connections of addresses that tell nobody apart.",
                details=f"{together} connections",
                hint="Behind a proxy, name the header in which it says who asks: SAHNE_CLIENT_IP_HEADER.",
            )

    def leave(self, place: str | None) -> None:
        """One that was let in is gone."""
        if place is None:
            return
        self._of_places[place] -= 1
        if not self._of_places[place]:
            del self._of_places[place]


def as_bytes(error: TooManyConnections) -> bytes:
    """The refusal of a connection before it has said a word."""
    body = orjson.dumps(error.body())
    lines = (
        b"HTTP/1.1 429 Too Many Requests",
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        b"retry-after: 1",
        b"connection: close",
    )
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
