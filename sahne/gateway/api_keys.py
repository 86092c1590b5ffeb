"""The header `apikey`, by which Supabase's clients say with every request which project they mean.

On Supabase a gateway looks at it before any door does, and so it is here: one that is none of ours is refused, whoever
asks with it. Who sends none is let in (ours to allow: programs and `curl` know no keys), and is nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable

from sahne.errors import InvalidToken
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.bearer import InvalidApiKey, Verifier
from sahne.settings import Settings

HEADER = b"apikey"


class ApiKeys:
    """Which keys are good: the four of the settings, and what verifies as a token, as apps without a session send."""

    def __init__(self, settings: Settings, verifier: Verifier) -> None:
        keys = (settings.publishable_key, settings.anon_key, settings.secret_key, settings.service_role_key)
        self._known = frozenset(key.encode() for key in keys if key)
        self._verifier = verifier

    def refuse_wrong(self, key: bytes) -> None:
        """Raises InvalidApiKey."""
        if key not in self._known:
            self._verify(key.decode("latin-1"))

    def _verify(self, key: str) -> None:
        try:
            self._verifier.actor(key)
        except InvalidToken as error:
            raise InvalidApiKey(details=str(error.details or error.message)) from error


def with_api_key(door: Door, keys: ApiKeys) -> Door:
    """A door that is asked only with a good key, or with none. Raises InvalidApiKey."""

    def looking(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for name, key in scope["headers"]:
            if name == HEADER:
                keys.refuse_wrong(key)
        return door(scope, receive, send)

    return looking
