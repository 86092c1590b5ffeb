"""Backups as one archive each, in a bucket or encrypted in a folder.

    20261122T030000Z.tar.age          a backup's folder (`shelf.py`), packed; `.tar` without a key
    20261122T030000Z.notes.tar.age    its manifest, when it was verified, how its drill went: what a list shows
    lock                              held by whoever makes or prunes, in a bucket

A backup is made in the scratch folder, then sent: first its notes, then the archive, which is there whole or not at
all, and by which alone a backup is listed. It is fetched back into that folder to be verified, drilled or restored. So
the disk needs room for one, and one at a time is at work there; what a crash left is removed by the next.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

import obstore
from obstore.store import LocalStore, S3Store

from sahne.object_stores import Bucket
from sahne.operations.backup.age import VARIABLE, BackupKey, BackupKeyMissing
from sahne.operations.backup.archive import packed, unpack
from sahne.operations.backup.bucket_lock import bucket_lock
from sahne.operations.backup.create import create_backup
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.manifest import CHUNK_BYTES, MANIFEST, MANIFEST_SUM, BackupDamaged
from sahne.operations.backup.prune import Retention, plan_prune
from sahne.operations.backup.shelf import DRILL, PRIVATE_FOLDER, VERIFIED, Backup, chosen, shelf_lock
from sahne.providers.blobs import BlobMissing, BlobStore, BlobStoreUnavailable
from sahne.providers.blobs.bucket import in_our_words, open_bucket

NOTES = (MANIFEST, MANIFEST_SUM, VERIFIED, DRILL)
PART_BYTES_MIN = 8 * 1024 * 1024
PARTS_MAX = 9_000  # S3 takes 10 000
PARTS_AT_ONCE_MAX = 2

_ARCHIVE = re.compile(r"(?P<name>\d{8}T\d{6}Z)(?P<notes>\.notes)?\.tar(\.age)?")


class ArchiveShelf:
    """Backups in `store`, of `key` if there is one; `lock` is held where one is made or removed."""

    def __init__(
        self,
        store: S3Store | LocalStore,
        place: str,
        key: BackupKey | None,
        scratch: Path,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.place = place
        self._store = store
        self._key = key
        self._scratch = scratch
        self._lock = lock

    @contextmanager
    def created(self, url: str, blobs: BlobStore, *, tell: Tell) -> Iterator[Backup]:
        """Make one here, and send it."""
        with self._at_work() as work, self._lock():
            names = self._names()
            self._remove(names.notes.keys() - names.archives.keys(), names)
            backup = create_backup(url, blobs, work, taken=names.archives.keys(), tell=tell)
            self._send_notes(backup)
            self._send(backup, tell)
            yield backup

    @contextmanager
    def listed(self) -> Iterator[list[Backup]]:
        """All of them, by their notes."""
        names = self._names()
        with tempfile.TemporaryDirectory(prefix="sahne-notes-") as folder:
            yield [self._noted(name, names, Path(folder)) for name in sorted(names.archives, reverse=True)]

    @contextmanager
    def opened(self, name: str | None, *, tell: Tell) -> Iterator[Backup]:
        """One of them, fetched."""
        names = self._names()
        name = chosen(names.archives, name, self.place)
        with self._at_work() as work:
            try:
                self._fetch(names.archives[name], work, tell)
            except BackupDamaged:
                self._note_damaged(name, names)
                raise
            backup = Backup(work / name)
            if name in names.notes:
                self._fetch(names.notes[name], work)
            before = _noted_in(backup)
            try:
                yield backup
            finally:
                if _noted_in(backup) != before:
                    self._send_notes(backup, even_if_refused=True)

    def planned(self, rules: Retention) -> list[str]:
        """Those that would go."""
        with self.listed() as backups:
            return [backup.name for backup in plan_prune(backups, rules)]

    def prune(self, rules: Retention) -> list[str]:
        """Remove them, the archives first: by them a backup is listed."""
        with self._lock():
            planned = self.planned(rules)
            self._remove(planned, self._names())
        return planned

    @contextmanager
    def _at_work(self) -> Iterator[Path]:
        """A folder for this one, with nothing in it; nothing is left of it, nor of one that was cut off."""
        work = self._scratch / "work"
        with shelf_lock(self._scratch):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(mode=PRIVATE_FOLDER)
            try:
                yield work
            finally:
                shutil.rmtree(work)

    def _names(self) -> _Names:
        archives: dict[str, str] = {}
        notes: dict[str, str] = {}
        with in_our_words("any"):
            for batch in obstore.list(self._store):
                for each in batch:
                    if found := _ARCHIVE.fullmatch(each["path"]):
                        (notes if found["notes"] else archives)[found["name"]] = each["path"]
        return _Names(archives, notes)

    def _noted(self, name: str, names: _Names, folder: Path) -> Backup:
        """A backup with its notes alone; where those are damaged there are none."""
        with suppress(BackupDamaged):
            if name in names.notes:
                self._fetch(names.notes[name], folder)
        return Backup(folder / name)

    def _note_damaged(self, name: str, names: _Names) -> None:
        with tempfile.TemporaryDirectory(prefix="sahne-notes-") as folder:
            backup = self._noted(name, names, Path(folder))
            if backup.path.exists():
                backup.note_damaged()
                self._send_notes(backup, even_if_refused=True)

    def _send(self, backup: Backup, tell: Tell) -> None:
        size = sum(path.stat().st_size for path in backup.path.rglob("*") if path.is_file())
        names = sorted(path.name for path in backup.path.iterdir())
        sent = _told(packed(backup.path, names, self._key), "sent, MiB", size, tell)
        self._put(f"{backup.name}.tar", sent, max(PART_BYTES_MIN, 2 * size // PARTS_MAX))

    def _send_notes(self, backup: Backup, *, even_if_refused: bool = False) -> None:
        """What was noted of a backup; a key that may only read keeps no notes."""
        names = [name for name in NOTES if (backup.path / name).exists()]
        with suppress(*([BlobStoreUnavailable] if even_if_refused else [])):
            self._put(f"{backup.name}.notes.tar", packed(backup.path, names, self._key), PART_BYTES_MIN)

    def _put(self, name: str, chunks: Iterator[bytes], part_bytes: int) -> None:
        with in_our_words(name):
            obstore.put(
                self._store,
                f"{name}.age" if self._key else name,
                chunks,
                use_multipart=True,
                chunk_size=part_bytes,
                max_concurrency=PARTS_AT_ONCE_MAX,
            )

    def _fetch(self, name: str, folder: Path, tell: Tell = lambda *_: None) -> None:
        is_sealed = name.endswith(".age")
        if is_sealed and self._key is None:
            raise BackupKeyMissing(details=name, hint=f"Set {VARIABLE} to the file of the key it was made with.")
        unpack(_told(*self._chunks(name), tell), folder, self._key if is_sealed else None)

    def _chunks(self, name: str) -> tuple[Iterator[bytes], str, int]:
        with in_our_words(name):
            answer = obstore.get(self._store, name)

        def chunks() -> Iterator[bytes]:
            left = answer.meta["size"]
            with in_our_words(name):
                for chunk in answer.stream(min_chunk_size=CHUNK_BYTES):
                    left -= len(chunk)
                    yield bytes(chunk)
            if left:
                raise BlobStoreUnavailable(details="The bucket's answer broke off.", hint="Try again.")

        return chunks(), "fetched, MiB", answer.meta["size"]

    def _remove(self, names: Iterable[str], there: _Names) -> None:
        for name in names:
            for kind in (there.archives, there.notes):
                with in_our_words(name), suppress(BlobMissing, FileNotFoundError):
                    if name in kind:
                        obstore.delete(self._store, kind[name])


class _Names:
    """The names of objects by the names of backups."""

    __slots__ = ("archives", "notes")

    def __init__(self, archives: dict[str, str], notes: dict[str, str]) -> None:
        self.archives = archives
        self.notes = notes


def archives_in_bucket(bucket: Bucket, key: BackupKey | None, scratch: Path) -> ArchiveShelf:
    """Below the bucket's prefix."""
    store = open_bucket(bucket)
    return ArchiveShelf(store, str(bucket), key, scratch, partial(bucket_lock, store))


def archives_in_folder(folder: Path, key: BackupKey | None, scratch: Path) -> ArchiveShelf:
    """In a folder that is its owner's alone."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return ArchiveShelf(LocalStore(folder), str(folder), key, scratch, partial(shelf_lock, folder))


def _told(chunks: Iterator[bytes], what: str, size: int, tell: Tell) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        done += len(chunk)
        tell(what, done // 2**20, max(size, done) // 2**20)
        yield chunk


def _noted_in(backup: Backup) -> list[bytes | None]:
    files = [backup.path / name for name in (VERIFIED, DRILL)]
    return [file.read_bytes() if file.exists() else None for file in files]
