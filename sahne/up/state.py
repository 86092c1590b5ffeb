"""What runs out of a data folder: a lock only one `sahne up` can hold, and a note of where things are.

The lock is the kernel's (`flock`), so it is gone with the process however that ended; the note is believed only
while the lock is held.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from sahne.errors import SetupError
from sahne.files import write_whole
from sahne.settings import DATA, Settings
from sahne.settings.reading import read_settings

TOLD_MAX = 100


class AlreadyUp(SetupError):
    """Another `sahne up` already runs on this data folder."""

    code = "already_up"


class NotAFolder(SetupError):
    """What should be the data folder is a file."""

    code = "not_a_folder"


class NothingRuns(SetupError):
    """No `sahne up` runs on this data folder."""

    code = "nothing_runs"

    @classmethod
    def at(cls, data: Path) -> NothingRuns:
        """With the folder's name and the command that starts it."""
        start = command_at("sahne up", data)
        return cls(
            f"No `sahne up` runs on the data folder {data}, so no database answers.",
            hint=f"Start it with `{start}`, or set DATABASE_URL.",
        )


class StillStarting(SetupError):
    """The `sahne up` of this data folder is starting or stopping."""

    code = "still_starting"


def command_at(command: str, data: Path) -> str:
    """A command as it is given for a data folder; the usual one need not be named."""
    return command if data == DATA else f"{command} --data {data}"


@contextmanager
def folder_lock(data: Path) -> Iterator[None]:
    """Hold the data folder for this process.

    Raises:
        AlreadyUp: another process holds it.
        NotAFolder: it is a file, or lies below one.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise NotAFolder(f"{data} is no folder.", hint="Choose another with --data or SAHNE_DATA.") from error
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            lock.seek(0)
            raise AlreadyUp(
                details=f"process {lock.read().strip() or '?'} holds {data}",
                hint=f"Use it (`{command_at('sahne status', data)}`), stop it with Ctrl-C,"
                " or choose another folder with --data.",
            ) from busy
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            (data / "state.json").unlink(missing_ok=True)


def write_state(data: Path, state: dict[str, Any]) -> None:
    """Note where things are; with passwords in it, so for the owner alone."""
    write_whole(data / "state.json", orjson.dumps(state, option=orjson.OPT_INDENT_2))


def read_state(data: Path) -> dict[str, Any] | None:
    """The note of the `sahne up` that holds the folder now, or None."""
    try:
        with (data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return {"running": True, **orjson.loads((data / "state.json").read_bytes())}
        except OSError:
            return {"running": True}
    except (FileNotFoundError, NotADirectoryError):
        return None
    return None


def first_time(data: Path, word: str) -> bool:
    """Whether this was never told out of the folder; from now on it was. For what need not be told at each start."""
    told = data / "told"
    before = told.read_text("utf-8").splitlines() if told.exists() else []
    if word in before:
        return False
    write_whole(told, "".join(f"{each}\n" for each in [*before[-TOLD_MAX:], word]).encode())
    return True


def settings_here(data: Path | None = None) -> Settings:
    """The environment's settings with the addresses of the `sahne up` that runs out of `data` (or `SAHNE_DATA`) now.

    So that a command given in the folder of a `sahne up` on other ports finds it. `DATABASE_URL` comes first.
    """
    settings = read_settings(data=data)
    state = read_state(settings.data) or {}
    if settings.database_url is not None or "db_url" not in state:
        return settings
    return replace(settings, database_url=state["db_url"], site_url=state["api_url"])


def settings_of_a_database(data: Path | None = None) -> Settings:
    """The same, for a command that asks a database: `DATABASE_URL`, or that of the `sahne up` which runs.

    Raises:
        NothingRuns: there is neither. Another stack's database, on the usual port, is never taken for this one.
        StillStarting: it is on its way up or down.
    """
    settings = settings_here(data)
    if settings.database_url is not None:
        return settings
    if read_state(settings.data) is not None:
        look = command_at("sahne status", settings.data)
        raise StillStarting(details=str(settings.data), hint=f"Wait a moment; `{look}` says when it is there.")
    raise NothingRuns.at(settings.data)
