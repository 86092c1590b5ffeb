"""`sahne worker`: makes the pictures people asked for, in a process of its own, until SIGTERM.

The models and the array library live here and nowhere else.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.options import AsJson
from sahne.cli.screen import failures_in_words, print_json, print_table
from sahne.cli.staying import must_name_database, telemetry, until_doors_open
from sahne.database.pool import Database
from sahne.database.pooler import refuse_pooler
from sahne.database.reach import check_doors
from sahne.jobs.tasks import Scheduled
from sahne.jobs.worker import run_worker
from sahne.operations.upkeep import upkeep_schedule
from sahne.providers.blobs import BlobStore
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import ImageGenerator
from sahne.settings import Settings, read_settings
from sahne.studio.gallery import remove_leftovers_task, sweep_task
from sahne.studio.making import Maker
from sahne.studio.tasks import expire_lost_task, make_generation_task

CONNECTIONS_MAX = 3


def worker(
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    schedule: Annotated[bool, typer.Option("--schedule", help="Say what runs when, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Work through the queue of DATABASE_URL."""
    if as_json and not schedule:
        raise typer.BadParameter("--json belongs to --schedule.")
    with failures_in_words(as_json=as_json):
        settings = read_settings()
        if schedule:
            show_schedule(settings, as_json=as_json)
            return
        must_name_database(settings)
        with telemetry():
            asyncio.run(work(settings, wait=not once))


async def work(settings: Settings, *, wait: bool) -> None:
    """Open what a worker needs and work until told to stop, or with `wait` false until nothing waits.

    Raises:
        DatabaseUnreachable, DoorsCannotLogIn: with `wait` false; else the database is waited for.
        PoolerInBetween: the queue would not be heard.
    """
    if wait:
        await until_doors_open(settings)
    else:
        check_doors(settings.authenticator_url)
    refuse_pooler(settings.direct_authenticator_url)
    images = open_images(settings)
    database = Database(
        settings.authenticator_url,
        connections_max=CONNECTIONS_MAX,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )
    async with database:
        blobs = DiskBlobs(settings.objects_path)
        tasks = [make_generation_task(Maker(database, blobs, images))]
        schedule = compose_schedule(database, blobs)
        try:
            await run_worker(
                settings.direct_authenticator_url,
                tasks,
                schedule,
                wait=wait,
                heartbeat_seconds=settings.worker_heartbeat_seconds,
            )
        finally:
            await images.close()


def compose_schedule(database: Database, blobs: BlobStore) -> list[Scheduled]:
    """All that runs by the clock in the worker."""
    return [
        remove_leftovers_task(database, blobs),
        expire_lost_task(database),
        *upkeep_schedule(database),
        sweep_task(database, blobs),
    ]


def show_schedule(settings: Settings, *, as_json: bool) -> None:
    """The same as a table, or `{"schedule": [{"task", "cron", "at_start", "what"}]}`; nothing is opened."""
    schedule = compose_schedule(Database(settings.authenticator_url), DiskBlobs(settings.objects_path))
    if as_json:
        rows = [
            {"task": each.task.name, "cron": each.cron, "at_start": each.at_start, "what": each.what}
            for each in schedule
        ]
        print_json({"schedule": rows})
        return
    table = Table("when (UTC)", "task", "what")
    for each in schedule:
        table.add_row(each.cron + ("\n and at start" if each.at_start else ""), each.task.name, each.what)
    print_table(table)


def open_images(settings: Settings) -> ImageGenerator:
    """Who makes the pictures. Its libraries are loaded here, so that the other commands start without them."""
    match settings.image_provider:
        case "memory":
            from sahne.providers.images.memory import MemoryImages

            return MemoryImages()
        case "embedded":
            from sahne.providers.images.embedded.studio import EmbeddedStudio

            return EmbeddedStudio()
