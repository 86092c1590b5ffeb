"""A bucket opened with the `obstore` library, within our bounds, and what it refuses in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore import exceptions as refused
from obstore.store import S3Store

from sahne.object_stores import Bucket
from sahne.providers.blobs import BlobMissing, BlobStoreUnavailable
from sahne.providers.blobs.presigned import base_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

CONNECT_SECONDS_MAX = 5
SILENT_SECONDS_MAX = 30.0  # while an answer, or the next of its bytes, is waited for
REQUEST_SECONDS_MAX = 3600  # of one with its bytes, at the pace of whoever takes them
RETRIES_MAX = 4
RETRY_SECONDS_MAX = 30
BACKOFF_SECONDS_MAX = 5


def open_bucket(bucket: Bucket, *, silent_seconds_max: float = SILENT_SECONDS_MAX) -> S3Store:
    """The library's store; nobody is asked anything yet. Names in it are below the bucket's prefix."""
    access = bucket.access
    config: S3Config = {"region": access.region, "virtual_hosted_style_request": not access.path_style}
    if access.endpoint:
        config["endpoint"] = access.endpoint if access.path_style else base_of(bucket)
    if access.key_id and access.secret:
        config |= {"access_key_id": access.key_id, "secret_access_key": access.secret}
    client: ClientConfig = {
        "allow_http": (access.endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS_MAX),
        "read_timeout": timedelta(seconds=silent_seconds_max),
        "timeout": timedelta(seconds=REQUEST_SECONDS_MAX),
    }
    retry: RetryConfig = {
        "max_retries": RETRIES_MAX,
        "retry_timeout": timedelta(seconds=RETRY_SECONDS_MAX),
        "backoff": {"max_backoff": timedelta(seconds=BACKOFF_SECONDS_MAX)},
    }
    return S3Store(bucket.name, prefix=bucket.prefix or None, config=config, client_options=client, retry_config=retry)


@contextmanager
def in_our_words(name: str) -> Iterator[None]:
    """Our errors for the library's; its own sentences hold addresses, which are nobody's business.

    Raises:
        BlobMissing: there is no object of this name.
        BlobStoreUnavailable: `details` say what the matter is.
    """
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise BlobStoreUnavailable(details="There is no such bucket.") from error
        raise BlobMissing(details=name) from error
    except (refused.PermissionDeniedError, refused.UnauthenticatedError) as error:
        raise BlobStoreUnavailable(details="The bucket refuses our key.") from error
    except refused.BaseError as error:
        raise BlobStoreUnavailable(details="The bucket does not answer as it should.") from error
