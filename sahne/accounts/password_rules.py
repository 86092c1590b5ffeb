"""What a password must be: long enough, of the characters wanted, and none that was leaked.

Source: `checkPasswordStrength` of the Supabase Auth API, whose reasons and sentences these are.
"""

from __future__ import annotations

from dataclasses import dataclass

from sahne.accounts.errors import PasswordMissing, PasswordsUnchecked, PasswordTooLong, WeakPassword
from sahne.providers.leaked_passwords import LeakedPasswords, LeaksUnreachable

CHARACTERS_MIN = 6
BYTES_MAX = 72  # bcrypt reads no further
LEAKED = "Password is known to be weak and easy to guess, please choose a different one."


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """`sets` are characters of which a password has one each; with `must_be_looked_up` none is set unseen."""

    characters_min: int = CHARACTERS_MIN
    sets: tuple[str, ...] = ()
    leaked: LeakedPasswords | None = None
    must_be_looked_up: bool = False

    def accept_unseen(self, password: str) -> None:
        """Let a password be set without asking whether it was leaked.

        Raises:
            PasswordMissing, PasswordTooLong, WeakPassword
        """
        if not password:
            raise PasswordMissing()
        if len(password.encode()) > BYTES_MAX:
            raise PasswordTooLong()
        if faults := self._faults(password):
            raise _weak(faults)

    async def accept(self, password: str) -> None:
        """Let a password be set.

        Raises:
            PasswordMissing, PasswordTooLong, WeakPassword
            PasswordsUnchecked: it must be looked up, and cannot be now.
        """
        self.accept_unseen(password)
        try:
            if await self._is_leaked(password):
                raise _weak({"pwned": LEAKED})
        except LeaksUnreachable as error:
            if self.must_be_looked_up:
                raise PasswordsUnchecked() from error

    async def weakness(self, password: str) -> WeakPassword | None:
        """What is wrong by now with a password that opened an account; nobody is kept out by it."""
        faults = self._faults(password)
        try:
            if await self._is_leaked(password):
                faults["pwned"] = LEAKED
        except LeaksUnreachable:
            pass
        return _weak(faults) if faults else None

    def _faults(self, password: str) -> dict[str, str]:
        """Reasons, and what is said of each."""
        faults = {}
        if len(password) < self.characters_min:
            faults["length"] = f"Password should be at least {self.characters_min} characters."
        if any(not set(password) & set(each) for each in self.sets):
            shown = ", ".join(self.sets)
            faults["characters"] = f"Password should contain at least one character of each: {shown}."
        return faults

    async def _is_leaked(self, password: str) -> bool:
        return self.leaked is not None and await self.leaked.has(password)


def _weak(faults: dict[str, str]) -> WeakPassword:
    return WeakPassword(tuple(faults), " ".join(faults.values()))


def accept_password(password: str) -> None:
    """Let a password be set by the rules that always hold.

    Raises:
        PasswordMissing, PasswordTooLong, WeakPassword
    """
    PasswordRules().accept_unseen(password)
