"""The socket of the API: taken before anything else is begun, so that a taken port costs nothing else.

One process has it alone; several share the port, each with a socket of its own.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys

from sahne.errors import AddressNotHere, PortTaken, SetupError
from sahne.ports import family_of, past_passing
from sahne.settings import Settings

if sys.platform != "win32":
    import resource

BACKLOG_CONNECTIONS = 2048
FILES_WANTED = 65_536  # each connection is one, and many systems begin with 1 024
PASSING_SECONDS_MAX = 2.0
TAKEN_A_TURN_MAX = 16


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


def shared_socket(settings: Settings) -> socket.socket:
    """A socket at the port of several processes, bound beside theirs; connections come once it listens.

    Who holds one that does not listen keeps others from the port, and takes no connection from anybody.

    Raises:
        SetupError: the system does not deal connections out.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise SetupError("This system does not share a port among processes.", hint="Run one process here.")
    family = family_of(settings.host)
    door = socket.socket(family)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    door.bind((settings.host, settings.port))
    return door


def several_times(door: socket.socket) -> list[socket.socket]:
    """The same socket under `TAKEN_A_TURN_MAX` descriptors: as many connections are taken in one turn of the loop.

    uvloop's libuv takes one from each and goes on. In a turn everybody who is in may be answered; so of fifty who came
    to a busy server at once, the last one waited for fifty turns before it was heard.
    """
    return [door, *(door.dup() for _ in range(TAKEN_A_TURN_MAX - 1))]


def allow_many_files() -> None:
    """Let this process open as many files as it wants, or as the system lets it."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # the system's own bound is lower: then it is that
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
