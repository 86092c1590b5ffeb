"""The socket of the API: taken before anything else is begun, so that a taken port costs nothing else."""

from __future__ import annotations

import errno
import socket

from sahne.errors import AddressNotHere, PortTaken
from sahne.ports import family_of, past_passing
from sahne.settings import Settings

BACKLOG_CONNECTIONS = 2048
PASSING_SECONDS_MAX = 2.0


def listening_socket(settings: Settings) -> socket.socket:
    """The socket clients will knock at, bound and listening.

    Raises:
        PortTaken, AddressNotHere
    """
    address = (settings.host, settings.port)

    def listen() -> socket.socket:
        return socket.create_server(address, family=family_of(settings.host), backlog=BACKLOG_CONNECTIONS)

    try:
        return past_passing(listen, address, PASSING_SECONDS_MAX)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Port {settings.port} (the API) is taken by another program.",
                hint="Stop that program, or choose another port with --port.",
            ) from error
        raise AddressNotHere(
            details=f"{settings.host}:{settings.port}: {error.strerror or error}",
            hint="Check SAHNE_HOST and SAHNE_PORT.",
        ) from error
