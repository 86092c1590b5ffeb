"""Several people at the same moment: all together, or one overtaken by another who has not committed yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from psycopg import Connection

from tests.eventually import eventually
from tests.world import World

WAITING = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"


def together(count: int, act: Callable[..., Any]) -> list[Any]:
    """`act(0…count-1)` at once, each on a thread of its own; answers or exceptions in order.

    What a lambda keeps of a loop around it stands behind its number, as a default.
    """
    barrier = Barrier(count)

    def run(index: int) -> Any:
        barrier.wait()
        try:
            return act(index)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def overtaken(
    world: World, first: Connection[Any], act: Callable[[], Any], then: Callable[[], Any] = lambda: None
) -> Any:
    """What `act` answers, or raises, when it comes before `first` has committed: it waits for a lock, or need not.

    `then` is what `first` still does while `act` waits.
    """
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(act)
        eventually(lambda: coming.done() or world.one(WAITING))
        then()
        first.commit()
        return coming.exception() or coming.result()
