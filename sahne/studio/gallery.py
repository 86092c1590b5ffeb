"""Pictures that are gone take their files with them: what triggers wrote down is removed, and stray bytes are swept."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.pool import Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.errors import SweepRefused
from sahne.objects.removals import remove_queued
from sahne.objects.sweep import sweep
from sahne.providers.blobs import BlobStore
from sahne.telemetry import Failed, observe

SWEEP_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class ObjectsRemoved:
    """Files of rows that are gone were removed."""

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


def sweep_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every night: bytes no row stands for, such as a killed worker leaves."""

    async def sweep_blobs(_: Attempt) -> None:
        try:
            await sweep(database, blobs)
        except SweepRefused as refused:
            observe(Failed("sweep blobs", refused.message))

    task = Task(name="sweep_blobs", queue=HOUSEKEEPING, run=sweep_blobs, attempts_max=1, seconds_max=SWEEP_SECONDS_MAX)
    return Scheduled(task, "40 3 * * *", "bytes no row stands for are removed")
