"""What one socket, one address and one role may. The server's own calls are a role of their own, whatever others do."""

from __future__ import annotations

from sahne.database.actor import SERVICE_ROLE, Actor
from sahne.gateway.callers import caller_of
from sahne.gateway.rates import Bucket, Buckets, OwnRates, Rate, Rates
from sahne.gateway.realtime.bounds import (
    ADDRESS_BYTES_WORTH_SOCKETS,
    ADDRESS_WORTH_SOCKETS,
    HTTP_MESSAGES_AT_ONCE_MAX,
    HTTP_MESSAGES_PER_SECOND_MAX,
    HTTP_MESSAGES_PER_SECOND_OF_A_CALLER_MAX,
    JOINS_REFILL_SECONDS,
    PRESENCE_MESSAGES_PER_SECOND_MAX,
    ROLE_BYTES_WORTH_CALLERS,
    Bounds,
)
from sahne.gateway.realtime.viewers import Viewers


class SocketLimits:
    """The buckets of one socket."""

    __slots__ = ("bytes", "joins", "messages", "place", "presences")

    def __init__(self, bounds: Bounds, place: str | None) -> None:
        channels = bounds.channels_per_socket_max
        self.place = place
        self.joins = Bucket(Rate(burst=channels, refill=channels, seconds=JOINS_REFILL_SECONDS))
        self.messages = Bucket(Rate.per_second(bounds.messages_per_second_max))
        self.bytes = Bucket(_bytes_of(bounds))
        self.presences = Bucket(Rate.per_second(PRESENCE_MESSAGES_PER_SECOND_MAX))


class Limits:
    """The buckets that sockets share. `place` is what is counted of an address, None where it tells nobody apart.

    What one caller may is counted by all servers together; what keeps a server from being flooded, by each for itself.
    """

    def __init__(self, bounds: Bounds, rates: Rates | None = None) -> None:
        rates = rates or OwnRates()
        self.bounds = bounds
        self.viewers = Viewers(bounds.viewers_of_an_address_max)
        self._joins_of_roles = Buckets(Rate.per_second(bounds.joins_per_second_max))
        self._http_of_roles = Buckets(Rate.per_second(HTTP_MESSAGES_PER_SECOND_MAX))
        self._joins_of_places = rates.buckets(
            "realtime joins", Rate.per_second(bounds.joins_per_second_of_an_address_max)
        )
        self._messages_of_places = rates.buckets(
            "realtime messages", Rate.per_second(bounds.messages_per_second_max * ADDRESS_WORTH_SOCKETS)
        )
        self._bytes_of_places = rates.buckets("realtime bytes", _bytes_of(bounds).times(ADDRESS_BYTES_WORTH_SOCKETS))
        self._http_of_callers = rates.buckets(
            "realtime over HTTP", Rate(HTTP_MESSAGES_AT_ONCE_MAX, HTTP_MESSAGES_PER_SECOND_OF_A_CALLER_MAX)
        )

        self._http_bytes_of_callers = rates.buckets("realtime bytes over HTTP", _http_bytes_of(bounds))
        self._http_bytes_of_roles = Buckets(_http_bytes_of(bounds).times(ROLE_BYTES_WORTH_CALLERS))

    def of_socket(self, place: str | None) -> SocketLimits:
        """What a new socket has of its own."""
        return SocketLimits(self.bounds, place)

    def may_join(self, socket: SocketLimits, role: str) -> bool:
        """Whether one more join is allowed now."""
        if not socket.joins.take():
            return False
        if socket.place is not None and role != SERVICE_ROLE and not self._joins_of_places.take(socket.place):
            return False
        return self._joins_of_roles.take(role)

    def may_send(self, socket: SocketLimits) -> bool:
        """Whether a socket may send one more message now."""
        return socket.messages.take() and (socket.place is None or self._messages_of_places.take(socket.place))

    def may_carry(self, socket: SocketLimits, size: int) -> bool:
        """Whether a message of so many bytes may go on to others now: what is fast to send is slow to receive."""
        return socket.bytes.take(size) and (socket.place is None or self._bytes_of_places.take(socket.place, size))

    def may_send_over_http(self, actor: Actor, place: str | None, count: int) -> bool:
        """Whether a caller may send so many broadcasts now."""
        caller = caller_of(actor, place)
        if caller is not None and not self._http_of_callers.take(caller, count):
            return False
        return self._http_of_roles.take(actor.role, count)

    def may_carry_over_http(self, actor: Actor, place: str | None, size: int) -> bool:
        """Whether broadcasts of so many bytes may go on to others now."""
        caller = caller_of(actor, place)
        if caller is not None and not self._http_bytes_of_callers.take(caller, size):
            return False
        return self._http_bytes_of_roles.take(actor.role, size)


def _bytes_of(bounds: Bounds) -> Rate:
    return Rate(burst=max(bounds.frame_bytes_max, bounds.bytes_per_second_max), refill=bounds.bytes_per_second_max)


def _http_bytes_of(bounds: Bounds) -> Rate:
    per_second = bounds.http_bytes_per_second_max
    return Rate(burst=max(bounds.http_body_bytes_max, per_second), refill=per_second)
