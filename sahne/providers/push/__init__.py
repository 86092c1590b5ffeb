"""What carries a notice to a device: one push at a time, and what became of it.

A channel speaks to one push service. It may be asked for several at once, keeps its own connections and tokens, and
tries nothing twice: whether and when a push is tried again is said here, by its outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

Platform = Literal["fcm", "apns", "apns_voip", "expo", "web"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One notice for one device, in words and in data. `id` stays the same however often it is tried.

    `platform` is one of `Platform`; `app` is the bundle, package or project the token is of. `collapse` is the same for
    those of which only the newest is worth showing. A ringing call is `urgent`; after `expires_at` nobody wants it any
    more. `subscription` is a browser's (`endpoint`, `keys`), None elsewhere. Without a title nothing is shown: the app
    is woken and reads `data`.
    """

    id: UUID
    platform: str
    token: str
    app: str
    title: str
    body: str
    data: dict[str, str]
    collapse: str | None
    expires_at: datetime
    urgent: bool
    subscription: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """The service took it, and calls it `id`."""

    id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The device has taken the app off, or its token is another's: nothing is to be sent there any more."""


@dataclass(frozen=True, slots=True)
class Later:
    """The service did not take it now; when it said from when it will, in seconds."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken as it is."""

    reason: str


Outcome = Sent | Gone | Later | Refused


class Channel(Protocol):
    """Who hands pushes of a platform over."""

    async def send(self, push: Push) -> Outcome:
        """Hand one over. What is no answer of the service (a broken line, a timeout) is `Later`."""


@runtime_checkable
class ReceiptChannel(Channel, Protocol):
    """One whose service took a push before it knew whether the device would."""

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Outcome]:
        """What became of pushes, by their `Sent.id`, as far as the service knows."""


class ClosableChannel(Channel, Protocol):
    """One that keeps connections."""

    async def close(self) -> None:
        """Close them."""
