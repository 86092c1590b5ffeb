"""Who is connected: upgrade requests let in or refused, and every socket's queue written once a loop tick."""

from __future__ import annotations

from sahne.errors import TooManyRequests
from sahne.gateway.bearer import Verifier
from sahne.gateway.realtime.bounds import Bounds
from sahne.gateway.realtime.client import Client
from sahne.gateway.realtime.flushing import Flushing
from sahne.gateway.realtime.handshake import read_handshake
from sahne.gateway.realtime.joins import Joins
from sahne.gateway.realtime.socket import Socket


class Sockets:
    """One per process."""

    def __init__(self, *, joins: Joins, verifier: Verifier, bounds: Bounds) -> None:
        self._joins = joins
        self._verifier = verifier
        self._bounds = bounds
        self._clients: set[Client] = set()
        self._flushing = Flushing()

    def admit(self, path: str, headers: dict[str, str]) -> Socket:
        """A socket for an upgrade request.

        Raises:
            SahneError: what `read_handshake` refuses, and TooManyRequests when the house is full.
        """
        visit = read_handshake(path, headers, self._verifier)
        if len(self._clients) >= self._bounds.sockets_max:
            raise TooManyRequests("Too many connected users")
        socket = Socket(self._bounds.frame_bytes_max, self._bounds.queue_bytes_max, self._flushing)
        client = Client(self._joins, socket, visit, self._bounds, forget=self._clients.discard)
        socket.visitor = client
        self._clients.add(client)
        return socket
