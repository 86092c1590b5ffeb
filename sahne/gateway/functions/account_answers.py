"""What operations of one's own account answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID


class Deletion(TypedDict):
    """When one gave the account up, and when it is erased."""

    asked_at: datetime
    due_at: datetime


class DeletionAnswer(TypedDict):
    """Whether the account is about to be erased."""

    deletion: Deletion | None


class Export(TypedDict):
    """A copy of everything that is one's own, of so many `bytes` with so many files; `url` is a path, good for 15
    minutes."""

    id: UUID
    status: Literal["queued", "running", "ready", "failed", "expired"]
    asked_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    bytes: int | None
    pictures: int
    url: str | None


class ExportAnswer(TypedDict):
    """The copy that was asked for last."""

    export: Export | None


class OwnProfile(TypedDict):
    """A face of one's own; that a shadow is one's own, nobody else is told."""

    id: UUID
    type: Literal["real", "shadow"]
    username: str | None
    display_name: str | None
    avatar_url: str | None
    gender: Literal["male", "female"] | None
    created_at: datetime


class OwnProfiles(TypedDict):
    """One's own, the real one first."""

    profiles: list[OwnProfile]


class OwnProfileAnswer(TypedDict):
    """A face of one's own."""

    profile: OwnProfile


class CreatorRequest(TypedDict):
    """That somebody wants to be a creator, and what came of it."""

    id: UUID
    number: int
    message: str | None
    status: Literal["open", "approved", "refused"]
    reason: str | None
    created_at: datetime
    decided_at: datetime | None


class OwnCreator(TypedDict):
    """Whether one is a creator; else whether one may just be one (`open`), or asks, and what came of that last."""

    is_creator: bool
    creators_are: Literal["open", "request"]
    request: CreatorRequest | None


class CreatorAnswer(TypedDict):
    """Whether one is a creator."""

    creator: OwnCreator


class Asker(TypedDict):
    """Who asks, as everybody sees them."""

    id: UUID
    username: str | None
    display_name: str | None
    avatar_url: str | None


class CreatorRequestOf(CreatorRequest):
    """With whose it is."""

    person: Asker | None


class CreatorRequests(TypedDict):
    """Who wants to be a creator."""

    requests: list[CreatorRequestOf]


class CreatorRequestAnswer(TypedDict):
    """A request, decided."""

    request: CreatorRequestOf


class SaidConsent(TypedDict):
    """What one answered last, and when."""

    version: str
    locale: str
    is_given: bool
    said_at: datetime


class AskedConsent(TypedDict):
    """A text of today, and the last answer to its kind, perhaps of an older version."""

    kind: str
    version: str
    is_required: bool
    answer: SaidConsent | None


class Consents(TypedDict):
    """Texts, and what one answered."""

    consents: list[AskedConsent]


class SignedIn(TypedDict):
    """Where somebody is signed in; `is_current` is the session that asks."""

    id: UUID
    created_at: datetime
    used_at: datetime
    user_agent: str | None
    ip: str | None
    aal: str
    is_current: bool


class SignedInAnswer(TypedDict):
    """Where one is signed in, the last used first."""

    sessions: list[SignedIn]
