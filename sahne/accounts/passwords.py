"""Passwords: bcrypt on threads of its own so that the event loop never waits for it, and the rules they are set by.

One check at cost 10 takes about 50 ms of a core; bcrypt lets go of the interpreter lock meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from sahne.accounts.errors import PasswordHashUnknown, PasswordsBusy
from sahne.accounts.password_rules import BYTES_MAX, PasswordRules

COST = 10
THREADS = 2
WAITING_MAX = 128  # about 3.5 s of work on two cores

# A hash nobody has the password of: an unknown user costs the same time as a wrong password.
_NOBODY = b"$2b$10$wlP25NbLAQ1pKO.XbFG8NeX/k7uGmUYoZiZz5R5vxI0EEWH2A3s9O"
_KNOWN_PREFIXES = ("$2a$", "$2b$", "$2y$")

T = TypeVar("T")


def accept_hash(password_hash: str) -> str:
    """A bcrypt hash brought from elsewhere.

    Raises:
        PasswordHashUnknown
    """
    try:
        bcrypt.checkpw(b"", password_hash.encode())
    except ValueError as error:
        raise PasswordHashUnknown() from error
    return password_hash


def hash_password(password: str) -> str:
    """The bcrypt hash of an accepted password; takes about 50 ms, so never call it on an event loop."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode()


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hash's; equally slow when there is no hash."""
    encoded = password.encode()
    usable = password_hash is not None and password_hash.startswith(_KNOWN_PREFIXES) and len(encoded) <= BYTES_MAX
    hash_compared = password_hash.encode() if usable and password_hash else _NOBODY
    return bcrypt.checkpw(encoded[:BYTES_MAX], hash_compared) and usable


class Passwords:
    """`THREADS` threads that hash and compare, with at most `WAITING_MAX` callers waiting.

    `rules` say what a password must be that is set.
    """

    def __init__(
        self, rules: PasswordRules | None = None, *, threads: int = THREADS, waiting_max: int = WAITING_MAX
    ) -> None:
        self.rules = rules or PasswordRules()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sahne-bcrypt")
        self._waiting = 0
        self._waiting_max = waiting_max

    async def hash(self, password: str) -> str:
        """The hash of an accepted password.

        Raises:
            PasswordsBusy: the queue is full.
        """
        return await self._run(lambda: hash_password(password))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the hash's.

        Raises:
            PasswordsBusy: the queue is full.
        """
        return await self._run(lambda: matches(password, password_hash))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._waiting_max:
            raise PasswordsBusy()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Forget what waits and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
