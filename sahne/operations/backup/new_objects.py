"""Where the objects of a restored backup go: a folder or a place in a bucket, empty before and empty after a fault."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Protocol

from sahne.errors import Conflict
from sahne.object_stores import Bucket
from sahne.providers.blobs import BlobStore
from sahne.providers.blobs.disk import DiskBlobs

REMOVED_AT_ONCE_MAX = 1000


class FolderNotEmpty(Conflict):
    """There is something in that folder already."""

    code = "folder_not_empty"


class NewObjects(Protocol):
    """A blob store to be filled."""

    @property
    def blobs(self) -> BlobStore:
        """The store itself."""

    def is_empty(self) -> bool:
        """Whether nothing is in it."""

    def discard(self) -> None:
        """Take away again what was written."""


class NewFolder:
    """A folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs: BlobStore = DiskBlobs(folder)

    def is_empty(self) -> bool:
        """Whether nothing is in it, of whatever kind."""
        return not (self.folder.exists() and any(self.folder.iterdir()))

    def discard(self) -> None:
        """The folder too."""
        shutil.rmtree(self.folder, ignore_errors=True)


class NewPlace:
    """A place in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        from sahne.providers.blobs.s3 import S3Blobs  # only here: most objects lie in folders

        self.blobs: BlobStore = S3Blobs(bucket)

    def is_empty(self) -> bool:
        """Whether no blob is in it."""
        return not asyncio.run(self._some_keys(1))

    def discard(self) -> None:
        """Every blob."""
        while keys := asyncio.run(self._some_keys(REMOVED_AT_ONCE_MAX)):
            asyncio.run(self.blobs.remove(keys))

    async def _some_keys(self, count: int) -> list[str]:
        keys: list[str] = []
        async for entry in self.blobs.walk():
            keys.append(entry.key)
            if len(keys) == count:
                break
        return keys


def new_objects(place: Path | Bucket) -> NewObjects:
    """The one at a place."""
    return NewFolder(place) if isinstance(place, Path) else NewPlace(place)


def refuse_filled(objects: NewObjects, place: Path | Bucket) -> None:
    """Raises FolderNotEmpty."""
    if not objects.is_empty():
        raise FolderNotEmpty(details=str(place), hint="Choose another one with --objects.")
