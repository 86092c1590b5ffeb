"""Blobs as files under one folder: `<first two of the key>/<key>`, beside `unfinished/` where they grow.

A write goes into a file of its own in `unfinished/`, is flushed to the disk (fsync), gets its name by a rename, and
the folder is flushed too. So a name always stands for the whole content, through a crash and a power cut. Files are
never changed, so a copy is a second name for the same content (a hard link) where the file system knows such things.
Everything that touches the disk runs in a thread; the event loop only waits. What was opened lately is opened again
without one: the kernel knows its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from sahne.files import flush_folder
from sahne.providers.blobs import CHUNK_BYTES, BlobEntry, BlobMissing, Digest, checked, is_key
from sahne.remembered import Remembered

UNFINISHED = "unfinished"
FOLDER_MODE, FILE_MODE = 0o700, 0o600  # the bytes are the owner's alone, whatever the umask
LISTED_AT_ONCE_MAX = 1000
LATELY_OPENED_MAX = 1000


class DiskBlobs:
    """A blob store in `folder`, which is made when the first blob comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lately_opened: Remembered[str, bool] = Remembered(LATELY_OPENED_MAX)

    @property
    def hands_off(self) -> bool:
        """Its bytes leave by us alone."""
        return False

    async def address(self, key: str, headers: Mapping[str, str]) -> None:  # noqa: ARG002 - there is none for any
        """Nowhere but here."""
        return

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Keep the bytes; on any failure, and when the caller is cancelled, nothing stays."""
        growing = await asyncio.to_thread(_Growing.start, self.folder / UNFINISHED)
        try:
            async for chunk in _gathered(chunks):
                await asyncio.to_thread(growing.add, chunk)
            return await asyncio.to_thread(growing.finish, self._path(key))
        except BaseException:
            growing.abandon()  # quick, and not awaited: a cancelled task may not wait
            raise

    async def copy(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well."""
        if not is_key(source):
            raise BlobMissing(details=source)
        await asyncio.to_thread(self._copy, self._path(source), self._path(key))

    async def remake(self, source: str, key: str, make: Callable[[bytes], bytes]) -> Digest:
        """Keep what `make` makes of the bytes of `source`. What waits for a thread is not in memory yet."""
        if not is_key(source):
            raise BlobMissing(details=source)
        return await asyncio.to_thread(self._remake, self._path(source), self._path(key), make)

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[DiskBlob]:
        """The blob, to be read; the open file outlives its name."""
        if not is_key(key):
            raise BlobMissing(details=key)
        path = self._path(key)
        if self._lately_opened.find(key):
            file = _descriptor_or_missing(path)
        else:
            file = await asyncio.to_thread(_descriptor_or_missing, path)
            self._lately_opened.keep(key, True)
        try:
            yield DiskBlob(key, file, os.fstat(file).st_size)
        finally:
            os.close(file)

    async def remove(self, keys: list[str]) -> None:
        """Forget these blobs."""
        await asyncio.to_thread(_unlink_all, [self._path(key) for key in keys if is_key(key)])

    async def walk(self) -> AsyncIterator[BlobEntry]:
        """Every blob, read from the disk a batch at a time."""
        entries = self._walk()
        while batch := await asyncio.to_thread(_take, entries, LISTED_AT_ONCE_MAX):
            for entry in batch:
                yield entry

    async def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove the files of writes that a crash cut off."""
        return await asyncio.to_thread(_remove_older, self.folder / UNFINISHED, older_than_seconds)

    def _path(self, key: str) -> Path:
        return self.folder / checked(key)[:2] / key

    def _copy(self, source: Path, path: Path) -> None:
        _make_folder(path.parent)
        try:
            os.link(source, path)
        except FileNotFoundError as error:
            raise BlobMissing(details=source.name) from error
        except OSError:  # a file system without links
            with _open_or_missing(source) as file, _grown(self.folder / UNFINISHED) as growing:
                shutil.copyfileobj(file, growing.file, CHUNK_BYTES)
                growing.finish(path)
        else:
            # the sweep goes by age, and a link has the age of what it links to
            os.utime(path)
            flush_folder(path.parent)

    def _remake(self, source: Path, path: Path, make: Callable[[bytes], bytes]) -> Digest:
        with _open_or_missing(source) as file:
            made = make(file.read())
        with _grown(self.folder / UNFINISHED) as growing:
            growing.add(made)
            return growing.finish(path)

    def _walk(self) -> Iterator[BlobEntry]:
        now = time.time()
        for shelf in _entries(self.folder):
            if not shelf.is_dir() or shelf.name == UNFINISHED:
                continue
            for entry in _entries(Path(shelf.path)):
                with contextlib.suppress(FileNotFoundError):
                    stat = entry.stat()
                    yield BlobEntry(entry.name, stat.st_size, now - stat.st_mtime)


@dataclass(frozen=True, slots=True)
class DiskBlob:
    """An opened blob; `descriptor` is its file's."""

    key: str
    descriptor: int
    size: int

    async def chunks(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop`."""
        end = self.size if stop is None else min(stop, self.size)
        at = start
        while at < end:
            chunk = await asyncio.to_thread(os.pread, self.descriptor, min(CHUNK_BYTES, end - at), at)
            if not chunk:
                raise BlobMissing("The file is shorter than it was.", details=self.key)
            at += len(chunk)
            yield chunk


class _Growing:
    """A file that has no name yet that anybody would read."""

    __slots__ = ("_md5", "_path", "_size", "file")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0
        self.file = open(path, "xb", opener=_open_for_the_owner)  # noqa: SIM115 closed by `finish` or `abandon`

    @classmethod
    def start(cls, folder: Path) -> _Growing:
        _make_folder(folder)
        return cls(folder / uuid4().hex)

    def add(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self._md5.update(chunk)
        self._size += len(chunk)

    def finish(self, path: Path) -> Digest:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        _make_folder(path.parent)
        os.rename(self._path, path)
        flush_folder(path.parent)
        return Digest(self._size, self._md5.hexdigest())

    def abandon(self) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def _grown(folder: Path) -> Iterator[_Growing]:
    """A file that grows in the block, which finishes it; gone if it does not."""
    growing = _Growing.start(folder)
    try:
        yield growing
    except BaseException:
        growing.abandon()
        raise


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Small chunks made into larger ones, so that a thread is asked once for each `CHUNK_BYTES`."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= CHUNK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _open_or_missing(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise BlobMissing(details=path.name) from error


def _descriptor_or_missing(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise BlobMissing(details=path.name) from error


def _open_for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)


def _make_folder(folder: Path) -> None:
    """The folder and, where it is the first one, the store's own."""
    if not folder.is_dir():
        folder.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        flush_folder(folder.parent)


def _unlink_all(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _take(entries: Iterator[BlobEntry], count: int) -> list[BlobEntry]:
    return list(islice(entries, count))


def _remove_older(folder: Path, seconds: float) -> int:
    removed = 0
    for entry in _entries(folder):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - entry.stat().st_mtime >= seconds:
                Path(entry.path).unlink()
                removed += 1
    return removed
