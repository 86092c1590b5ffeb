"""What operations about notices answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import Face
from sahne.providers.push import Platform

Category = Literal[
    "calls", "gifts", "followers", "subscriptions", "live", "reminders", "pictures", "moderation", "security"
]


class Notice(TypedDict):
    """What one was told: a code and its details, and how often it happened until it was read."""

    id: UUID
    code: str
    category: Category | None
    actor_profile_id: UUID | None
    details: dict[str, object]
    event_count: int
    created_at: datetime
    read_at: datetime | None


class Notices(TypedDict):
    """A page of them, with whose doing they are; `next` is where to go on, null at the end."""

    notices: list[Notice]
    people: list[Face]
    unread: int
    next: str | None


class NoticesRead(TypedDict):
    """How many were read now, and how many are left."""

    read: int
    unread: int


class Wanted(TypedDict):
    """Where one hears of a category."""

    app: bool
    push: bool
    mail: bool


class WantedCategories(TypedDict):
    """Where one hears of each."""

    calls: Wanted
    gifts: Wanted
    followers: Wanted
    subscriptions: Wanted
    live: Wanted
    reminders: Wanted
    pictures: Wanted
    moderation: Wanted
    security: Wanted


class QuietHoursSet(TypedDict):
    """When devices are left alone, by the clock of the time zone."""

    starts: str
    ends: str
    time_zone: str


class Preferences(TypedDict):
    """What one wants to hear of, and where."""

    categories: WantedCategories
    quiet_hours: QuietHoursSet | None
    muted_creators: list[Face]


class PreferencesAnswer(TypedDict):
    """What one wants to hear of, and where."""

    preferences: Preferences


class Device(TypedDict):
    """An app on a device that is told; its token is not said again."""

    id: UUID
    platform: Platform
    app: str
    locale: str
    created_at: datetime
    seen_at: datetime


class DeviceAnswer(TypedDict):
    """One device."""

    device: Device


class Devices(TypedDict):
    """All of one's devices, the one heard of last first."""

    devices: list[Device]
