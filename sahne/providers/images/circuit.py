"""Whether a provider is asked now: not while it says to wait, not after it refused our credit or key, and after many
failures in a row only once in a while.

ask → it says when to come again → wait until then; `FAILURES_MAX` failures in a row → turn to the next one for
`OPEN_SECONDS`, and then a single failure is enough; 402, 401, 403 → stop for `STOPPED_SECONDS`, somebody must act → it
works → ask. What one worker has learned the others learn themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sahne.providers.exchange import NotTaken, ProviderFault, Unanswered
from sahne.providers.images.provider import ProviderStopped

FAILURES_MAX = 5
OPEN_SECONDS = 60.0
STOPPED_SECONDS = 600.0

State = Literal["ask", "wait", "turn", "stop"]


class Circuit:
    """What is known of one provider. `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._until = float("-inf")
        self._state: State = "ask"

    @property
    def state(self) -> State:
        """Whether to ask it, to wait for it, to turn to another if there is one, or not to hope for it at all."""
        return self._state if self.seconds_left else "ask"

    @property
    def seconds_left(self) -> float:
        """How long that lasts."""
        return max(self._until - self._clock(), 0.0)

    def heed(self, fault: ProviderFault) -> None:
        """It did not work."""
        match fault:
            case ProviderStopped():
                self._open("stop", STOPPED_SECONDS)
            case NotTaken() if fault.seconds is not None:  # busy, by its own word: that is no failure
                self._open("wait", fault.seconds)
            case NotTaken() | Unanswered():
                self._failures += 1
                if self._failures >= FAILURES_MAX:
                    self._open("turn", OPEN_SECONDS)

    def works(self) -> None:
        """It answered as it should."""
        self._failures = 0

    def _open(self, state: State, seconds: float) -> None:
        self._state, self._until = state, self._clock() + seconds
