"""What the commands share that stay: `up`, `serve`, `worker`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sahne.cli.output import failure_text, people
from sahne.database.floor import heed_floor
from sahne.database.newer import heed_newer
from sahne.database.reach import DatabaseUnreachable, check_doors
from sahne.errors import SetupError
from sahne.settings import Settings
from sahne.settings.reading import misnamed_variables
from sahne.telemetry import start_telemetry

LOOK_SECONDS = 1.0


@contextmanager
def telemetry(level: int = logging.INFO) -> Iterator[None]:
    """Facts to stderr, from `level` up, and to the metrics, as long as the block lasts."""
    stop = start_telemetry(level)
    try:
        yield
    finally:
        stop()


def stop_where_it_is() -> Callable[[], None]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt at once, so that a start can be stopped within any step.

    It can fall where Python drops exceptions (a hook around a fork, a finalizer), and would print it there. So what is
    answered raises it once more if it was asked for, and is to be called between the steps.

    To be called on the main thread; `told_to_stop` takes over from it.
    """
    asked = False

    def stop(number: int, frame: object) -> None:
        nonlocal asked
        del number, frame
        asked = True
        for each in (signal.SIGINT, signal.SIGTERM):  # a second one must not disturb the way back
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    def heed() -> None:
        if asked:
            raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    sys.unraisablehook = partial(_but_for_stops, sys.unraisablehook)
    return heed


def _but_for_stops(tell: Callable[[sys.UnraisableHookArgs], object], dropped: sys.UnraisableHookArgs) -> None:
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        tell(dropped)


def told_to_stop() -> asyncio.Event:
    """Set at the first SIGINT or SIGTERM. To be asked for on the running loop."""
    told = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    return told


def tell_misnamed() -> None:
    """A setting that is misspelt counts as not set, which must not go without a word."""
    for variable, meant in misnamed_variables().items():
        perhaps = f" Perhaps {meant} is meant." if meant else ""
        people.print(f"[yellow]![/] There is no setting {variable}; it is passed over.{perhaps}", soft_wrap=True)


async def tell_wait(settings: Settings, told_before: str | None) -> str | None:
    """Say why the doors cannot log in, unless that was said before; the sentence, or None when they can."""
    try:
        await asyncio.to_thread(check_doors, settings.authenticator_url)
    except (SetupError, DatabaseUnreachable) as fault:
        if fault.message != told_before:
            people.print(failure_text(fault, "waiting:"), soft_wrap=True)
        return fault.message
    return None


async def until_doors_open(settings: Settings) -> None:
    """Return when the doors can log in; say what is waited for."""
    told = None
    while told := await tell_wait(settings, told):  # noqa: ASYNC110 the database sends no event
        await asyncio.sleep(LOOK_SECONDS)


async def tell_outdated(settings: Settings) -> None:
    """Say that PostgreSQL has a known hole, if it has.

    Raises:
        PostgresOutdated: it has, and the settings refuse such a one.
    """
    refuse = settings.refuse_outdated_postgres
    if outdated := await asyncio.to_thread(heed_floor, settings.authenticator_url, refuse=refuse):
        people.print(failure_text(outdated, "!"), soft_wrap=True)


async def tell_newer(settings: Settings) -> None:
    """Say that a newer version has migrated the database, where this one may go on.

    Raises:
        SchemaNewer: it may not.
    """
    if passed_over := await asyncio.to_thread(heed_newer, settings.authenticator_url):
        people.print(
            f"[yellow]![/] A newer version has migrated the database; this one may go on without {passed_over[0]}"
            f"{f' and {len(passed_over) - 1} more' if len(passed_over) > 1 else ''}.",
            soft_wrap=True,
        )


def must_name_database(settings: Settings) -> None:
    """Production brings its own PostgreSQL.

    Raises:
        SetupError: there is no DATABASE_URL.
    """
    if settings.database_url is None:
        raise SetupError(
            "There is no DATABASE_URL.", hint="Set it, or use `sahne up`, which brings a PostgreSQL and a worker."
        )
