"""Pictures that are gone take their files with them: what triggers wrote down is removed, uploads that nobody ended are
forgotten, and stray bytes are swept.
"""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.pool import Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.errors import SweepRefused
from sahne.objects.removals import remove_queued
from sahne.objects.sweep import sweep
from sahne.objects.unfinished import forget_expired
from sahne.providers.blobs import BlobStore
from sahne.telemetry import Failed, observe

SWEEP_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class ObjectsRemoved:
    """Files of rows that are gone were removed."""

    count: int


@dataclass(frozen=True, slots=True)
class UploadsExpired:
    """Uploads that nobody ended in time were removed, with what had come of them."""

    count: int


def remove_leftovers_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every minute: the objects whose pictures or people were deleted."""

    async def remove_leftovers(_: Attempt) -> None:
        if removed := await remove_queued(database, blobs):
            observe(ObjectsRemoved(removed))

    return Scheduled(
        Task(name="remove_leftovers", queue=HOUSEKEEPING, run=remove_leftovers, attempts_max=1),
        "* * * * *",
        "files of deleted pictures and people are removed",
    )


def expire_uploads_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every ten minutes: uploads in parts whose time is over."""

    async def expire_uploads(_: Attempt) -> None:
        if expired := await forget_expired(database, blobs):
            observe(UploadsExpired(expired))

    return Scheduled(
        Task(name="expire_uploads", queue=HOUSEKEEPING, run=expire_uploads, attempts_max=1),
        "*/10 * * * *",
        "uploads that nobody ended in time are removed",
    )


def sweep_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every night: bytes no row stands for, such as a killed worker leaves."""

    async def sweep_blobs(_: Attempt) -> None:
        try:
            await sweep(database, blobs)
        except SweepRefused as refused:
            observe(Failed("sweep blobs", refused.message))

    task = Task(name="sweep_blobs", queue=HOUSEKEEPING, run=sweep_blobs, attempts_max=1, seconds_max=SWEEP_SECONDS_MAX)
    return Scheduled(task, "40 3 * * *", "bytes no row stands for are removed")
