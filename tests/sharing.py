"""How the suite is shared among processes that run at once (`pytest -n 3`): by files, each of which has a database and
servers of its own. What drives a browser goes one after the other: two at once, with cameras, are more than two cores.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator

from xdist.scheduler import LoadScopeScheduling

WITH_A_BROWSER = ("tests/browser/", "tests/clients/test_live_media.py")
PORTS = range(10_000, 32_000)
PROCESSES_MAX = 8


class FilesAtOnce(LoadScopeScheduling):
    """Whoever is free takes the next file, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return "a browser" if nodeid.startswith(WITH_A_BROWSER) else nodeid.partition("::")[0]


def own_ports() -> Iterator[int]:
    """This process's part of the ports below those the kernel gives to who connects, round and round, from anywhere."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES_MAX
    mine = PORTS[number::PROCESSES_MAX]
    start = random.SystemRandom().randrange(len(mine))
    return itertools.cycle([*mine[start:], *mine[:start]])
