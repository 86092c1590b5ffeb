"""Several server processes on one port: each is started, watched, started again when it dies, and told to stop.

start → hold the port → a process for each, which listens when it is ready; Linux deals connections out among those →
one that ends by itself is started again after 1, 2, 4 … 30 s → told to stop: all are, and finish what is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sahne.backoff import Backoff
from sahne.cli.long_running import told_to_stop
from sahne.database.embedded import end_with_parent
from sahne.errors import SetupError
from sahne.gateway.listening import listening_socket, shared_socket
from sahne.settings import Settings
from sahne.telemetry import observe

PAUSE_SECONDS_MIN = 1.0
PAUSE_SECONDS_MAX = 30.0
LASTED_SECONDS = 60.0  # who ran so long had started well: the next pause is short again
STOP_SECONDS_MAX = 20.0


class BusMissing(SetupError):
    """Several processes need a bus, or people at one would not hear those at another."""

    code = "bus_missing"


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A server process ended by itself, and is started again after a pause. `code` is negative for a signal."""

    pid: int
    code: int
    pause_seconds: float


async def serve_with(settings: Settings, processes: int) -> None:
    """Keep so many running until SIGINT or SIGTERM.

    Raises:
        BusMissing: there is no `SAHNE_BUS_URL`. PortTaken, AddressNotHere
    """
    if settings.bus_url is None:
        raise BusMissing(
            hint="Set SAHNE_BUS_URL to a Redis or Valkey, on one machine such as unix:///run/valkey/valkey.sock."
        )
    told = told_to_stop()
    listening_socket(settings).close()  # nobody else may be there, nor come while we are
    with contextlib.closing(shared_socket(settings)):
        watches = [asyncio.create_task(_keep(settings.environment())) for _ in range(processes)]
        await told.wait()
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)


async def _keep(settings: Mapping[str, str]) -> None:
    pauses = Backoff(PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX)
    clock = asyncio.get_running_loop().time
    while True:
        started_at = clock()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sahne", "serve", "--shared-port"),
            env=os.environ | settings,
            preexec_fn=lambda: end_with_parent(signal.SIGTERM),
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        if clock() - started_at > LASTED_SECONDS:
            pauses.reset()
        pause = pauses.next_seconds()
        observe(ProcessEnded(process.pid, code, pause))
        await asyncio.sleep(pause)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let it finish what is under way, within bounds."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
