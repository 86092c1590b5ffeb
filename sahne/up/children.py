"""The child processes of `sahne up`: each is started, watched, restarted when it dies, and stopped in order.

A watch: look once a second → a log that has grown long is begun anew → a dead child is started again, waiting 1, 2, 4 …
30 s between tries → until told to end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sahne.backoff import Backoff
from sahne.database.embedded import LOG_BYTES_MAX, end_with_parent
from sahne.files import keep_short
from sahne.settings import Settings
from sahne.telemetry import Failed, observe

LOOK_SECONDS = 1.0
RESTART_SECONDS_MAX = 30.0
WORKER_STOP_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True)
class ChildRestarted:
    """A child process had died and was started again."""

    child: str


class Child(Protocol):
    """A process that can be looked at and started anew."""

    @property
    def log_path(self) -> Path:
        """The file it appends its log to."""
        ...

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def launch(self) -> None:
        """Start it without waiting for it to answer."""
        ...


async def watch(name: str, child: Child) -> None:
    """Keep one child running until cancelled."""
    pauses = Backoff(LOOK_SECONDS, RESTART_SECONDS_MAX)
    while True:
        await asyncio.sleep(pauses.next_seconds())
        with suppress(OSError):  # what cannot be cut now is cut later
            keep_short(child.log_path, LOG_BYTES_MAX)
        if child.alive():
            pauses.reset()
            continue
        try:
            child.launch()
            observe(ChildRestarted(name))
        except OSError as error:
            observe(Failed(f"restart {name}", str(error)))


class WorkerProcess:
    """`sahne worker` as a child: generations run there, never in the server."""

    def __init__(self, settings: Settings, log_path: Path) -> None:
        self._environment = os.environ | settings.environment()
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start it; it ends with us however we end."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sahne", "worker"],
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL),
                start_new_session=True,
            )

    def stop(self) -> None:
        """Let it finish the job under way, within bounds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(WORKER_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
