"""Files of ours that are there whole or not at all: written beside their name, then renamed."""

from __future__ import annotations

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
