"""The stored objects of a backup: their bytes copied out of the blob store, and back into one.

`objects.jsonl` has a line per row of `storage.objects`: `{"bucket", "name", "version", "size", "sha256"}`. An object
whose bytes were not there has `"missing": true` instead of size and hash: they were lost before, or somebody deleted or
overwrote the object while the backup was being made. The manifest counts the two apart.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sahne.files import flush_folder
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.manifest import CHUNK_BYTES, OBJECT_LINES, OBJECTS, open_private
from sahne.operations.backup.shelf import PRIVATE_FOLDER
from sahne.providers.blobs import BlobMissing, BlobStore, is_key

LOST_ASKED_MAX = 100_000  # versions without bytes that are looked up a second time


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLine:
    """A line of `objects.jsonl`; `size` in bytes and `sha256` are None where the bytes are missing."""

    bucket: str
    name: str
    version: str | None
    size: int | None
    sha256: str | None

    @property
    def file(self) -> str:
        """Where its bytes lie inside the backup."""
        return f"{OBJECTS}/{shelf_of(self.version or '')}"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied; `lost` are the versions whose bytes were not there, `LOST_ASKED_MAX` at most."""

    count: int
    bytes: int
    lost_count: int
    lost: list[str]


def shelf_of(version: str) -> str:
    """The path of a version's bytes below `objects/`."""
    return f"{version[:2]}/{version}"


def read_lines(folder: Path) -> Iterator[ObjectLine]:
    """The lines of a backup, one at a time."""
    with (folder / OBJECT_LINES).open("rb") as file:
        for text in file:
            line = orjson.loads(text)
            yield ObjectLine(
                bucket=line["bucket"],
                name=line["name"],
                version=line["version"],
                size=line.get("size"),
                sha256=line.get("sha256"),
            )


async def copy_out(rows: Iterable[dict[str, Any]], blobs: BlobStore, folder: Path, total: int, tell: Tell) -> Copied:
    """Copy the bytes of every row's version into `folder` and write the lines.

    Everything is on the disk when this returns, and no more than a chunk in memory.
    """
    (folder / OBJECTS).mkdir(mode=PRIVATE_FOLDER)
    count = size = 0
    lost: list[str] = []
    lost_count = 0
    with open_private(folder / OBJECT_LINES) as lines:
        for row in rows:
            line = {"bucket": row["bucket"], "name": row["name"], "version": row["version"]}
            try:
                copied, sha256 = await _copy_one(blobs, row["version"] or "", folder / OBJECTS)
                line |= {"size": copied, "sha256": sha256}
                size += copied
            except BlobMissing:
                line |= {"missing": True}
                lost_count += 1
                if len(lost) < LOST_ASKED_MAX:
                    lost.append(row["version"] or "")
            lines.write(orjson.dumps(line) + b"\n")
            count += 1
            tell("objects", count, total)
        lines.flush()
        os.fsync(lines.fileno())
    for shelf in (folder / OBJECTS).iterdir():
        flush_folder(shelf)
    flush_folder(folder / OBJECTS)
    return Copied(count, size, lost_count, lost)


async def _copy_one(blobs: BlobStore, version: str, objects: Path) -> tuple[int, str]:
    if not is_key(version):  # a row that SQL wrote: never a path on our disk
        raise BlobMissing(details=version)
    digest, size = hashlib.sha256(), 0
    async with blobs.open(version) as blob:
        path = objects / shelf_of(version)
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        try:
            with open_private(path) as file:
                async for chunk in blob.chunks():
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BlobMissing:  # it ended early
            path.unlink()
            raise
    return size, digest.hexdigest()


async def copy_in(folder: Path, blobs: BlobStore, total: int, tell: Tell) -> int:
    """Give a blob store every object of the backup; how many bytes that were."""
    size = 0
    for number, line in enumerate(read_lines(folder), 1):
        if line.sha256 is not None and line.version:
            size += (await blobs.write(line.version, _chunks(folder / line.file))).size
        tell("objects", number, total)
    return size


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
