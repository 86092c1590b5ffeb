"""The blob store that the settings name."""

from __future__ import annotations

from sahne.errors import SettingInvalid
from sahne.object_stores import DISK, Bucket, bucket_in
from sahne.providers.blobs import BlobStore
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings, variable_of


def open_blobs(settings: Settings) -> BlobStore:
    """Where the bytes of stored objects lie; nobody is asked anything yet.

    Raises:
        SettingInvalid: what is set does not fit together.
    """
    refuse_half_set(settings)
    blobs = open_store(settings, settings.objects_url or DISK, hands_off=settings.objects_handoff)
    if settings.objects_old_url is None:
        return blobs
    from sahne.providers.blobs.moving import MovingBlobs  # only here: most servers never move

    return MovingBlobs(blobs, open_store(settings, settings.objects_old_url))


def open_store(settings: Settings, url: str, *, hands_off: bool = False) -> BlobStore:
    """The store at a URL that a rule has let pass, `disk` for the data folder's."""
    if url == DISK:
        return DiskBlobs(settings.objects_path)
    from sahne.providers.blobs.s3 import S3Blobs  # only here: most servers need no library for it

    return S3Blobs(bucket_in(url, settings.s3_access), hands_off=hands_off)


def refuse_half_set(settings: Settings) -> None:
    """Stop before a bucket is named that cannot be spoken to.

    Raises:
        SettingInvalid: naming the variables.
    """
    if (settings.s3_access_key_id is None) != (settings.s3_secret_access_key is None):
        raise SettingInvalid(
            details=f"{variable_of('s3_access_key_id')} and {variable_of('s3_secret_access_key')} go together."
        )
    if settings.objects_old_url is not None and settings.objects_old_url == (settings.objects_url or DISK):
        raise SettingInvalid(details=f"{variable_of('objects_old_url')} is where objects are now already.")
    if settings.objects_handoff and not _has_key(settings):
        raise SettingInvalid(
            details=f"{variable_of('objects_handoff')} needs {variable_of('objects_url')} and a key of its bucket."
        )


def _has_key(settings: Settings) -> bool:
    if settings.objects_url is None:
        return False
    bucket: Bucket = bucket_in(settings.objects_url, settings.s3_access)
    return bucket.access.key_id is not None
