"""Files of ours, there whole or not at all: written beside their name, then renamed; and names kept on the disk."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
RUNNABLE = 0o755


def write_whole(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Write a file, or replace it, so that nobody ever reads half of it; its owner alone reads it unless `mode` says.

    It does not wait for the disk: what must outlive a power cut is a blob (`providers.blobs`).
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=mode)
    part.write_bytes(content)
    part.chmod(mode)  # whatever the umask took away
    part.replace(path)


def write_once(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, unless it is there: of several who try at once the first one's stays."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_whole(part, content)
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()


def keep_short(log: Path, bytes_max: int) -> None:
    """Begin a log anew that has more than `bytes_max`, and keep its end beside it (`….log.1`) in place of the last one.

    Its writers append (O_APPEND) and go on at the new end; a line they write in this very moment may be lost. On a full
    disk the end is not kept: the room is worth more.
    """
    if not log.exists() or log.stat().st_size <= bytes_max:
        return
    with suppress(OSError), log.open("rb") as lines:
        lines.seek(-bytes_max, os.SEEK_END)
        write_whole(log.with_name(f"{log.name}.1"), lines.read(bytes_max))
    os.truncate(log, 0)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk (fsync), so that a rename outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
