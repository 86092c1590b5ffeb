"""Making pictures, in the worker: claim → photo → picture by picture → stored with its row → done; a failure is data.

A try may die anywhere. The next one finds what was stored, makes only the rest, and a try that comes back from the
dead stores nothing: each write holds the generation's row and asks whether its own try is still the one that counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, maybe
from sahne.database.pool import Connection, Database
from sahne.jobs.tasks import Attempt
from sahne.objects.errors import BytesMissing, NoSuchBucket, NoSuchKey
from sahne.objects.names import Place
from sahne.providers.blobs import BlobStore
from sahne.providers.images.generator import (
    SEED_MAX,
    GenerationRefused,
    ImageGenerator,
    ImageRequest,
    Picture,
    Progress,
    Refusal,
)
from sahne.providers.questions import REFUSED, asking
from sahne.studio.marks import Marks
from sahne.studio.photos import read_as_owner, read_photo
from sahne.studio.requests import QUERIES
from sahne.studio.safety import Safety
from sahne.studio.storing import Made, NotWanted, store_picture
from sahne.telemetry import observe

GENERATION_SECONDS_MAX = 240.0
THUMBNAILS_URL = "/storage/v1/object/public/thumbnails/"
REFERENCE_KEYWORD = "reference"
MADE = 200


@dataclass(frozen=True, slots=True)
class GenerationDone:
    """Pictures were made; `seconds` is this try's time."""

    generation_id: str
    images: int
    seconds: float


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """No picture came; `error_code` is what its owner reads."""

    generation_id: str
    error_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A generation as one try has claimed it. `seeds` are those still to be made."""

    id: UUID
    user_id: UUID
    attempt: int
    maker: str
    seeds: tuple[int, ...]
    count: int
    size: tuple[int, int]
    prompt: str
    negative_prompt: str | None
    photo_path: str | None
    keywords: tuple[str, ...]
    category: str
    preview_url: str | None


class Maker:
    """What the worker needs to make pictures: the database, the blobs, and who makes them.

    It is the first of `makers` unless a scene asks another of them.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        makers: Sequence[ImageGenerator],
        *,
        seconds_max: float = GENERATION_SECONDS_MAX,
        marks: Marks | None = None,
        safety: Safety | None = None,
    ) -> None:
        self.seconds_max = seconds_max  # for all pictures of one generation
        self._database = database
        self._blobs = blobs
        self._makers = {each.name: each for each in makers}
        self._marks = marks
        self._safety = safety

    async def make(self, attempt: Attempt, *, generation_id: str) -> None:
        """The job. Expected failures end the generation; anything else is raised, and tried again."""
        generation = await self._claim(UUID(generation_id), attempt.number)
        if generation is None:
            return
        started = time.monotonic()
        with contextlib.suppress(NotWanted):
            try:
                async with asyncio.timeout(self.seconds_max):
                    images = await self._make_pictures(generation)
            except TimeoutError:
                await self._close(generation, if_empty=Refusal.TIMED_OUT)
            except GenerationRefused as refused:
                await self._close(generation, if_empty=refused.reason)
            else:
                observe(GenerationDone(generation_id, images, time.monotonic() - started))

    async def give_up(self, *, generation_id: str) -> None:
        """No try is left: what is stored stays, the rest of the quota goes back."""
        async with self._database.transaction(SERVICE) as conn:
            await close_generation(conn, UUID(generation_id), if_empty=Refusal.FAILED)

    async def _claim(self, generation_id: UUID, attempt: int) -> Generation | None:
        values = {"id": generation_id, "attempt": attempt, "makers": list(self._makers)}
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["requeue_generation"], values)
            row = await maybe(conn, QUERIES["claim_generation"], values)
            if row is None:
                return None
            settled = await every(conn, QUERIES["list_settled_seeds"], values)
        return _claimed(row, attempt, settled_seeds={picture["seed"] for picture in settled})

    async def _make_pictures(self, generation: Generation) -> int:
        photo = await read_photo(self._database, self._blobs, generation.user_id, generation.photo_path)
        if self._safety:
            await self._safety.pass_photo(generation.id, photo)
        reference = await self._read_reference(generation)
        maker = self._makers[generation.maker]
        stored_before = generation.count - len(generation.seeds)
        stored, moderated = stored_before, False
        for number, seed in enumerate(generation.seeds):
            progress = _Progress(self._database, generation, before=stored_before + number)
            started = time.monotonic()
            try:
                picture = await _generated(maker, _request(generation, seed, photo, reference), progress)
                if self._safety:
                    await self._safety.pass_picture(generation.id, picture)
            except GenerationRefused as refused:
                if refused.reason is not Refusal.MODERATED:
                    raise
                moderated = True
                continue
            await self._store(generation, picture, seed, time.monotonic() - started)
            stored += 1
        await self._close(generation, if_empty=Refusal.MODERATED if moderated else Refusal.FAILED)
        return stored

    async def _store(self, generation: Generation, picture: Picture, seed: int, seconds: float) -> None:
        """Bytes, objects and row of one picture, together or not at all. Raises GenerationRefused: there is no room."""

        @contextlib.asynccontextmanager
        async def holding(conn: Connection) -> AsyncIterator[None]:
            await self._hold(conn, generation)
            yield

        made = Made(
            picture=picture,
            generation_id=generation.id,
            user_id=generation.user_id,
            seed=seed,
            seconds=seconds,
        )
        await store_picture(self._database, self._blobs, made, holding, self._marks)

    async def _close(self, generation: Generation, *, if_empty: Refusal) -> None:
        async with self._database.transaction(SERVICE) as conn:
            await self._hold(conn, generation)
            await close_generation(conn, generation.id, if_empty=if_empty)

    async def _hold(self, conn: Connection, generation: Generation) -> None:
        values = {"id": generation.id, "attempt": generation.attempt}
        if not await maybe(conn, QUERIES["hold_generation"], values):
            raise NotWanted

    async def _read_reference(self, generation: Generation) -> bytes | None:
        """The scene's own preview, when the scene says that its look is that picture's."""
        url = generation.preview_url or ""
        if REFERENCE_KEYWORD not in generation.keywords or not url.startswith(THUMBNAILS_URL):
            return None
        try:
            place = Place("thumbnails", url.removeprefix(THUMBNAILS_URL))
            return await read_as_owner(self._database, self._blobs, generation.user_id, place)
        except (NoSuchKey, NoSuchBucket, BytesMissing):
            return None


