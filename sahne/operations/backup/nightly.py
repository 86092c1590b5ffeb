"""Every night, where an hour is set: a backup is made and verified, once a week restored for a try, and old ones go.

Each step is the command that a person would give, in a process of its own: create → verify → drill, when the last one
that passed is a week ago → prune. The first that fails ends the night, so that what is not proven displaces nothing. A
night without a whole backup is tried once more; a drill that fails is told, and the next night has another. What ended
well is kept in the database for `/metrics`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.errors import SahneError
from sahne.jobs.ends import Step, last_ends, note_end
from sahne.jobs.tasks import BACKUPS, Attempt, Scheduled, Task
from sahne.settings import Settings
from sahne.telemetry import Failed, observe

MINUTE = 17
SECONDS_MAX = 11 * 3600.0  # less than a bucket's lock holds
ATTEMPTS_MAX = 2
RETRY_SECONDS = 600
DRILL_EVERY_SECONDS = 6.5 * 24 * 3600  # a night is never quite a day after the last
STOP_SECONDS_MAX = 10.0


class NightFailed(SahneError):
    """A step of the nightly backup failed."""

    code = "nightly_backup_failed"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """The night's backup is whole; `drilled` is whether that was due, `removed` how many old ones went."""

    backup: str
    drilled: bool
    removed: int
    seconds: float


def backup_schedule(settings: Settings, database: Database) -> list[Scheduled]:
    """This file's part of what runs by the clock: nothing, unless an hour is set."""
    if settings.backup_hour is None:
        return []

    async def back_up(_: Attempt) -> None:
        observe(await make_nightly_backup(settings, database))

    task = Task(
        name="back_up",
        queue=BACKUPS,
        run=back_up,
        attempts_max=ATTEMPTS_MAX,
        seconds_max=SECONDS_MAX,
        retry_seconds=RETRY_SECONDS,
    )
    what = "a backup is made, verified, once a week restored for a try, and old ones go"
    return [Scheduled(task, f"{MINUTE} {settings.backup_hour} * * *", what)]


async def make_nightly_backup(settings: Settings, database: Database) -> BackedUp:
    """All steps of a night.

    Raises:
        NightFailed: there is no whole backup, or the old ones did not go; with what the step said.
    """
    started = time.monotonic()
    name = str((await _say(settings, "create"))["name"])
    await _say(settings, "verify", name)
    await _note(database, "backup")
    is_due = await _drill_is_due(database)
    removed = []
    if not is_due or await _drill(settings, database, name):
        removed = (await _say(settings, "prune", "--yes"))["removed"]
    return BackedUp(name, is_due, len(removed), round(time.monotonic() - started, 2))


async def _drill(settings: Settings, database: Database, name: str) -> bool:
    """Whether it passed; if not, why is told."""
    try:
        await _say(settings, "drill", name)
    except NightFailed as failed:
        observe(Failed("drill the night's backup", failed.message))
        return False
    await _note(database, "drill")
    return True


async def _drill_is_due(database: Database) -> bool:
    async with database.transaction(SERVICE) as conn:
        ends = await last_ends(conn)
    return time.time() - ends.get("drill", 0) >= DRILL_EVERY_SECONDS


async def _note(database: Database, step: Step) -> None:
    async with database.transaction(SERVICE) as conn:
        await note_end(conn, step)


async def _say(settings: Settings, *arguments: str) -> dict[str, Any]:
    """What `sahne backup …` answers; whoever is cancelled has it clean up first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sahne", "backup", *arguments, "--json"),
        env=os.environ | settings.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        await _stop(process)
        raise
    answer = _answer(said)
    if process.returncode != 0:
        said_by_hand = f"`sahne backup {arguments[0]}` says more, with the worker's settings."
        raise NightFailed(f"`sahne backup {arguments[0]}` failed: {_why(answer)}", hint=said_by_hand)
    return answer


async def _stop(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await process.wait()
    except TimeoutError:  # what it had started, too: a dump may wait for a lock
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _answer(said: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(said)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _why(answer: dict[str, Any]) -> str:
    """An error's message and what was seen, or which checks of a drill failed."""
    match answer:
        case {"error": {"message": message, "details": details}}:
            return f"{message} {details or ''}".strip()
        case {"checks": [*checks]}:
            return "; ".join(f"{each['name']}: {each['seen']}" for each in checks if not each["passed"])
        case _:
            return "it ended without a word"
