"""Pictures that are gone take their files with them: what triggers wrote down is removed, and stray bytes are swept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt, Scheduled, Task
from sahne.objects.errors import SweepRefused
from sahne.objects.remove import remove_objects
from sahne.objects.sweep import sweep
from sahne.providers.blobs import BlobStore
from sahne.studio.requests import QUERIES, QUEUE
from sahne.telemetry import Failed, observe

REMOVED_AT_ONCE_MAX = 500
SWEEP_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class ObjectsRemoved:
    """Files of rows that are gone were removed."""

    count: int


def remove_leftovers_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every minute: the objects whose pictures or people were deleted."""

    async def remove_leftovers(_: Attempt) -> None:
        while removed := await remove_some_leftovers(database, blobs):
            observe(ObjectsRemoved(removed))

    return Scheduled(Task("remove_leftovers", QUEUE, remove_leftovers, attempts_max=1), "* * * * *")


def sweep_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every night: bytes no row stands for, such as a killed worker leaves."""

    async def sweep_blobs(_: Attempt) -> None:
        try:
            await sweep(database, blobs)
        except SweepRefused as refused:
            observe(Failed("sweep blobs", refused.message))

    task = Task("sweep_blobs", QUEUE, sweep_blobs, attempts_max=1, seconds_max=SWEEP_SECONDS_MAX)
    return Scheduled(task, "40 3 * * *")


async def remove_some_leftovers(database: Database, blobs: BlobStore) -> int:
    """Remove at most `REMOVED_AT_ONCE_MAX` of them; answers how many were written down.

    The note goes last: after a crash it is found again, and what is gone already is passed over.
    """
    async with database.transaction(SERVICE) as conn:
        notes = await (await conn.execute(QUERIES["list_leftovers"], {"limit": REMOVED_AT_ONCE_MAX})).fetchall()
    names = defaultdict(list)
    for note in notes:
        names[note["bucket_id"]].append(note["name"])
    for bucket, each in names.items():
        await remove_objects(database, blobs, SERVICE, bucket, each)
    async with database.transaction(SERVICE) as conn:
        await conn.execute(QUERIES["forget_leftovers"], {"ids": [note["id"] for note in notes]})
    return len(notes)
