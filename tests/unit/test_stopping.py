"""Ctrl-C while something starts: it ends the step, and is made up for where Python dropped it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from sahne.cli.long_running import stop_where_it_is

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def heed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # as it was afterwards
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield stop_where_it_is()
    for each, handler in before.items():
        signal.signal(each, handler)


class Finalized:
    """Its finalizer is a place where Python drops what is raised."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_one_that_was_dropped_is_raised_between_the_steps_and_printed_nowhere(heed: Callable[[], None]) -> None:
    heed()
    thing = Finalized()
    del thing
    with pytest.raises(KeyboardInterrupt):
        heed()


@pytest.mark.parametrize("told", SIGNALS)
def test_it_ends_the_step_at_once_and_a_second_one_does_not_disturb_the_way_back(
    heed: Callable[[], None], told: signal.Signals
) -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), told)
    os.kill(os.getpid(), told)


def test_without_one_nothing_is_raised(heed: Callable[[], None]) -> None:
    heed()


def test_while_there_is_nothing_to_undo_it_ends_even_where_python_would_drop_it() -> None:
    """In the callback of a weak reference, as the importer has them for its locks."""
    program = """if True:
        import os, signal, weakref
        from sahne.interrupts import nothing_to_undo
        class Lock: ...
        with nothing_to_undo():
            lock = Lock()
            ref = weakref.ref(lock, lambda _: os.kill(os.getpid(), signal.SIGINT))
            del lock
        print("goes on")
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Stopped.\n")
