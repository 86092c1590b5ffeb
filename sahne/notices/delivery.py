"""One delivery as it was taken, what is made of it (a push for a device, or a letter), and how it may end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

import orjson

from sahne.notices.words import NoticeWords
from sahne.providers.mail import Letter
from sahne.providers.push import Push

MAIL = "mail"
BACK_OFF_SECONDS_MIN = 10.0
BACK_OFF_SECONDS_MAX = 3_600.0
RING_BACK_OFF_SECONDS_MIN = 1.0


@dataclass(frozen=True, slots=True)
class NoticeRefused:
    """A service will never take a notice as it is."""

    platform: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceGone:
    """A service no longer knows a device, which is told no more."""

    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of `private.take_deliveries`; `platform` is `mail` where it is for no device."""

    id: UUID
    platform: str
    app: str | None
    token: str | None
    subscription: dict[str, Any] | None
    locale: str | None
    address: str | None
    code: str
    notification_id: UUID | None
    actor_profile_id: UUID | None
    actor_name: str | None
    details: dict[str, Any]
    event_count: int
    collapse: str | None
    is_urgent: bool
    tries: int
    created_at: datetime
    expires_at: datetime

    def push(self, words: NoticeWords) -> Push:
        """What a channel is given. The data is what an app needs to put it into its own words."""
        said = words.of(self.code, self.locale, self.actor_name, self.event_count, self.details)
        data = {
            "code": self.code,
            "notification_id": self.notification_id,
            "actor_profile_id": self.actor_profile_id,
            "event_count": self.event_count,
        }
        return Push(
            id=self.id,
            platform=self.platform,
            token=self.token or "",
            app=self.app or "",
            title=said.title,
            body=said.body,
            data={name: str(value) for name, value in data.items() if value is not None}
            | {"details": orjson.dumps(self.details).decode()},
            collapse=self.collapse,
            expires_at=self.expires_at,
            urgent=self.is_urgent,
            subscription=self.subscription,
        )

    def letter(self, words: NoticeWords, site_url: str) -> Letter | None:
        """What is sent by mail; None where there is no address any more."""
        if not self.address:
            return None
        said = words.of(self.code, self.locale, self.actor_name, self.event_count, self.details)
        return Letter(
            to=self.address,
            subject=said.title,
            text=f"{said.body}\n\n{site_url}\n",
            html=f'<p>{escape(said.body)}</p>\n<p><a href="{escape(site_url)}">{escape(site_url)}</a></p>\n',
        )

    def pause_seconds(self, asked: float | None) -> float:
        """How long to wait before it is tried again: twice as long each time, no shorter than the service asked for."""
        first = RING_BACK_OFF_SECONDS_MIN if self.is_urgent else BACK_OFF_SECONDS_MIN
        return max(asked or 0.0, min(first * 2.0 ** min(self.tries - 1, 16), BACK_OFF_SECONDS_MAX))
