"""The public keys of projects whose tokens are taken (`SAHNE_PROJECT_URL`, `SAHNE_TOKEN_ISSUERS`), read at the start
and kept fresh.

Each issuer shows its keys at `{issuer}/.well-known/jwks.json`, as Supabase Auth does. No request waits for them: a key
that is not known yet is refused, and asked for at once, though not more often than every few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson

from sahne.errors import Unavailable
from sahne.loops import Loop
from sahne.providers.exchange import ProviderFault, ask
from sahne.setting_rules import names_in
from sahne.settings import Settings
from sahne.signing_keys import PublicKey, public_keys
from sahne.telemetry import Failed, observe

PATH = "/.well-known/jwks.json"
FRESH_SECONDS = 600.0
ASKED_SECONDS_MIN = 5.0
ANSWER_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 256 * 1024


class KeysUnreadable(Unavailable):
    """An issuer's keys cannot be read."""

    code = "issuer_keys_unreadable"


@dataclass(frozen=True, slots=True)
class IssuersKey:
    """A key, and who alone may have signed with it."""

    issuer: str
    key: PublicKey


class KeySets:
    """The keys of all issuers by their id. `when_changed` is called after any of them went or came."""

    def __init__(self, issuers: tuple[str, ...], when_changed: Callable[[], None] = lambda: None) -> None:
        self.when_changed = when_changed
        self._keys: dict[str, dict[str, PublicKey]] = {issuer: {} for issuer in issuers}
        self._loops = [Loop(f"keys of {issuer}", partial(self._again, issuer), FRESH_SECONDS) for issuer in issuers]
        self._asked_at = 0.0

    @classmethod
    def of(cls, settings: Settings) -> KeySets:
        """Those of the settings, and the project beside which we are; most servers have none."""
        named = (issuer.rstrip("/") for issuer in names_in(settings.token_issuers or ""))
        return cls(tuple(dict.fromkeys(filter(None, (settings.project_issuer, *named)))))

    async def __aenter__(self) -> KeySets:
        """Read all of them once, before anybody is served; who cannot be reached is tried again beside requests."""
        read = await asyncio.gather(*map(self._read, self._keys), return_exceptions=True)
        for issuer, failure in zip(self._keys, read, strict=True):
            if isinstance(failure, Exception):
                observe(Failed.of(f"keys of {issuer}", failure))
        for loop in self._loops:
            loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for loop in self._loops:
            await loop.stop()

    def named(self, key_id: str) -> IssuersKey | None:
        """The key of that id; None when no issuer shows it, who are asked again then."""
        for issuer, keys in self._keys.items():
            if key := keys.get(key_id):
                return IssuersKey(issuer, key)
        if self._loops and time.monotonic() - self._asked_at >= ASKED_SECONDS_MIN:
            self._asked_at = time.monotonic()
            for loop in self._loops:
                loop.wake()
        return None

    async def _again(self, issuer: str) -> bool:
        await self._read(issuer)
        return False

    async def _read(self, issuer: str) -> None:
        """Its keys as they are now. What it no longer shows is not believed any more; what cannot be read stays."""
        try:
            answer = await ask("GET", issuer + PATH, bytes_max=ANSWER_BYTES_MAX, seconds_max=ANSWER_SECONDS_MAX)
            if answer.status != 200:
                raise KeysUnreadable(details=f"{issuer}{PATH} answered {answer.status}")
            keys = {key.id: key for key in public_keys(orjson.loads(answer.body))}
        except (ProviderFault, orjson.JSONDecodeError) as error:
            raise KeysUnreadable(details=f"{issuer}{PATH}: {error}") from error
        if {name: key.jwk for name, key in keys.items()} != {n: key.jwk for n, key in self._keys[issuer].items()}:
            self._keys[issuer] = keys
            self.when_changed()
