"""Letters and short messages that an app's own code sends: its hook is told what a letter would hold.

What is told is Supabase's `send_email` and `send_sms`. The post asks again after a while when the hook did not answer,
or was busy; each time with the same `webhook-id`, so whoever reads them by it sends nothing twice.
"""

from __future__ import annotations

from sahne.accounts.hook_calls import Hook, ask_hook
from sahne.accounts.hook_errors import HookBusy, HookTimeout
from sahne.database.pool import Database
from sahne.errors import SahneError
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused


class HookPost:
    """A `Mailer` of both kinds."""

    def __init__(self, database: Database, hook: Hook) -> None:
        self._database = database
        self._hook = hook

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`. A letter that is none of a hook's (there is an account already) goes nowhere."""
        if letter.event is None:
            return
        try:
            await ask_hook(self._database, self._hook, dict(letter.event))
        except (HookTimeout, HookBusy) as error:
            raise LetterDelayed(_told(error)) from error
        except SahneError as error:
            raise LetterRefused(_told(error)) from error


def _told(error: SahneError) -> str:
    return f"{error.code}: {error.details or error.message}"
