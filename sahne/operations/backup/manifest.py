"""`backup.json`: what is in a backup, and the files of one: how they are written, flushed and hashed.

The manifest has a SHA-256 of the dump and of the list of objects, that list has one of each object, and
`backup.json.sha256` has the manifest's own. So a byte that differs anywhere is found.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import orjson

from sahne.errors import SahneError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1
CHUNK_BYTES = 1024 * 1024
PRIVATE_FILE = 0o600

DUMP = "database.dump"
OBJECT_LINES = "objects.jsonl"
OBJECTS = "objects"
MANIFEST = "backup.json"
MANIFEST_SUM = "backup.json.sha256"
HASHED = (DUMP, OBJECT_LINES)
OTHER_VERSION = "Use the version of Sahne that made it."
USE_ANOTHER = "Use another backup; `sahne backup list` shows them."


class BackupDamaged(SahneError):
    """This backup is not what was written; nothing was done with it."""

    code = "backup_damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`, once its own hash holds.

    Raises:
        BackupDamaged: it is not there, was changed, or is of another format.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
        written = (folder / MANIFEST_SUM).read_bytes()
    except OSError as error:
        raise BackupDamaged(details=[f"{Path(error.filename).name}: is not there"], hint=USE_ANOTHER) from error
    if written != sum_line(text):
        raise BackupDamaged(details=[f"{MANIFEST}: differs from {MANIFEST_SUM}"], hint=USE_ANOTHER)
    try:
        manifest = _in_json().validate_json(text)
    except ValueError as error:
        raise BackupDamaged(details=[f"{MANIFEST}: cannot be read"], hint=OTHER_VERSION) from error
    if manifest.format != FORMAT:
        details = [f"{MANIFEST}: format {manifest.format}"]
        raise BackupDamaged("This backup is of another format.", details=details, hint=OTHER_VERSION)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Both of its files, on the disk when this returns."""
    text = orjson.dumps(_in_json().dump_python(manifest, mode="json"), option=orjson.OPT_INDENT_2) + b"\n"
    for name, content in ((MANIFEST, text), (MANIFEST_SUM, sum_line(text))):
        with open_private(folder / name) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


@cache
def _in_json() -> TypeAdapter[Manifest]:
    from pydantic import TypeAdapter  # only here: whoever looks into an empty shelf need not wait for it

    return TypeAdapter(Manifest)


def sum_line(text: bytes) -> bytes:
    """The manifest's hash as `sha256sum -c` reads it."""
    return f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()


def open_private(path: Path, mode: Literal["wb", "ab"] = "wb") -> BinaryIO:
    """Open a file that its owner alone may read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE))


def hash_file(path: Path) -> FileFacts:
    """A file's size and SHA-256, a chunk at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileFacts(size, digest.hexdigest())
