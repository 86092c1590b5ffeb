"""Ctrl-C: a word, and exit code 130. While Python imports, nothing is there yet that would have to be undone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def nothing_to_undo() -> Iterator[None]:
    """Ctrl-C within the block ends the process at once.

    As an exception it could be lost there: Python drops what is raised in a finalizer or a lock of its importer, and an
    extension what is raised while it is loaded. Of the main thread alone.
    """

    def end(number: int, frame: object) -> None:
        del number, frame
        end_interrupted()

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def end_interrupted() -> None:
    """Say so and exit, at once."""
    sys.stdout.flush()
    print("Stopped.", file=sys.stderr, flush=True)
    os._exit(INTERRUPTED)
