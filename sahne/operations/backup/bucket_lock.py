"""One maker of backups at a time in a bucket, by an object that only the first can write.

It says until when it holds, for whoever dies cannot let go; the next one then writes over just that object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from sahne.operations.backup.shelf import BackupUnderWay
from sahne.providers.blobs import BlobMissing
from sahne.providers.blobs.bucket import in_our_words

LOCK = "lock"
HELD_HOURS_MAX = 12


@contextmanager
def bucket_lock(store: S3Store) -> Iterator[None]:
    """Hold the bucket's place as long as the block lasts, or `HELD_HOURS_MAX`.

    Raises:
        BackupUnderWay: somebody holds it.
    """
    until = (datetime.now(UTC) + timedelta(hours=HELD_HOURS_MAX)).isoformat(timespec="seconds").encode()
    with in_our_words(LOCK):
        try:
            obstore.put(store, LOCK, until, mode="create")
        except AlreadyExistsError:
            _take_over(store, until)
    try:
        yield
    finally:
        with in_our_words(LOCK):
            obstore.delete(store, LOCK)


def _take_over(store: S3Store, until: bytes) -> None:
    try:
        with in_our_words(LOCK):
            held = obstore.get(store, LOCK)
    except BlobMissing as gone:  # let go at this moment
        raise BackupUnderWay(hint="Try again.") from gone
    end = datetime.fromisoformat(bytes(held.bytes()).decode())
    if end > datetime.now(UTC):
        raise BackupUnderWay(
            details=f"the object `{LOCK}` in the bucket holds until {end:%Y-%m-%d %H:%M} UTC",
            hint="Wait until it has ended; if it was killed, delete that object.",
        )
    try:
        obstore.put(store, LOCK, until, mode={"e_tag": held.meta["e_tag"]})
    except PreconditionError as quicker:
        raise BackupUnderWay(hint="Somebody was quicker.") from quicker
