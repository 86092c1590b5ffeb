"""Wait for what must come about: ask again until it holds, fail with the last answer when the time is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")
PAUSE_SECONDS = 0.02


def eventually(check: Callable[..., Answer | None], seconds: float = 10) -> Answer:
    """The first true answer of `check`, which may also raise AssertionError until it holds.

    It is called without arguments; a lambda may keep what a loop turns over as a default.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := check():
                return answer
            missing: object = answer
        except AssertionError as error:
            missing = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {missing!r}")
        time.sleep(PAUSE_SECONDS)


async def eventually_async(check: Callable[..., Awaitable[Answer | None]], seconds: float = 10) -> Answer:
    """`eventually` for a coroutine function."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := await check():
                return answer
            missing: object = answer
        except AssertionError as error:
            missing = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {missing!r}")
        await asyncio.sleep(PAUSE_SECONDS)
