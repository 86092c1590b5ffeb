"""A header that decides is there once: with two of one, a proxy before us and we might each believe another."""

from __future__ import annotations

from collections.abc import Sequence

from sahne.errors import InvalidRequest
from sahne.settings import Settings

# Who asks, from where, for what, and where the body ends. A list (`accept`, `prefer`, `cookie`) may come in parts
DECIDING = frozenset(
    {"host", "origin", "authorization", "apikey", "x-api-key"}
    | {"content-length", "transfer-encoding", "content-type", "content-profile", "accept-profile", "range"}
    | {"idempotency-key", "x-upsert", "x-metadata", "x-supabase-api-version"}
)


class HostMissing(InvalidRequest):
    """The header Host is missing."""


class SentOnce:
    """What may come once: the names above, and the one in which the setting's proxy names the caller."""

    def __init__(self, settings: Settings) -> None:
        named = settings.client_ip_header
        deciding = DECIDING | {named.lower()} if named else DECIDING
        self._names = {name.encode(): name for name in deciding}

    def refuse_repeated(self, sent: Sequence[bytes]) -> None:
        """Raises InvalidRequest for the names, in small letters, of a request's headers."""
        if len(set(sent)) == len(sent):
            return
        if twice := sorted(name for raw, name in self._names.items() if sent.count(raw) > 1):
            raise InvalidRequest("A header came twice that may come once.", details=", ".join(twice))
