"""The folder of backups, and what one backup is.

    backups/                     0700
      20261122T030000Z/          a backup, named by the UTC time it was begun
        database.dump            pg_dump's custom format
        objects.jsonl            one line per stored object, see `objects`
        objects/ab/ab12…         their bytes, named by version
        backup.json              the manifest: what is in all of this, with a SHA-256 of each file
        backup.json.sha256       and of the manifest itself, as `sha256sum` writes it
        verified.json            beside what is hashed: when it was verified last, or found damaged
        drill.json               and how its last drill went
      .20261122T040000Z.part/    one that is being made, or that was cut off: never listed, removed by the next one
      .lock                      held by whoever makes or prunes

What a name without a dot stands for was renamed into place when it was whole and on the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from sahne.errors import Conflict, NotFound
from sahne.files import write_whole
from sahne.operations.backup.manifest import Manifest, open_private, read_manifest

PRIVATE_FOLDER = 0o700

VERIFIED = "verified.json"
DRILL = "drill.json"
# with the names under which they grow
BESIDE = tuple(name for note in (VERIFIED, DRILL) for name in (note, f".{note}.part"))

_NAME = re.compile(r"\d{8}T\d{6}Z")
_MOMENT = "%Y%m%dT%H%M%SZ"


class BackupNotFound(NotFound):
    """There is no such backup."""

    code = "backup_not_found"


class BackupUnderWay(Conflict):
    """Another program makes or prunes backups in this folder."""

    code = "backup_under_way"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup's folder."""

    path: Path

    @property
    def name(self) -> str:
        """Its name: the UTC time it was begun."""
        return self.path.name

    @property
    def created_at(self) -> datetime:
        """That time."""
        return datetime.strptime(self.name, _MOMENT).replace(tzinfo=UTC)

    def manifest(self) -> Manifest:
        """The manifest, once its own hash holds.

        Raises:
            BackupDamaged: it is not there, was changed, or is of another format.
        """
        return read_manifest(self.path)

    def verified_at(self) -> datetime | None:
        """When it was verified last, if it was and was whole."""
        return self._noted("verified_at")

    def damaged_at(self) -> datetime | None:
        """When it was found damaged, if that was what was seen last."""
        return self._noted("damaged_at")

    def note_verified(self, moment: datetime, *, damaged: bool = False) -> None:
        """Note when it was verified, and how it was found; on a disk that is only read there is no note."""
        with contextlib.suppress(OSError):
            write_whole(self.path / VERIFIED, orjson.dumps({"damaged_at" if damaged else "verified_at": moment}))

    def note_damaged(self) -> None:
        """Note that it was found damaged, now."""
        self.note_verified(datetime.now(UTC), damaged=True)

    def _noted(self, what: str) -> datetime | None:
        try:
            return datetime.fromisoformat(orjson.loads((self.path / VERIFIED).read_bytes())[what])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def last_drill(self) -> dict[str, Any] | None:
        """The report of its last drill, None where there is none that can be read."""
        try:
            report: dict[str, Any] = orjson.loads((self.path / DRILL).read_bytes())
        except (OSError, ValueError):
            return None
        return report

    def note_drill(self, report: dict[str, Any]) -> None:
        """Keep the report of a drill beside it, where that can be."""
        with contextlib.suppress(OSError):
            write_whole(self.path / DRILL, orjson.dumps(report, option=orjson.OPT_INDENT_2))


def list_backups(folder: Path) -> list[Backup]:
    """Every backup, the newest first."""
    try:
        names = [entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name) and entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [Backup(folder / name) for name in sorted(names, reverse=True)]


def find_backup(folder: Path, name: str | None) -> Backup:
    """The backup of this name, or without one the newest.

    Raises:
        BackupNotFound: there is none.
    """
    return Backup(folder / chosen([backup.name for backup in list_backups(folder)], name, str(folder)))


def chosen(names: Collection[str], name: str | None, place: str) -> str:
    """The name that is meant among those of a place: this one, or the newest.

    Raises:
        BackupNotFound: there is none.
    """
    if names and name is None:
        return max(names)
    if name in names:
        assert name
        return name
    hint = "`sahne backup list` shows them." if names else "Make one with `sahne backup create`."
    raise BackupNotFound(details=f"{name or 'no backup at all'} in {place}", hint=hint)


@contextmanager
def shelf_lock(folder: Path) -> Iterator[None]:
    """Hold the folder, and clear away what was cut off in it: while it is held, nobody else is at work.

    Raises:
        BackupUnderWay: another process holds it.
    """
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with open_private(folder / ".lock", "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise BackupUnderWay(details=str(folder), hint="Wait until it has ended.") from busy
        for left in [*folder.glob(".*.part"), *folder.glob(".*.gone")]:
            shutil.rmtree(left)
        yield


def new_names(folder: Path, moment: datetime) -> tuple[Path, Path]:
    """Where a new backup grows, and where it will stand."""
    name = moment.strftime(_MOMENT)
    return folder / f".{name}.part", folder / name


def remove_backup(backup: Backup) -> None:
    """Take it off the list, then off the disk."""
    gone = backup.path.with_name(f".{backup.name}.gone")
    backup.path.rename(gone)
    shutil.rmtree(gone)
