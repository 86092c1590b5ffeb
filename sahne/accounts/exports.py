"""Copies of everything that is somebody's: asked for, made by the worker (`archive.py`), kept for a day.

start → the one that waits longest is taken → its bytes are written while they are put together → object and line in
one transaction, unless its person is gone by now → the next → end when none waits. A try that failed is taken up
again, three times in all; so is one whose worker died, after an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sahne.accounts.archive import Archive
from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import maybe, one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.names import Place
from sahne.objects.signing import signed_path
from sahne.objects.store import Content, Upload, kept_bytes, place_object
from sahne.providers.blobs import BlobStore
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__, "exports.sql")
BUCKET = "exports"
STORAGE = "/storage/v1"
LINK_SECONDS = 900
MAKING_SECONDS_MAX = 3600
COPIES_AT_ONCE_MAX = 20  # then other housekeeping has its turn

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CopyMade:
    """A copy of everything that is somebody's lies there."""

    files: int
    bytes: int


class _NotWanted(Exception):
    """Its person is gone, or it was given up meanwhile."""


async def ask_export(pipeline: Pipeline, actor: Actor, secret: str) -> Answer:
    """`{"export": {…}}`: the actor's copy, which waits, is made, or lies there already."""
    return await _say(pipeline, actor, secret, "ask_export")


async def own_export(pipeline: Pipeline, actor: Actor, secret: str) -> Answer:
    """`{"export": {…, "url"}}` of the one asked for last, or null; `url` is a path that opens it for a quarter of an
    hour."""
    return await _say(pipeline, actor, secret, "own_export")


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


async def _say(pipeline: Pipeline, actor: Actor, secret: str, verb: str) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb])
    export = result.json()["export"]
    if export is not None:
        file = export.pop("file")
        export["url"] = STORAGE + signed_path(secret, Place(BUCKET, file), LINK_SECONDS) if file else None
    return {"export": export}
