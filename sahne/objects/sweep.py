"""The sweep: removes bytes no row stands for. They come of crashes, and of rows that SQL deleted behind our back.

Only what is older than `AGE_SECONDS_MIN` goes, because an upload under way has bytes before it has a row; no upload
and no transaction of ours lives that long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.objects.errors import SweepRefused
from sahne.objects.rows import QUERIES
from sahne.providers.blobs import BlobEntry, BlobStore
from sahne.telemetry import observe

AGE_SECONDS_MIN = 24 * 60 * 60.0
ASKED_AT_ONCE_MAX = 5000


@dataclass(frozen=True, slots=True)
class Swept:
    """A sweep came to its end: blobs looked at, orphans and unfinished writes removed, bytes won back."""

    looked_at: int
    orphans: int
    unfinished: int
    bytes_freed: int


async def sweep(
    database: Database, blobs: BlobStore, *, age_seconds_min: float = AGE_SECONDS_MIN, even_all: bool = False
) -> Swept:
    """Remove orphans older than `age_seconds_min`.

    Raises:
        SweepRefused: the database knows no object at all and there are blobs; `even_all` sweeps nevertheless.
    """
    looked_at = orphans = bytes_freed = 0
    checked = even_all
    async for batch in _batches(blobs, age_seconds_min):
        if not checked:
            await _refuse_if_strange(database)
            checked = True
        async with database.transaction(SERVICE) as conn:
            values = {"versions": [entry.key for entry in batch]}
            rows = await every(conn, QUERIES["orphans_of"], values)
        orphaned = {row["version"] for row in rows}
        await blobs.remove(sorted(orphaned))
        looked_at += len(batch)
        orphans += len(orphaned)
        bytes_freed += sum(entry.size for entry in batch if entry.key in orphaned)
    unfinished = await blobs.remove_unfinished(age_seconds_min)
    swept = Swept(looked_at, orphans, unfinished, bytes_freed)
    observe(swept)
    return swept


async def _refuse_if_strange(database: Database) -> None:
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["any_object"])
    if not row["knows"]:
        raise SweepRefused(hint="If every object is really gone, sweep with even_all.")


async def _batches(blobs: BlobStore, age_seconds_min: float) -> AsyncIterator[list[BlobEntry]]:
    batch: list[BlobEntry] = []
    async for entry in blobs.walk():
        if entry.age_seconds >= age_seconds_min:
            batch.append(entry)
        if len(batch) >= ASKED_AT_ONCE_MAX:
            yield batch
            batch = []
    if batch:
        yield batch
