"""What lasts as long as the process is kept from Python's garbage collector, which would look through all of it.

A full collection takes 90 ms over the 137 000 objects of a server that has just started, and everybody waits for it. So
they are set aside (`gc.freeze`) once they are there; and whatever a later full collection was long over has stayed as
well: a new catalog, plans that are remembered, a module that was first used. What a request makes is freed when its
last name is gone: a ring of objects would wait for the collector, and tests find none. docs/decisions/0015 has the why.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

FULL = 2  # the oldest generation
FULL_SECONDS_MAX = 0.005


@contextmanager
def nothing_collected() -> Iterator[None]:
    """For the time of the block the collector rests: what is imported stays, and to look through it costs a twelfth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def set_aside(full_seconds_max: float = FULL_SECONDS_MAX) -> Iterator[None]:
    """For the time of the block, no full collection takes longer than that more than once.

    Whoever owns the process says this, for it holds for all of the process.
    """
    began = 0.0

    def look(phase: str, about: Mapping[str, int]) -> None:
        nonlocal began
        if about["generation"] != FULL:
            return
        if phase == "start":
            began = time.perf_counter()
        elif time.perf_counter() - began > full_seconds_max:
            gc.freeze()  # there is no garbage among it: it was just looked for

    gc.collect()
    gc.freeze()
    gc.callbacks.append(look)
    try:
        yield
    finally:
        gc.callbacks.remove(look)
        gc.unfreeze()
