"""Copies of everything that is somebody's are made by the worker (`archive.py`) and kept for a day.

start → the one that waits longest is taken → its bytes are written while they are put together → object and line in
one transaction, unless its person is gone by now → the next → end when none waits. A try that failed is taken up
again, three times in all; so is one whose worker died, after an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sahne.accounts.archive import Archive
from sahne.accounts.exports import BUCKET, QUERIES
from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe, one
from sahne.database.pool import Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, kept_bytes, place_object
from sahne.providers.blobs import BlobStore
from sahne.telemetry import Failed, observe

MAKING_SECONDS_MAX = 3600
COPIES_AT_ONCE_MAX = 20  # then other housekeeping has its turn


@dataclass(frozen=True, slots=True)
class CopyMade:
    """A copy of everything that is somebody's lies there."""

    files: int
    bytes: int


class _NotWanted(Exception):
    """Its person is gone, or it was given up meanwhile."""


def make_exports_task(database: Database, blobs: BlobStore) -> Scheduled:
    """Every minute: those that wait are made."""

    async def make(_: Attempt) -> None:
        for _turn in range(COPIES_AT_ONCE_MAX):
            if not await make_export(database, blobs):
                return

    task = Task(name="make_exports", queue=HOUSEKEEPING, run=make, attempts_max=1, seconds_max=MAKING_SECONDS_MAX)
    return Scheduled(task, "* * * * *", "copies that people asked for of everything that is theirs are made")


def expire_exports_task(database: Database) -> Scheduled:
    """Every ten minutes: those that were kept for a day go; their files follow."""

    async def expire(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            await one(conn, QUERIES["expire_exports"])

    return Scheduled(
        Task(name="expire_exports", queue=HOUSEKEEPING, run=expire, attempts_max=1),
        "*/10 * * * *",
        "copies that were kept for a day are removed",
    )


async def make_export(database: Database, blobs: BlobStore) -> bool:
    """The next copy; whether there was one to make."""
    async with database.transaction(SERVICE) as conn:
        taken = await maybe(conn, QUERIES["take_export"], {"seconds": MAKING_SECONDS_MAX})
    if taken is None:
        return False
    try:
        observe(await _make(database, blobs, taken["id"], taken["user_id"]))
    except _NotWanted:
        pass
    except Exception as error:
        observe(Failed("make a copy of an account", repr(error)))
        async with database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["fail_export"], {"id": taken["id"]})
    return True


async def _make(database: Database, blobs: BlobStore, id: UUID, user_id: UUID) -> CopyMade:
    archive, file = Archive(database, blobs, user_id), f"{user_id}/{id}.zip"
    upload = Upload(Place(BUCKET, file), Content("application/zip", "no-store"), how="upsert")
    async with (
        kept_bytes(blobs, archive.chunks()) as blob,
        database.transaction(SERVICE) as conn,
    ):
        size, files = blob.digest.size, archive.contents.files
        values = {"id": id, "file": file, "bytes": size, "pictures": files}
        if not (await one(conn, QUERIES["finish_export"], values))["is_wanted"]:
            raise _NotWanted
        await place_object(conn, upload, blob)
    return CopyMade(files, size)
