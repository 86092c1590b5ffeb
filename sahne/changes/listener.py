"""What the feed tells, and whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sahne.changes.position import Position
from sahne.changes.subscriptions import Receiver


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload (JSON, see `change`) and who gets it, each with the ids of the subscriptions it answers."""

    data: bytes
    audience: Mapping[Receiver, list[int]]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A new row of `realtime.messages`: text as in the stream, by column."""

    row: Mapping[str, str | None]


class Listener(Protocol):
    """Who the feed speaks to. Its methods must be quick and must not raise."""

    def deliver(self, delivery: Delivery) -> None:
        """Some subscribers may see a change."""

    def told(self, position: Position) -> None:
        """All changes up to there have been delivered."""

    def broadcast_stored(self, message: StoredMessage) -> None:
        """A message was stored by SQL and committed."""

    def stream_started(self, position: Position) -> None:
        """Changes arrive from `position` on."""

    def stream_resumed(self, lost_at: datetime) -> None:
        """Changes arrive again; those since `lost_at` may be missing."""
