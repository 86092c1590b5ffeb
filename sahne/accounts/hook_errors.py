"""What becomes of a request whose hook said no, or nothing that can be used."""

from __future__ import annotations

from typing import Any

from sahne.errors import SahneError, Unprocessable

HINT = "docs/guides/sign-in.md says what a hook is asked and may answer."


class HookRefused(SahneError):
    """The app refused it."""

    code = "hook_refused"

    def __init__(self, status: int, message: str | None) -> None:
        super().__init__(message)
        self.status = status  # type: ignore[misc] # the hook's own to say


class HookTimeout(Unprocessable):
    """The app's hook did not answer in time"""

    code = "hook_timeout"

    def __init__(self, **told: Any) -> None:
        super().__init__(hint=HINT, **told)


class HookBroken(SahneError):
    """The app's hook failed"""

    code = "unexpected_failure"

    def __init__(self, **told: Any) -> None:
        super().__init__(hint=HINT, **told)


class HookBusy(HookBroken):
    """The app's hook has no time now"""
