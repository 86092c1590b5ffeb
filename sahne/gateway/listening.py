"""The socket of the API: taken before anything else is begun, so that a taken port costs nothing else.

One process has it alone; several share the port, each with a socket of its own. At the end those who have come are
still taken in (`no_more_come`): a connection that is open and then closed unheard is an error that no proxy mends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import socket
import struct
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
COMING_SECONDS = 0.05  # from a machine's first word to its connection, within one network


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


# A filter of Linux for what comes to a socket, by its instructions (`linux/filter.h`): a first word, which is TCP's SYN
# without ACK, is not heard; everything else passes.
_ATTACH_FILTER = 26
_SYN, _SYN_AND_ACK, _FLAGS_AT = 0x02, 0x12, 13
_UNHEARD = [
    (0x30, 0, 0, _FLAGS_AT),  # load the byte of the flags
    (0x54, 0, 0, _SYN_AND_ACK),  # keep these two
    (0x15, 0, 1, _SYN),  # is it the first alone?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # else let it in
]


async def no_more_come(door: socket.socket) -> None:
    """Nobody new is let in, and whose connection is about to open has it; then the socket may be closed.

    A client that is not heard says its first word again after a second, and is refused then, when the socket is
    closed: a proxy asks the next server, whatever the request is, since nothing of it was sent. Where the system has no
    such filter the moment passes all the same, and some may come in it.
    """
    if sys.platform == "linux":
        program = b"".join(struct.pack("HBBI", *instruction) for instruction in _UNHEARD)
        kept = ctypes.create_string_buffer(program)
        given = struct.pack("HP", len(_UNHEARD), ctypes.addressof(kept))
        with contextlib.suppress(OSError):
            door.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, given)
    await asyncio.sleep(COMING_SECONDS)


def allow_many_files() -> None:
    """Let this process open as many files as it wants, or as the system lets it."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # the system's own bound is lower: then it is that
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
