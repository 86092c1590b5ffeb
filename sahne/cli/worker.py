"""`sahne worker`: makes the pictures people asked for, in a process of its own, until SIGTERM."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.long_running import (
    must_name_database,
    telemetry,
    tell_misnamed,
    tell_newer,
    tell_outdated,
    until_doors_open,
)
from sahne.cli.output import failures_in_words, print_json, print_table
from sahne.cli.shared_options import AsJson
from sahne.database.pooler import refuse_pooler
from sahne.database.reach import check_doors
from sahne.jobs.tasks import Scheduled
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.telemetry import choose_log
from sahne.worker import schedule_of, work


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
            show_schedule(schedule_of(settings), as_json=as_json)
            return
        must_name_database(settings)
        tell_misnamed()
        with telemetry():
            choose_log(settings.log_level, settings.log_format)
            asyncio.run(work_when_it_answers(settings, wait=not once))


async def work_when_it_answers(settings: Settings, *, wait: bool) -> None:
    """Work; a database that does not answer is waited for, or with `wait` false told.

    Raises:
        DatabaseUnreachable, DoorsCannotLogIn: with `wait` false.
        PoolerInBetween: the queue would not be heard.
        PostgresOutdated: it has a known hole, and the settings refuse such a one.
        SchemaNewer: a newer version has migrated it, and says that this one may not work on it.
    """
    if wait:
        await until_doors_open(settings)
    else:
        check_doors(settings.authenticator_url)
    await asyncio.to_thread(refuse_pooler, settings.direct_authenticator_url)
    await tell_outdated(settings)
    await tell_newer(settings)
    await work(settings, wait=wait)


def show_schedule(schedule: Sequence[Scheduled], *, as_json: bool) -> None:
    """A table, or `{"schedule": [{"task", "cron", "at_start", "what"}]}`."""
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
