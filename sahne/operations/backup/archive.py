"""A backup's folder as one stream and back: tar, and with a key age around it. Both ways in little memory."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from sahne.operations.backup.manifest import CHUNK_BYTES, USE_ANOTHER, BackupDamaged, open_private
from sahne.operations.backup.pipes import piped
from sahne.operations.backup.shelf import PRIVATE_FOLDER

if TYPE_CHECKING:
    from sahne.operations.backup.age import BackupKey


def packed(folder: Path, names: Iterable[str], key: BackupKey | None) -> Iterator[bytes]:
    """These files and folders of `folder`, below its own name; whatever fails, the stream fails and does not end."""

    def tar(sink: BinaryIO) -> None:
        with tarfile.open(fileobj=sink, mode="w|", bufsize=CHUNK_BYTES) as archive:
            for name in names:
                archive.add(folder / name, arcname=f"{folder.name}/{name}")

    def sealed(sink: BinaryIO) -> None:
        assert key
        with piped(tar) as source:
            key.seal(source, sink)

    with piped(sealed if key else tar) as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk


def unpack(chunks: Iterator[bytes], folder: Path, key: BackupKey | None) -> None:
    """Write into `folder` what such a stream holds, of a key if there is one.

    Raises:
        BackupDamaged, BackupKeyWrong, and what `chunks` raises: what is in the folder is worth nothing.
    """

    def arrived(sink: BinaryIO) -> None:
        for chunk in chunks:
            sink.write(chunk)

    def unsealed(sink: BinaryIO) -> None:
        assert key
        with piped(arrived) as source:
            key.unseal(source, sink)

    with piped(unsealed if key else arrived) as source:
        try:
            with tarfile.open(fileobj=source, mode="r|", bufsize=CHUNK_BYTES) as archive:
                for member in archive:
                    _extract(archive, member, folder)
        except tarfile.TarError as error:
            raise BackupDamaged(details=["the archive is cut off or was changed"], hint=USE_ANOTHER) from error
        while source.read(CHUNK_BYTES):  # what fills up the last block; to its end it must be what was written
            pass


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """A file or a folder, its owner's alone; nothing else is ever in a backup, nor anything outside of its folder."""
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or not (member.isreg() or member.isdir()):
        raise BackupDamaged(details=[f"{member.name}: is no part of a backup"], hint=USE_ANOTHER)
    path = folder / name
    (path if member.isdir() else path.parent).mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if member.isreg():
        content = archive.extractfile(member)
        assert content
        with open_private(path) as file:
            shutil.copyfileobj(content, file, CHUNK_BYTES)
