"""Which other servers there are: those heard of lately."""

from __future__ import annotations

import time
from collections.abc import Callable


class Peers:
    """Each by its id, with when it was last heard. `clock` answers seconds."""

    def __init__(self, silence_seconds_max: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._silence_seconds_max = silence_seconds_max
        self._clock = clock
        self._heard_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._heard_at)

    def heard(self, server: str) -> bool:
        """It said something; whether it was not known before."""
        is_new = server not in self._heard_at
        self._heard_at[server] = self._clock()
        return is_new

    def forget(self, server: str) -> bool:
        """It is gone; whether it was known."""
        return self._heard_at.pop(server, None) is not None

    def silent(self) -> list[str]:
        """Those not heard for too long."""
        since = self._clock() - self._silence_seconds_max
        return [server for server, heard_at in self._heard_at.items() if heard_at < since]

    def excuse(self) -> None:
        """It was we who did not hear: nobody's silence counts until now."""
        self._heard_at = dict.fromkeys(self._heard_at, self._clock())
