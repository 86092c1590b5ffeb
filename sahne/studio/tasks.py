"""What the studio asks of a worker: making generations, and once in a while looking for lost ones."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.studio.appeals import SAFETY_QUERIES
from sahne.studio.making import Maker
from sahne.studio.requests import MAKE_GENERATION, QUERIES, QUEUE
from sahne.telemetry import observe

ATTEMPTS_MAX = 3
STORING_SECONDS = 30.0  # what a try may take beyond its pictures
LOST_AFTER_SECONDS = 3600
PHOTOS_AT_ONCE_MAX = 1000


@dataclass(frozen=True, slots=True)
class GenerationsExpired:
    """Generations without a job were ended and their quota returned."""

    count: int


@dataclass(frozen=True, slots=True)
class PhotosExpired:
    """Photos were kept as long as they are."""

    count: int


def make_generation_task(maker: Maker) -> Task:
    """Pictures for one generation."""
    return Task(
        name=MAKE_GENERATION,
        queue=QUEUE,
        run=maker.make,
        give_up=maker.give_up,
        attempts_max=ATTEMPTS_MAX,
        seconds_max=maker.seconds_max + STORING_SECONDS,
    )


def expire_photos_task(database: Database) -> Scheduled:
    """Every ten minutes: photos that nobody used for as long as they are kept."""

    async def expire_photos(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            row = await one(conn, SAFETY_QUERIES["expire_photos"], {"photos_max": PHOTOS_AT_ONCE_MAX})
        if row["gone"]:
            observe(PhotosExpired(row["gone"]))

    return Scheduled(
        Task(name="expire_photos", queue=HOUSEKEEPING, run=expire_photos, attempts_max=1),
        "*/10 * * * *",
        "photos that are kept no longer are removed",
    )


def expire_lost_task(database: Database) -> Scheduled:
    """Every ten minutes: nobody waits for ever for a generation no job stands for."""

    async def expire_lost(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            lost = await every(conn, QUERIES["expire_lost_generations"], {"seconds": LOST_AFTER_SECONDS})
        if lost:
            observe(GenerationsExpired(len(lost)))

    return Scheduled(
        Task(name="expire_lost_generations", queue=HOUSEKEEPING, run=expire_lost, attempts_max=1),
        "*/10 * * * *",
        "generations without a job end and give their quota back",
    )
