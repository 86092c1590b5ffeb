"""Storage beside a project: the buckets of the app's own pictures are answered here, all others by the project.

Their objects come to be together with rows of ours (a generation and its pictures, a photo and its consent), in one
transaction or not at all, which a call to the project's storage could not be part of. So their bytes lie in Sahne's own
store, and whoever asks for one of them is sent to Sahne's own door by the bucket in the path.
"""

from __future__ import annotations

import asyncio
import base64
from uuid import UUID

from sahne.database.pool import Database
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.project.errors import ProjectCrowded
from sahne.objects.unfinished import bucket_of_upload

OWN_BUCKETS = frozenset({"photos", "images", "avatars", "thumbnails", "quarantine", "exports"})
PREFIX = "/storage/v1/"
RESUMABLE = "upload/resumable"
LOOKS_AT_ONCE_MAX = 2
LOOK_SECONDS_MAX = 5.0

# What stands before the bucket in a path, by its first word
WORDS = {
    "object": frozenset({"authenticated", "public", "sign", "info", "list", "list-v2", "upload"}),
    "render": frozenset({"image", "authenticated", "public", "sign"}),
}


class OwnBuckets:
    """The storage door of a home beside a project: `here` is our own, `there` the project's."""

    def __init__(self, here: Door, there: Door, database: Database) -> None:
        self._here = here
        self._there = there
        self._database = database
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bucket = await self._bucket_of(scope)
        await (self._here if bucket in OWN_BUCKETS else self._there)(scope, receive, send)

    async def _bucket_of(self, scope: Scope) -> str | None:
        path = scope["path"].removeprefix(PREFIX)
        if not path.startswith(RESUMABLE):
            return bucket_in(path)
        upload = _id_in(path)
        if upload is not None:
            return await self._bucket_of_upload(upload)
        return bucket_announced(dict(scope["headers"]).get(b"upload-metadata", b""))

    async def _bucket_of_upload(self, upload: UUID) -> str | None:
        """Anybody may ask, so no more than a few at once.

        Raises:
            ProjectCrowded: they waited too long.
        """
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX), self._looks:
                return await bucket_of_upload(self._database, upload)
        except TimeoutError as error:
            raise ProjectCrowded() from error


def bucket_in(path: str) -> str | None:
    """The bucket that a path behind the prefix names; None where it names none (`bucket/…`, `object/move`, `s3/…`)."""
    kind, *names = path.split("/")
    words = WORDS.get(kind, frozenset())
    while names and names[0] in words:
        names = names[1:]
    return names[0] if kind in WORDS and names else None


def bucket_announced(metadata: bytes) -> str | None:
    """The bucket that TUS's `Upload-Metadata` names."""
    for pair in metadata.split(b","):
        key, _, value = pair.strip().partition(b" ")
        if key == b"bucketName":
            return _decoded(value)
    return None


def _decoded(value: bytes) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return None


def _id_in(path: str) -> UUID | None:
    try:
        return UUID(path.rpartition("/")[2])
    except ValueError:
        return None