async def _generated(maker: ImageGenerator, request: ImageRequest, progress: Progress) -> Picture:
    """The picture, asked of its maker as anything else is asked of others."""
    with asking(maker.name) as question:
        try:
            picture = await maker.generate(request, progress)
        except GenerationRefused:
            question.status = REFUSED
            raise
        question.status = MADE
        return picture


class _Progress:
    """Tells the generation's row how far its picture is; hears from it when nobody wants it any more."""

    def __init__(self, database: Database, generation: Generation, before: int) -> None:
        self._database = database
        self._generation = generation
        self._before = before

    async def report(self, fraction: float) -> None:
        """0 to 1 of this picture; raises NotWanted."""
        percent = int(100 * (self._before + min(max(fraction, 0), 1)) / self._generation.count)
        values = {"id": self._generation.id, "attempt": self._generation.attempt, "progress": min(percent, 99)}
        async with self._database.transaction(SERVICE) as conn:
            if not await maybe(conn, QUERIES["report_progress"], values):
                raise NotWanted


async def close_generation(conn: Connection, generation_id: UUID, *, if_empty: Refusal) -> None:
    """Done with the pictures that are stored; without any, failed for `if_empty`. What has ended stays as it is."""
    values = {
        "id": generation_id,
        "status": "moderated" if if_empty is Refusal.MODERATED else "failed",
        "error_code": if_empty.value,
    }
    if await every(conn, QUERIES["list_made_seeds"], values):
        await conn.execute(QUERIES["begin_storing"], values)
        await conn.execute(QUERIES["finish_generation"], values)
    elif await maybe(conn, QUERIES["fail_generation"], values):
        observe(GenerationFailed(str(generation_id), if_empty.value))


def _claimed(row: dict[str, Any], attempt: int, *, settled_seeds: set[int]) -> Generation:
    seeds = [(row["seed"] + number) % (SEED_MAX + 1) for number in range(row["requested_count"])]
    width, height = row["image_size"].split("x")
    return Generation(
        id=row["id"],
        user_id=row["user_id"],
        attempt=attempt,
        maker=row["provider"],
        count=row["requested_count"],
        seeds=tuple(seed for seed in seeds if seed not in settled_seeds),
        size=(int(width), int(height)),
        prompt=row["prompt"] or "",
        negative_prompt=row["negative_prompt"],
        photo_path=row["photo_path"],
        keywords=tuple(row["style_keywords"]),
        category=row["category"],
        preview_url=row["preview_url"],
    )


def _request(generation: Generation, seed: int, photo: bytes | None, reference: bytes | None) -> ImageRequest:
    return ImageRequest(
        prompt=generation.prompt,
        negative_prompt=generation.negative_prompt,
        keywords=generation.keywords,
        category=generation.category,
        seed=seed,
        width=generation.size[0],
        height=generation.size[1],
        photo=photo,
        reference=reference,
    )
