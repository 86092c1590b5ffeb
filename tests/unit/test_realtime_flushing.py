"""Queues are written together, and after much writing there is a rest in which more comes together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sahne.gateway.realtime.flushing import MUCH_SECONDS, REST_SECONDS_MAX, REST_WORTH, Flushing


class Loop:
    """A loop and its clock; each queue takes its time to be written."""

    def __init__(self) -> None:
        self.now = 5.0
        self.waits: list[float] = []
        self.flushes = 0
        self._work: list[Callable[[], None]] = []
        self.flushing = Flushing(self._schedule, lambda: self.now)

    def queue(self, seconds: float) -> Slow:
        return Slow(self, seconds)

    def _schedule(self, seconds: float, work: Callable[[], None]) -> None:
        self.waits.append(max(round(seconds, 6), 0))
        self._work.append(work)

    def go_on(self) -> None:
        self.now += self.waits[-1]
        self._work.pop()()


class Slow:
    def __init__(self, loop: Loop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds

    def flush(self) -> None:
        self._loop.now += self._seconds
        self._loop.flushes += 1


@pytest.mark.parametrize(
    ("took", "rest"),
    [
        (MUCH_SECONDS / 2, 0),
        (2 * MUCH_SECONDS, 2 * MUCH_SECONDS * REST_WORTH),
        (0.04, 0.04 * REST_WORTH),
        (3 * REST_SECONDS_MAX, REST_SECONDS_MAX),
    ],
)
def test_after_much_writing_it_rests_within_a_bound(took: float, rest: float) -> None:
    loop = Loop()
    for _ in range(2):
        loop.flushing.wants(loop.queue(took / 2))
    loop.go_on()
    loop.flushing.wants(loop.queue(0))
    assert loop.waits == [0, pytest.approx(rest)]


def test_what_comes_in_a_rest_is_written_together_behind_it() -> None:
    loop = Loop()
    loop.flushing.wants(loop.queue(0.02))
    loop.go_on()
    for _ in range(5):
        loop.flushing.wants(loop.queue(0))
    assert (loop.flushes, len(loop.waits)) == (1, 2)
    loop.go_on()
    loop.flushing.wants(loop.queue(0))
    assert (loop.flushes, loop.waits) == (6, [0, pytest.approx(0.02 * REST_WORTH), 0])
