"""What is not made and not kept: a photo is looked at before anything is made of it, a picture before it is stored.

A file that was refused is known by its SHA-256 and not looked at twice; one that an admin let through passes. What is
refused goes to the bucket `quarantine`, which admins read, and stays there for `QUARANTINE_DAYS`.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

from sahne.database.actor import SERVICE
from sahne.database.fetch import one
from sahne.database.pool import Connection, Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object
from sahne.pictures import HEAD_BYTES, picture_type
from sahne.providers.blobs import BlobStore
from sahne.providers.images.generator import GenerationRefused, Picture, Refusal
from sahne.studio.appeals import SAFETY_QUERIES
from sahne.telemetry import observe

Stage = Literal["prompt", "photo", "picture"]
QUARANTINE_BUCKET = "quarantine"
QUARANTINE_FOLDER = "pictures"
QUARANTINE_DAYS = 90
SCORE_OF_NONE = 1.0  # a bound that no score passes


@dataclass(frozen=True, slots=True)
class PictureRefused:
    """A photo or a picture was refused; `score` is None for one that was refused before."""

    generation_id: str
    stage: Stage
    score: float | None


class Judge(Protocol):
    """Who looks at pictures."""

    def score(self, data: bytes) -> float:
        """How surely it must not be kept, 0 to 1. Raises GenerationRefused: it is no picture that can be read."""


@dataclass(frozen=True, slots=True)
class Safety:
    """The gate: a score above its bound is refused."""

    database: Database
    blobs: BlobStore
    judge: Judge
    _: KW_ONLY
    photo_score_max: float
    picture_score_max: float

    async def pass_photo(self, generation_id: UUID, photo: bytes | None) -> None:
        """Raises GenerationRefused: `moderated`, or it is no photo."""
        if photo is not None:
            await self._pass(generation_id, "photo", photo, self.photo_score_max)

    async def pass_picture(self, generation_id: UUID, picture: Picture) -> None:
        """Raises GenerationRefused: `moderated`."""
        await self._pass(generation_id, "picture", picture.image, self.picture_score_max)

    async def _pass(self, generation_id: UUID, stage: Stage, data: bytes, score_max: float) -> None:
        if score_max >= SCORE_OF_NONE:
            return
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(data).digest())
        async with self.database.transaction(SERVICE) as conn:
            known = (await one(conn, SAFETY_QUERIES["picture_verdict"], {"sha256": sha256}))["is_refused"]
        if known is False:
            return
        score = None if known else await asyncio.to_thread(self.judge.score, data)
        if score is not None and score <= score_max:
            return
        values = {
            "id": generation_id,
            "stage": stage,
            "sha256": sha256,
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "bytes": len(data),
            "score": score,
        }
        await self._refuse(values, data if score is not None else None)
        observe(PictureRefused(str(generation_id), stage, score))
        raise GenerationRefused(Refusal.MODERATED)

    async def _refuse(self, values: dict[str, Any], data: bytes | None) -> None:
        """With its bytes where they do not lie there already."""
        if data is None:
            async with self.database.transaction(SERVICE) as conn:
                await conn.execute(SAFETY_QUERIES["refuse_picture"], {**values, "object": None})
            return
        kind = picture_type(data[:HEAD_BYTES]) or ""
        place = Place(QUARANTINE_BUCKET, f"{QUARANTINE_FOLDER}/{uuid4()}.{kind.rpartition('/')[2]}")
        async with (
            kept_bytes(self.blobs, chunks_of(data)) as blob,
            self.database.transaction(SERVICE) as conn,
        ):
            await place_object(conn, Upload(place, Content(kind)), blob)
            await conn.execute(SAFETY_QUERIES["refuse_picture"], {**values, "object": place.name})


async def note_stage(conn: Connection, generation_id: UUID, stage: Stage) -> None:
    """Say what of a generation a maker elsewhere refused."""
    await conn.execute(SAFETY_QUERIES["note_stage"], {"id": generation_id, "stage": stage})


def empty_quarantine_task(database: Database) -> Scheduled:
    """Every night: what was refused long ago is removed, with its bytes."""

    async def empty_quarantine(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            await conn.execute(SAFETY_QUERIES["empty_quarantine"], {"days": QUARANTINE_DAYS})

    return Scheduled(
        Task(name="empty_quarantine", queue=HOUSEKEEPING, run=empty_quarantine, attempts_max=1),
        "20 3 * * *",
        "refused pictures older than 90 days are removed",
    )
