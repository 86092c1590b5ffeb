"""The folder of backups, and what one backup is.

    backups/                     0700
      20261122T030000Z/          a backup, named by the UTC time it was begun
        database.dump            pg_dump's custom format
        objects.jsonl            one line per stored object, see `objects`
        objects/ab/ab12…         their bytes, named by version
        backup.json              the manifest: what is in all of this, with a SHA-256 of each file
        backup.json.sha256       and of the manifest itself, as `sha256sum` writes it
        verified.json            beside what is hashed: when it was verified last
        drill.json               and how its last drill went
      .20261122T040000Z.part/    one that is being made, or that was cut off: never listed, removed by the next one
      .lock                      held by whoever makes or prunes

What a name without a dot stands for was renamed into place when it was whole and on the disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from sahne.errors import Conflict, NotFound, SahneError
from sahne.files import write_whole

FORMAT = 1
CHUNK_BYTES = 1024 * 1024
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

DUMP = "database.dump"
OBJECT_LINES = "objects.jsonl"
OBJECTS = "objects"
MANIFEST = "backup.json"
MANIFEST_SUM = "backup.json.sha256"
VERIFIED = "verified.json"
DRILL = "drill.json"
HASHED = (DUMP, OBJECT_LINES)
BESIDE = (VERIFIED, DRILL)

_NAME = re.compile(r"^\d{8}T\d{6}Z$")
_MOMENT = "%Y%m%dT%H%M%SZ"


class BackupNotFound(NotFound):
    """There is no such backup."""

    code = "backup_not_found"


class BackupDamaged(SahneError):
    """This backup is not what was written; nothing was done with it."""

    code = "backup_damaged"


class BackupUnderWay(Conflict):
    """Another program makes or prunes backups in this folder."""

    code = "backup_under_way"


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table's rows: how many, and a sum over what is in them. `root` is the partitioned table it is a part of."""

    schema: str
    name: str
    root: str | None
    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ObjectTotals:
    """The stored objects: how many, their bytes, those whose bytes were missing, and those removed meanwhile."""

    count: int
    bytes: int
    missing: int
    removed_meanwhile: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of the backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`backup.json`. `shape` counts the kinds of things in the database, `roles` are those its things need."""

    format: int
    created_at: datetime
    seconds: float
    sahne: str
    postgres: str
    programs_major: int
    migrations: list[str]
    roles: list[str]
    shape: dict[str, int]
    tables: list[TableRows]
    objects: ObjectTotals
    files: dict[str, FileFacts]

    @property
    def complete(self) -> bool:
        """Whether the bytes of every object are in it."""
        return self.objects.missing == 0

    @property
    def bytes(self) -> int:
        """What it takes on the disk, but for the manifest itself."""
        return self.objects.bytes + sum(each.bytes for each in self.files.values())


_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


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
        try:
            text = (self.path / MANIFEST).read_bytes()
            written = (self.path / MANIFEST_SUM).read_bytes()
        except OSError as error:
            raise BackupDamaged(details=[f"{Path(error.filename).name}: is not there"]) from error
        if written != sum_line(text):
            raise BackupDamaged(details=[f"{MANIFEST}: differs from {MANIFEST_SUM}"])
        try:
            manifest = _MANIFEST.validate_json(text)
        except ValidationError as error:
            hint = "Use the version of Sahne that made it."
            raise BackupDamaged(details=[f"{MANIFEST}: cannot be read"], hint=hint) from error
        if manifest.format != FORMAT:
            raise BackupDamaged("This backup is of another format.", details=[f"{MANIFEST}: format {manifest.format}"])
        return manifest

    def verified_at(self) -> datetime | None:
        """When it was verified last, if it was."""
        try:
            return datetime.fromisoformat(orjson.loads((self.path / VERIFIED).read_bytes())["verified_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note_verified(self, moment: datetime | None) -> None:
        """Note when it was verified, or that it is not."""
        if moment is None:
            (self.path / VERIFIED).unlink(missing_ok=True)
        else:
            write_whole(self.path / VERIFIED, orjson.dumps({"verified_at": moment}))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Both of its files, on the disk when this returns."""
    text = orjson.dumps(_MANIFEST.dump_python(manifest, mode="json"), option=orjson.OPT_INDENT_2) + b"\n"
    for name, content in ((MANIFEST, text), (MANIFEST_SUM, sum_line(text))):
        with open_private(folder / name) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def sum_line(text: bytes) -> bytes:
    """The manifest's hash as `sha256sum -c` reads it."""
    return f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()


def list_backups(folder: Path) -> list[Backup]:
    """Every backup, the newest first."""
    try:
        names = [entry.name for entry in os.scandir(folder) if _NAME.match(entry.name) and entry.is_dir()]
    except FileNotFoundError:
        return []
    return [Backup(folder / name) for name in sorted(names, reverse=True)]


def find_backup(folder: Path, name: str | None) -> Backup:
    """The backup of this name, or without one the newest.

    Raises:
        BackupNotFound: there is none.
    """
    backups = list_backups(folder)
    for backup in backups:
        if name in (None, backup.name):
            return backup
    hint = "`sahne backup list` shows them." if backups else "Make one with `sahne backup create`."
    raise BackupNotFound(details=f"{name or 'no backup at all'} in {folder}", hint=hint)


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


def open_private(path: Path, mode: str = "wb"):  # type: ignore[no-untyped-def]
    """Open a file that its owner alone may read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE))


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_file(path: Path) -> FileFacts:
    """A file's size and SHA-256, a chunk at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileFacts(size, digest.hexdigest())
