"""Passwords that were leaked somewhere: a protocol, the service that is told only how a hash begins, and a twin."""

from __future__ import annotations

from typing import Protocol


class LeaksUnreachable(Exception):
    """Whether a password was leaked cannot be found out now."""


class LeakedPasswords(Protocol):
    """Who knows which passwords were leaked."""

    async def has(self, password: str) -> bool:
        """Whether this one was.

        Raises:
            LeaksUnreachable: it cannot be said in the time there is.
        """
