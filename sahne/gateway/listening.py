"""The socket of the API: taken before anything else is begun, so that a taken port costs nothing else."""

from __future__ import annotations

import errno
import socket
import time

from sahne.errors import AddressNotHere, PortTaken
from sahne.settings import Settings

BACKLOG_CONNECTIONS = 2048
PASSING_SECONDS_MAX = 2.0
LOOK_SECONDS = 0.05


def listening_socket(settings: Settings) -> socket.socket:
    """The socket clients will knock at, bound and listening.

    A port that nobody listens on is a passing connection's, and tried again for a moment.

    Raises:
        PortTaken, AddressNotHere
    """
    deadline = time.monotonic() + PASSING_SECONDS_MAX
    while True:
        try:
            return _listen(settings)
        except PortTaken:
            if _somebody_listens(settings) or time.monotonic() > deadline:
                raise
        time.sleep(LOOK_SECONDS)


def _somebody_listens(settings: Settings) -> bool:
    with socket.socket(_family(settings)) as probe:
        return probe.connect_ex((settings.host, settings.port)) == 0


def _family(settings: Settings) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in settings.host else socket.AF_INET


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server(
            (settings.host, settings.port), family=_family(settings), backlog=BACKLOG_CONNECTIONS
        )
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
