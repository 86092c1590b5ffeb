"""Why no events are taken now. What is wrong with one of them is data, not an error."""

from __future__ import annotations

import math

from sahne.errors import Forbidden, TooManyRequests

RETRY_SECONDS_MAX = 3_600


class TooManyEvents(TooManyRequests):
    """More events come than can be kept now."""

    code = "too_many_events"

    def __init__(self, retry_after_seconds: float = 1.0, *, hint: str | None = None) -> None:
        seconds = max(1, math.ceil(min(retry_after_seconds, RETRY_SECONDS_MAX)))
        super().__init__(
            details={"retry_after_seconds": seconds},
            hint=hint or f"Keep them, and send them again in {seconds} s: none of this request was taken.",
        )


class ReporterSuspended(Forbidden):
    """This account is suspended."""

    code = "user_banned"


class ReporterGone(Forbidden):
    """This account is gone."""

    code = "user_not_found"
