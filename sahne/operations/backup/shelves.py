"""Where backups are kept: a folder of folders, or one archive each in a bucket, or encrypted in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sahne.errors import SettingInvalid
from sahne.object_stores import bucket_in, is_bucket, of_bucket
from sahne.operations.backup.create import create_backup
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.prune import Retention, plan_prune, prune_backups
from sahne.operations.backup.shelf import Backup, find_backup, list_backups
from sahne.providers.blobs import BlobStore
from sahne.settings import Settings


class Shelf(Protocol):
    """What can be done with backups wherever they are; `place` is for people.

    Each raises BlobStoreUnavailable where they are in a bucket, BackupKeyWrong and BackupKeyMissing where encrypted.
    """

    @property
    def place(self) -> str:
        """The folder, or the bucket without its key."""

    def created(self, url: str, blobs: BlobStore, *, tell: Tell) -> AbstractContextManager[Backup]:
        """Make a backup as `create_backup` does; the block may look at it."""

    def listed(self) -> AbstractContextManager[list[Backup]]:
        """Every backup, the newest first, for a block that asks what was noted of them and reads no more."""

    def opened(self, name: str | None, *, tell: Tell) -> AbstractContextManager[Backup]:
        """The backup of this name, or the newest, for a block that reads all of it; what it notes is kept.

        Raises:
            BackupNotFound, BackupDamaged.
        """

    def planned(self, rules: Retention) -> list[str]:
        """The names of those that would go, the oldest last."""

    def prune(self, rules: Retention) -> list[str]:
        """Remove them; their names. Raises BackupUnderWay."""


class FolderShelf:
    """A folder as `shelf.py` describes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    @contextmanager
    def created(self, url: str, blobs: BlobStore, *, tell: Tell) -> Iterator[Backup]:
        """Make one."""
        yield create_backup(url, blobs, self.folder, tell=tell)

    @contextmanager
    def listed(self) -> Iterator[list[Backup]]:
        """All of them."""
        yield list_backups(self.folder)

    @contextmanager
    def opened(self, name: str | None, *, tell: Tell) -> Iterator[Backup]:
        """One of them, where it lies."""
        del tell
        yield find_backup(self.folder, name)

    def planned(self, rules: Retention) -> list[str]:
        """Those that would go."""
        return [backup.name for backup in plan_prune(list_backups(self.folder), rules)]

    def prune(self, rules: Retention) -> list[str]:
        """Remove them."""
        return prune_backups(self.folder, rules)


def open_shelf(settings: Settings, place: str | None = None) -> Shelf:
    """The shelf at `place`, or where the settings say; nobody is asked anything yet.

    Raises:
        SettingInvalid: it is none, or the key is none.
    """
    place = place or settings.backups or str(settings.backups_path)
    if not (is_bucket(place) or settings.backup_key):
        return FolderShelf(Path(place))
    # only here: most shelves are folders, and need none of the libraries
    from sahne.operations.backup.age import BackupKey
    from sahne.operations.backup.archives import archives_in_bucket, archives_in_folder

    key = BackupKey.of(settings.backup_key) if settings.backup_key else None
    if not is_bucket(place):
        return archives_in_folder(Path(place), key, settings.backup_scratch_path)
    if wrong := of_bucket(place):
        raise SettingInvalid(details=f"The place of backups {wrong}.", hint="docs/guides/backups.md has an example.")
    return archives_in_bucket(bucket_in(place, settings.s3_access), key, settings.backup_scratch_path)
