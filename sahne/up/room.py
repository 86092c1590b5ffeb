"""Room on the disk of the data folder: told when it runs out, and when there is some again.

A watch: look every five seconds → a fact when the room falls below what a start wants, another when it is back → until
told to end. A PostgreSQL that ended for want of room is started again by its own watch.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from sahne.database.embedded import DISK_BYTES_MIN
from sahne.telemetry import observe

LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RoomRunsOut:
    """The disk is nearly full: writes will fail, and PostgreSQL ends when it has none."""

    folder: str
    mib_free: int


@dataclass(frozen=True, slots=True)
class RoomIsBack:
    """There is room again."""

    folder: str
    mib_free: int


async def watch_room(folder: Path) -> None:
    """Tell of the room in `folder` until cancelled."""
    short = False
    while True:
        free = shutil.disk_usage(folder).free
        if short is not (free < DISK_BYTES_MIN):
            short = not short
            observe((RoomRunsOut if short else RoomIsBack)(str(folder), free // 2**20))
        await asyncio.sleep(LOOK_SECONDS)
