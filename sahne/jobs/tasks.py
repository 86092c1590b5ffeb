"""What a worker can do: a task's name, its verb, its bounds. Rooms above declare theirs; the worker is given them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Verb = Callable[..., Awaitable[None]]

# queues beside all others: their jobs, and those of the rest, do not wait for each other
HOUSEKEEPING = "housekeeping"
BACKUPS = "backups"

HEARTBEATS_MISSED_MAX = 3  # then a worker counts as dead


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which try this is: `number` counts from 1; on the `last` one there will be no other."""

    job_id: int
    number: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`run(attempt, **args)` does the work; `give_up(**args)` is called once when no attempt is left.

    A failed attempt is followed by another after `retry_seconds`, then twice that, and so on.
    """

    name: str
    queue: str
    run: Verb
    give_up: Verb | None = None
    attempts_max: int = 3
    seconds_max: float = 300.0
    retry_seconds: int = 2


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A task that runs by the clock, once for all workers. `cron` has five fields, UTC; `what` is for people.

    With `at_start` it also runs when a worker starts: for what must not wait when the house was closed at that hour.
    """

    task: Task
    cron: str
    what: str = ""
    at_start: bool = False
