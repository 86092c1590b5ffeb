"""Leaked passwords of a list, for tests."""

from __future__ import annotations


class KnownLeaks:
    """A `LeakedPasswords` that knows these."""

    def __init__(self, *passwords: str) -> None:
        self._passwords = frozenset(passwords)

    async def has(self, password: str) -> bool:
        """See `LeakedPasswords.has`."""
        return password in self._passwords
