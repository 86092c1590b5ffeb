"""What is kept and what is worked through: stored objects and their bytes, the queue, backups."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sahne.accounts.exports import BUCKET as EXPORTS_BUCKET
from sahne.counted import counted
from sahne.database.fetch import every, one
from sahne.database.sql import load_queries
from sahne.doctor.finding import Finding, fault, not_looked_at, warning
from sahne.doctor.installation import Installation
from sahne.jobs.tasks import HEARTBEATS_MISSED_MAX
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.shelves import Shelf, open_shelf
from sahne.providers.blobs import BlobMissing, BlobStore
from sahne.providers.blobs.opened import open_blobs
from sahne.studio.generations import IMAGES_BUCKET
from sahne.studio.photos import PHOTOS_BUCKET
from sahne.studio.safety import QUARANTINE_BUCKET

_QUERIES = load_queries(__package__, "keeping.sql")

BUCKETS = (PHOTOS_BUCKET, IMAGES_BUCKET, QUARANTINE_BUCKET, EXPORTS_BUCKET, "avatars", "thumbnails")
OBJECTS_LOOKED_AT_MAX = 50
WAITING_MANY = 100
BACKUP_AGE_MAX = timedelta(hours=26)  # one each night, with time to be made
BACKUP_AGE_FAULT = timedelta(days=7)
DRILL_AGE_MAX = timedelta(days=8)


async def buckets(installation: Installation) -> AsyncIterator[Finding]:
    """Those that the product itself keeps things in."""
    async with installation.connection() as conn:
        missing = [row["bucket"] for row in await every(conn, _QUERIES["missing_buckets"], {"buckets": list(BUCKETS)})]
    if missing:
        yield fault("buckets", f"{', '.join(missing)} missing", "Run `sahne migrate`, or restore storage.buckets.")
    else:
        yield Finding("buckets", f"{', '.join(BUCKETS)} are there")


async def objects(installation: Installation) -> AsyncIterator[Finding]:
    """Whether bytes lie under a few of the rows."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["some_objects"], {"count": OBJECTS_LOOKED_AT_MAX})
    blobs = open_blobs(installation.settings)
    missing = [row["object"] for row in rows if not await _is_there(blobs, row["version"])]
    if missing:
        to_do = "Check SAHNE_OBJECTS_URL, or SAHNE_DATA and its disk; else `sahne backup restore` has the bytes."
        yield fault("stored objects", f"{len(missing)} of {len(rows)} have no bytes, such as {missing[0]}", to_do)
    elif rows:
        yield Finding("stored objects", f"the bytes of {len(rows)} of them are there")
    else:
        yield not_looked_at("stored objects", "there are none")


async def _is_there(blobs: BlobStore, version: str) -> bool:
    try:
        async with blobs.open(version):
            return True
    except BlobMissing:
        return False


async def queue(installation: Installation) -> AsyncIterator[Finding]:
    """Whether somebody works, and what came of it in the last day."""
    silent_seconds = installation.settings.worker_heartbeat_seconds * HEARTBEATS_MISSED_MAX
    async with installation.connection() as conn:
        row = await one(conn, _QUERIES["queue"], {"silent_seconds": silent_seconds})
        failed = await every(conn, _QUERIES["failed_jobs"])
    for finding in judged_queue(row):
        yield finding
    for each in failed:
        found = f"{each['task']} was given up {counted(each['failures'], 'time')} in a day"
        yield warning("failed jobs", found, "The worker's log says why, beside JobGivenUp.")
    if not failed:
        yield Finding("failed jobs", "none in a day")


def judged_queue(row: Mapping[str, Any]) -> Iterator[Finding]:
    """Who works, and what stands."""
    found = f"{counted(row['workers'], 'lane')} of workers, {counted(row['waiting'], 'job')} to do"
    if not row["workers"]:
        to_do = "Start `sahne worker`: without it no picture is made, nobody is paid, nothing is cleared away."
        yield (fault if row["waiting"] else warning)("workers", found, to_do)
    elif row["waiting"] > WAITING_MANY:
        yield warning("workers", found, "Start more of them, or look in the log for what takes so long.")
    else:
        yield Finding("workers", found)
    if row["stalled"]:
        to_do = "The next worker that runs takes them over; where one does, its log says why not."
        yield warning("stalled jobs", f"{counted(row['stalled'], 'job')} of workers that are gone", to_do)


async def backups(installation: Installation) -> AsyncIterator[Finding]:
    """How old the last good one is, and the last drill."""
    shelf = open_shelf(installation.settings)
    for finding in await asyncio.to_thread(lambda: list(judged_backups(shelf, datetime.now(UTC)))):
        yield finding


def judged_backups(shelf: Shelf, now: datetime) -> Iterator[Finding]:
    """By the notes that lie beside them."""
    with shelf.listed() as kept:
        yield from _judged(kept, shelf.place, now)


def _judged(kept: list[Backup], place: str, now: datetime) -> Iterator[Finding]:
    if not kept:
        to_do = "SAHNE_BACKUP_HOUR makes one every night; where others back this up, read docs/guides/backups.md."
        yield warning("backups", f"none in {place}", to_do)
        return
    damaged = [each.name for each in kept if each.damaged_at()]
    if damaged:
        yield fault("backups", f"{', '.join(damaged)} found damaged", "Make a new one now, and look at the disk.")
    good = [each for each in kept if each.name not in damaged]
    if good:
        yield _age_of(good[0], now)
    yield _drill_of(kept, now)


def _age_of(newest: Backup, now: datetime) -> Finding:
    age = now - newest.created_at
    found = f"the last one is {in_hours(age)} old, {'verified' if newest.verified_at() else 'not verified'}"
    if age > BACKUP_AGE_FAULT:
        return fault("backups", found, "Make one now (`sahne backup create`), and every night.")
    if age > BACKUP_AGE_MAX:
        return warning("backups", found, "Look why last night's was not made.")
    if not newest.verified_at():
        return warning("backups", found, "`sahne backup verify` reads every byte of it.")
    return Finding("backups", found)


def _drill_of(kept: list[Backup], now: datetime) -> Finding:
    """Of the newest that was ever tried."""
    tried = next((report for each in kept if (report := each.last_drill())), None)
    if tried is None:
        return warning("backup drill", "none was ever restored to try", "`sahne backup drill` does, every week.")
    age = now - datetime.fromisoformat(tried["drilled_at"])
    found = f"{tried['backup']} was tried {in_hours(age)} ago"
    if not tried["passed"]:
        return fault("backup drill", f"{found} and failed", "`sahne backup drill` says what differs.")
    if age > DRILL_AGE_MAX:
        return warning("backup drill", found, "`sahne backup drill` every week.")
    return Finding("backup drill", found)


def in_hours(age: timedelta) -> str:
    """Hours, and from two days on days."""
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
