"""What was rendered lately, on the disk: a folder of files, the oldest of which go first.

A file is named by what it was made from and how, and never changes. None is older than `HOURS_MAX`, so that of a
picture that is removed nothing stays behind for longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

HOURS_MAX = 24
BYTES_OF_ONE_MAX_PERCENT = 10  # a larger one would throw too many others out
GROWING = ".growing"


@dataclass(frozen=True, slots=True)
class _File:
    size: int
    made_at: float


class RenderedFiles:
    """At most `bytes_max` in `folder`. `clock` answers Unix seconds."""

    def __init__(self, folder: Path, bytes_max: int, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._bytes_max = bytes_max
        self._clock = clock
        self._files: dict[str, _File] | None = None  # in the order in which they were made
        self._bytes = 0
        self._lock = asyncio.Lock()

    async def find(self, name: str) -> bytes | None:
        """What was kept under a name, unless it is gone."""
        async with self._lock:
            if name not in await self._known():
                return None
        return await asyncio.to_thread(_read, self._folder / name)

    async def keep(self, name: str, content: bytes) -> None:
        """Keep it; what is too old or too much goes."""
        if len(content) * 100 > self._bytes_max * BYTES_OF_ONE_MAX_PERCENT:
            return
        await asyncio.to_thread(self._write, name, content)
        async with self._lock:
            files = await self._known()
            if name not in files:
                files[name] = _File(len(content), self._clock())
                self._bytes += len(content)
        await self.forget_old()

    async def forget_old(self) -> None:
        """Remove what is too old, and the oldest for as long as it is too much."""
        async with self._lock:
            files = await self._known()
            oldest_kept = self._clock() - HOURS_MAX * 3600
            gone: list[Path] = []
            for name, file in list(files.items()):
                if self._bytes <= self._bytes_max and file.made_at >= oldest_kept:
                    break
                del files[name]
                self._bytes -= file.size
                gone.append(self._folder / name)
        if gone:
            await asyncio.to_thread(_unlink, gone)

    async def _known(self) -> dict[str, _File]:
        if self._files is None:
            self._files = await asyncio.to_thread(_files_in, self._folder)
            self._bytes = sum(file.size for file in self._files.values())
        return self._files

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        growing = self._folder / f"{uuid4().hex}{GROWING}"
        growing.write_bytes(content)
        growing.rename(self._folder / name)


def _files_in(folder: Path) -> dict[str, _File]:
    """What is there from before; what never got its name goes."""
    found: list[tuple[str, _File]] = []
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(GROWING):
                Path(entry.path).unlink(missing_ok=True)
            else:
                stat = entry.stat()
                found.append((entry.name, _File(stat.st_size, stat.st_mtime)))
    return dict(sorted(found, key=lambda each: each[1].made_at))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # another server on this folder removed it
        return None


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
