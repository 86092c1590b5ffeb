"""Leaked passwords, asked of a service that is told only how their hash begins.

Source: "Searching by range" of the Pwned Passwords API: the first five hexadecimal digits of the SHA-1 go out, the rest
of every hash that begins so comes back with how often it was seen. `Add-Padding` fills answers up with hashes seen
never, so that their size does not tell which was asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1

from sahne.providers.exchange import ProviderFault, ask
from sahne.providers.leaked_passwords import LeaksUnreachable
from sahne.telemetry import observe

SECONDS_MAX = 2.0  # of connecting and the answer together: somebody waits for it
SILENT_SECONDS = 30.0  # after a failure nobody is kept waiting by the next
PREFIX_DIGITS = 5


@dataclass(frozen=True, slots=True)
class PasswordNotLookedUp:
    """Nobody could say whether a password was leaked."""

    why: str


class RangeApi:
    """The range API at `url`. For half a minute after a failure it is not asked, and all are told so at once."""

    def __init__(
        self, url: str, *, seconds_max: float = SECONDS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = f"{url.rstrip('/')}/range/"
        self._seconds_max = seconds_max
        self._clock = clock
        self._silent_until = clock()

    async def has(self, password: str) -> bool:
        """See `LeakedPasswords.has`."""
        digits = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if self._clock() < self._silent_until:
            raise LeaksUnreachable("it did not answer a moment ago")
        try:
            found = await self._range(digits[:PREFIX_DIGITS])
        except LeaksUnreachable as error:
            observe(PasswordNotLookedUp(str(error)))
            self._silent_until = self._clock() + SILENT_SECONDS
            raise
        return found.get(digits[PREFIX_DIGITS:], 0) > 0

    async def _range(self, prefix: str) -> dict[str, int]:
        """How often each rest of a hash was seen."""
        headers = {"Add-Padding": "true", "User-Agent": "Sahne"}
        try:
            async with asyncio.timeout(self._seconds_max):
                answer = await ask("GET", self._url + prefix, headers)
            if answer.status != 200:
                raise LeaksUnreachable(f"it answered {answer.status}")
            lines = answer.body.decode().split()
            return {rest: int(count) for rest, _, count in (line.partition(":") for line in lines)}
        except (ProviderFault, TimeoutError, ValueError) as error:
            raise LeaksUnreachable(type(error).__name__) from error
