"""What one function writes while another reads it, a pipe between them and a thread for the one that writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO

Fill = Callable[[BinaryIO], None]


@contextmanager
def piped(fill: Fill) -> Iterator[BinaryIO]:
    """What `fill` writes, for a block that reads it to its end.

    Raises:
        what `fill` raises, when the block is over: its failure comes before the block's own, which came of it.
    """
    read, write = os.pipe()
    with ThreadPoolExecutor(1) as threads:
        filled = threads.submit(_fill, fill, write)
        try:
            with open(read, "rb") as source:
                yield source
        except Exception as error:
            raise _cause(filled) or error from None
        filled.result()


def _fill(fill: Fill, write: int) -> None:
    with open(write, "wb") as sink:
        fill(sink)


def _cause(filled: Future[None]) -> BaseException | None:
    """Why nothing more came; who could not write because nobody read is not why."""
    error = filled.exception()
    return None if isinstance(error, BrokenPipeError) else error
