"""Failures of ours, told to whoever keeps them: which class of error, where in the code, for which request.

No words of the error, no path, no argument and no person is in a report: what it says is made of names in our code, and
the request's id leads to the log, where the words are.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from sahne.telemetry import Failed, Frame

A_NAME = re.compile(r"[A-Za-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A failure as it may be told elsewhere; `happened_at` is in Unix seconds."""

    kind: str
    doing: str
    frames: tuple[Frame, ...]
    request_id: str | None
    happened_at: float

    @classmethod
    def of(cls, failure: Failed) -> Report:
        """The error's class and not its words, and the plain words that what was done begins with.

        Behind the first path or id others' words may stand, as in the name of a file.
        """
        doing = takewhile(A_NAME.fullmatch, failure.what.split())
        return cls(
            kind=failure.kind,
            doing=" ".join(doing),
            frames=failure.frames,
            request_id=failure.request_id,
            happened_at=time.time(),
        )


class ErrorReports(Protocol):
    """Who keeps reports."""

    async def send(self, report: Report) -> float:
        """Hand one over; answers for how many seconds no more are wanted. Never raises."""
