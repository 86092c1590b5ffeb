"""`backup verify`: every byte is the one that was written, and the dump can be read to its end.

A list of the dump's contents is not enough: PostgreSQL reads that from a damaged dump as well. So every file is hashed
and the dump decoded whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sahne.counted import counted
from sahne.database.binaries import Binaries
from sahne.database.programs import ProgramFailed, find_programs, run_program
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.manifest import (
    DUMP,
    HASHED,
    MANIFEST,
    MANIFEST_SUM,
    OBJECT_LINES,
    OBJECTS,
    BackupDamaged,
    FileFacts,
    Manifest,
    hash_file,
)
from sahne.operations.backup.objects import read_lines
from sahne.operations.backup.shelf import BESIDE, Backup

FAULTS_SHOWN_MAX = 20


def verify_backup(backup: Backup, *, programs: Binaries | None = None, tell: Tell = lambda *_: None) -> Manifest:
    """Read all of a backup and note when that was; its manifest.

    Raises:
        BackupDamaged: `details` are the files that are not as they were written; this is noted, too.
        ProgramsMissing: nothing here reads such a dump.
    """
    try:
        manifest = backup.manifest()
        faults = list(_faults(backup.path, manifest, tell))
        if not faults:
            faults = list(_undecodable(backup.path, programs or find_programs(manifest.programs_major), tell))
        if faults:
            more = [f"and {len(faults) - FAULTS_SHOWN_MAX} more"] if len(faults) > FAULTS_SHOWN_MAX else []
            raise BackupDamaged(
                details=faults[:FAULTS_SHOWN_MAX] + more, hint="Use another backup; keep this one apart."
            )
    except BackupDamaged:
        backup.note_verified(datetime.now(UTC), damaged=True)
        raise
    backup.note_verified(datetime.now(UTC))
    return manifest


def _faults(folder: Path, manifest: Manifest, tell: Tell) -> Iterator[str]:
    sound = True
    for name in HASHED:
        if fault := _fault(folder, name, manifest.files.get(name)):
            sound = False
            yield fault
            if name == OBJECT_LINES:  # what it says of the objects is not to be believed
                return
    objects = 0
    for number, line in enumerate(read_lines(folder), 1):
        if line.size is not None and line.sha256 is not None:
            objects += 1
            if fault := _fault(folder, line.file, FileFacts(line.size, line.sha256)):
                sound = False
                yield fault
        tell("objects", number, manifest.objects.count)
    if not sound or sum(1 for _ in _files(folder / OBJECTS)) != objects:  # names are compared only where it is needed
        yield from _strangers(folder, OBJECTS, {line.file for line in read_lines(folder)})
    yield from _strangers(folder, "", {MANIFEST, MANIFEST_SUM, *BESIDE, *HASHED, OBJECTS})
    expected = manifest.objects.count - manifest.objects.missing - manifest.objects.removed_meanwhile
    if objects != expected:
        yield f"{OBJECT_LINES}: has the bytes of {counted(objects, 'object')}, not of {expected:,}"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _strangers(folder: Path, below: str, expected: set[str]) -> Iterator[str]:
    """What lies below a folder of the backup, or in the backup itself, and was not written by it."""
    paths = _files(folder / below) if below else folder.iterdir()
    names = (path.relative_to(folder).as_posix() for path in paths)
    yield from (f"{name}: is no part of the backup" for name in sorted(names) if name not in expected)


def _fault(folder: Path, name: str, expected: FileFacts | None) -> str | None:
    path = folder / name
    if not path.is_file() or path.is_symlink():
        return f"{name}: is not there"
    facts = hash_file(path)
    if expected is None or facts.bytes != expected.bytes:
        return f"{name}: is {counted(facts.bytes, 'byte')} long, not {expected.bytes if expected else 0:,}"
    return None if facts.sha256 == expected.sha256 else f"{name}: its SHA-256 differs"


def _undecodable(folder: Path, programs: Binaries, tell: Tell) -> Iterator[str]:
    tell("decoding", 0, 0)
    try:
        run_program(programs, "pg_restore", "--file=/dev/null", str(folder / DUMP))
    except ProgramFailed as failed:
        yield f"{DUMP}: cannot be decoded: {failed.details}"
