"""Who is connected: upgrade requests let in or refused, and every socket's queue written once a loop tick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sahne.database.actor import SERVICE_ROLE
from sahne.errors import TooManyRequests
from sahne.gateway.callers import Places
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.realtime.bounds import OTHERS_WORTH_ADDRESSES
from sahne.gateway.realtime.client import Client
from sahne.gateway.realtime.flushing import Flushing
from sahne.gateway.realtime.handshake import Visit, read_handshake
from sahne.gateway.realtime.joins import Joins
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.queues import SharedQueues
from sahne.gateway.realtime.socket import Socket
from sahne.gateway.realtime.tokens import Tokens
from sahne.gateway.sent_once import HostMissing, SentOnce


class Sockets:
    """One per process."""

    def __init__(
        self,
        *,
        joins: Joins,
        tokens: Tokens,
        places: Places,
        limits: Limits,
        once: SentOnce,
        keys: DevelopmentKeys,
    ) -> None:
        self._joins = joins
        self._tokens = tokens
        self._once = once
        self._keys = keys
        self._places = places
        self._limits = limits
        self._clients: set[Client] = set()
        self._at_place: Counter[str] = Counter()
        self._queues: dict[str, SharedQueues] = {}
        many_bytes = limits.bounds.queue_bytes_of_an_address_max * OTHERS_WORTH_ADDRESSES
        self._queues_of_nobody = SharedQueues(many_bytes, "sockets whose address tells nobody apart")
        self._queues_of_service = SharedQueues(many_bytes, "sockets of the service key")
        self._flushing = Flushing()

    def admit(self, path: str, sent: Sequence[tuple[bytes, bytes]], host: str | None) -> Socket:
        """A socket for an upgrade request from `host`.

        Raises:
            SahneError: what the front refuses of any request, and `read_handshake` of this one; TooManyRequests when
                the house is full, or this place in it.
        """
        self._refuse_unclear(sent)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent}
        visit = read_handshake(path, headers, self._tokens, self._places.of_upgrade(host, headers))
        self._refuse_crowd(visit)
        bounds = self._limits.bounds
        socket = Socket(bounds.frame_bytes_max, bounds.queue_bytes_max, self._flushing, self._queues_of(visit))
        client = Client(self._joins, socket, visit, self._limits, forget=self._forget)
        socket.visitor = client
        self._clients.add(client)
        if visit.place is not None:
            self._at_place[visit.place] += 1
        return socket

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._clients)

    def _refuse_unclear(self, sent: Sequence[tuple[bytes, bytes]]) -> None:
        self._once.refuse_repeated([name for name, _ in sent])
        host = dict(sent).get(b"host")
        if host is None:
            raise HostMissing()
        self._keys.refuse_elsewhere(host)

    def _refuse_crowd(self, visit: Visit) -> None:
        if len(self._clients) >= self._limits.bounds.sockets_max:
            raise TooManyRequests("Too many connected users")
        if visit.place is None or visit.actor.role == SERVICE_ROLE:
            return
        if self._at_place[visit.place] >= self._limits.bounds.sockets_of_an_address_max:
            raise TooManyRequests("Too many connected users from one address")

    def _queues_of(self, visit: Visit) -> SharedQueues:
        """The server's own do not share with others; those whose address tells nobody apart share with each other."""
        if visit.actor.role == SERVICE_ROLE:
            return self._queues_of_service
        if visit.place is None:
            return self._queues_of_nobody
        bytes_max = self._limits.bounds.queue_bytes_of_an_address_max
        return self._queues.setdefault(visit.place, SharedQueues(bytes_max, "sockets of one address"))

    def _forget(self, client: Client) -> None:
        self._clients.discard(client)
        place = client.visit.place
        if place is not None:
            self._at_place[place] -= 1
            if not self._at_place[place]:
                del self._at_place[place]
                self._queues.pop(place, None)
