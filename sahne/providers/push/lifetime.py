"""What is said of a push's time and kind in the same way to every service."""

from __future__ import annotations

import time

from sahne.providers.outgoing import Reply
from sahne.providers.push import Later, Outcome, Push, Refused

EXPIRED = Refused("expired")
TOO_LARGE = Refused("too_large")
BUSY_SECONDS = 60.0  # when a service says that it is too much, and not until when


def seconds_left(push: Push) -> int:
    """For how long anybody wants it; 0 or less is no longer."""
    return int(push.expires_at.timestamp() - time.time())


def of_failing_service(reply: Reply) -> Outcome | None:
    """What every service means by 429 and 5xx; None for anything else."""
    if reply.status == 429:
        return Later(reply.retry_after_seconds or BUSY_SECONDS)
    return Later(reply.retry_after_seconds) if reply.status >= 500 else None
