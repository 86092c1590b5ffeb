"""Taking a port that a passing connection may hold.

A port of ours may lie where the system takes those of outgoing connections: one that nobody listens on is free again in
a moment.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import TypeVar

LOOK_SECONDS = 0.05

Taken = TypeVar("Taken")


def past_passing(take: Callable[[], Taken], address: tuple[str, int], seconds_max: float) -> Taken:
    """What `take` answers; while the port is in use and nobody listens on it, it is tried again.

    Raises:
        OSError: as `take` does; with EADDRINUSE when somebody listens, or it stayed in use.
    """
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            return take()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or _somebody_listens(address) or time.monotonic() > deadline:
                raise
        time.sleep(LOOK_SECONDS)


def _somebody_listens(address: tuple[str, int]) -> bool:
    with socket.socket(family_of(address[0])) as probe:
        return probe.connect_ex(address) == 0


def family_of(host: str) -> socket.AddressFamily:
    """IPv6 for an address with colons, else IPv4."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
