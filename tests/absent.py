"""What a test needs from outside and does not find: skipped loudly, and in CI (`CI` is set) a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(what: str, advice: str) -> NoReturn:
    """End the test: `what` is missing, `advice` says how to have it."""
    message = f"{what.upper()} IS ABSENT: {advice}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
