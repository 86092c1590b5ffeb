"""Files of ours, there whole or not at all: written beside their name, then renamed; and names kept on the disk."""

from __future__ import annotations

import os
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


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk (fsync), so that a rename outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
