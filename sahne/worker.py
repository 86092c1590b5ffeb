"""The composition root of the worker process: settings → database, bytes and models → tasks and schedule → one queue.

The models and the array library live here and nowhere else. The other root is `sahne.server`.
"""

from __future__ import annotations

from sahne.database.pool import Database
from sahne.jobs.tasks import Scheduled
from sahne.jobs.worker import run_worker
from sahne.operations.upkeep import upkeep_schedule
from sahne.providers.blobs import BlobStore
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import ImageGenerator
from sahne.settings import Settings
from sahne.studio.gallery import remove_leftovers_task, sweep_task
from sahne.studio.making import Maker
from sahne.studio.tasks import expire_lost_task, make_generation_task

CONNECTIONS_MAX = 3


async def work(settings: Settings, *, wait: bool) -> None:
    """Open what a worker needs and work until told to stop, or with `wait` false until nothing waits.

    The database must answer already.
    """
    images = open_images(settings)
    blobs = DiskBlobs(settings.objects_path)
    try:
        async with open_database(settings) as database:
            await run_worker(
                settings.direct_authenticator_url,
                [make_generation_task(Maker(database, blobs, images))],
                compose_schedule(database, blobs),
                wait=wait,
                heartbeat_seconds=settings.worker_heartbeat_seconds,
            )
    finally:
        await images.close()


def open_images(settings: Settings) -> ImageGenerator:
    """Who makes the pictures. Its libraries are loaded here, so that `sahne worker --schedule` does without them."""
    match settings.image_provider:
        case "memory":
            from sahne.providers.images.memory import MemoryImages

            return MemoryImages()
        case "embedded":
            from sahne.providers.images.embedded.studio import EmbeddedStudio

            return EmbeddedStudio()


def open_database(settings: Settings) -> Database:
    """The worker's few connections; they are made when it is entered."""
    return Database(
        settings.authenticator_url,
        connections_max=CONNECTIONS_MAX,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )


def compose_schedule(database: Database, blobs: BlobStore) -> list[Scheduled]:
    """All that runs by the clock in the worker."""
    return [
        remove_leftovers_task(database, blobs),
        expire_lost_task(database),
        *upkeep_schedule(database),
        sweep_task(database, blobs),
    ]


def schedule_of(settings: Settings) -> list[Scheduled]:
    """The same to be looked at; nothing is opened."""
    return compose_schedule(open_database(settings), DiskBlobs(settings.objects_path))
