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
