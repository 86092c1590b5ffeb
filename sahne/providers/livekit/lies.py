"""How LiveKit's twin lies: as the real one does at its worst, on a schedule that a seed makes.

Webhooks get lost, come twice, late and out of order, and miscount; a list of people may be a moment old; a call may be
refused, hang, fail, or be carried out and its answer lost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

REPEATS_MAX = 4
COUNT_MAX = 10_000

Trouble = Literal["refuses", "hangs", "fails"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """Chances from 0 to 1, taken anew each time; seconds are those of the twin's clock.

    `late_seconds_max` puts webhooks out of order as well: each is late by itself.
    """

    drops: float = 0.0
    repeats: float = 0.0
    late_seconds_max: float = 0.0
    miscounts: float = 0.0
    stale_seconds_max: float = 0.0
    fails: float = 0.0
    loses_answers: float = 0.0


HONEST = Lies()


class Liar:
    """Takes the chances of `lies`; the same seed takes the same ones in the same order."""

    def __init__(self, lies: Lies, seed: int) -> None:
        self.lies = lies
        self._chance = random.Random(seed)  # noqa: S311 it decides no secret

    def moments(self, now: float) -> list[float]:
        """When a webhook of now is sent: never, once, or several times."""
        if self._happens(self.lies.drops):
            return []
        times = 1 + (self._chance.randint(1, REPEATS_MAX) if self._happens(self.lies.repeats) else 0)
        return [now + self._chance.uniform(0, self.lies.late_seconds_max) for _ in range(times)]

    def count(self, true: int) -> int:
        """How many people a webhook says there are."""
        return self._chance.randrange(COUNT_MAX) if self._happens(self.lies.miscounts) else true

    def seen_at(self, now: float) -> float:
        """As of when a list is."""
        return now - self._chance.uniform(0, self.lies.stale_seconds_max)

    def fails(self) -> bool:
        """Whether a call is not carried out."""
        return self._happens(self.lies.fails)

    def loses_answer(self) -> bool:
        """Whether a call is carried out and nobody hears of it."""
        return self._happens(self.lies.loses_answers)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._chance.random() < chance


class Past(Generic[T]):
    """What a list was at each moment, as far back as `seconds`; forgotten beyond."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._states: list[tuple[float, list[T]]] = []

    def keep(self, now: float, state: list[T]) -> None:
        """It is so from now on."""
        self._states.append((now, state))
        while len(self._states) > 1 and self._states[1][0] < now - self._seconds:
            self._states.pop(0)

    def at(self, moment: float) -> list[T]:
        """As it was at a moment, empty before the first."""
        return next((state for since, state in reversed(self._states) if since <= moment), [])
