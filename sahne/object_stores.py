"""Stores of bytes as settings name them: a bucket with its prefix, where it is and whose key opens it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

DISK = "disk"  # the folder of the data folder, where a store is named that others may take the place of

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)*/?")
_OPTIONS = frozenset({"endpoint", "region"})
_EXAMPLE = "s3://bucket/prefix"


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where a server of buckets is, None for Amazon's, and our key of it, None for the one the machine has by its role.

    `path_style` names the bucket in the path, which every server knows; otherwise it is a part of the host's name.
    """

    endpoint: str | None = None
    region: str = "us-east-1"
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    _: KW_ONLY
    path_style: bool = True


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; names in it begin with `prefix`, which has no slash at its ends and may be empty."""

    name: str
    prefix: str
    access: S3Access

    def __str__(self) -> str:
        return "/".join(filter(None, (f"s3://{self.name}", self.prefix)))

    def below(self, folder: str) -> Bucket:
        """A folder of it."""
        return Bucket(self.name, "/".join(filter(None, (self.prefix, folder))), self.access)

    def beside(self, name: str) -> Bucket:
        """A place next to this one, with `name` at its end."""
        return Bucket(self.name, "-".join(filter(None, (self.prefix, name))), self.access)


def bucket_in(url: str, access: S3Access) -> Bucket:
    """`s3://bucket/prefix`, with `access`; `s3://KEY:SECRET@bucket/prefix?endpoint=…&region=…` has some of its own.

    Raises:
        ValueError: in words that hold none of it: a secret may stand anywhere.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme != "s3" or not _BUCKET.fullmatch(host) or not _PREFIX.fullmatch(parts.path) or parts.fragment:
        raise ValueError(f"must look like {_EXAMPLE}, of lower-case letters, digits, dots and dashes")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("must have a key and its secret, or neither")
    own = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not own.keys() <= _OPTIONS or not all(own.values()):
        raise ValueError(f"must end after the prefix, or with ?endpoint=… or &region=…, as in {_EXAMPLE}?region=…")
    return Bucket(host, parts.path.strip("/"), _access_of(own, parts.username, parts.password, access))


def of_bucket(url: str) -> str | None:
    """A setting's rule: what is wrong with it, or None."""
    try:
        bucket_in(url, S3Access())
    except ValueError as error:
        return str(error)
    return None


def of_store(url: str) -> str | None:
    """The same where `disk` is one too."""
    return None if url == DISK else of_bucket(url)


def of_backups(text: str) -> str | None:
    """Of backups, which lie in a folder or a bucket."""
    return of_bucket(text) if is_bucket(text) else None


def is_bucket(text: str) -> bool:
    """Whether it names a bucket rather than a folder."""
    return text.startswith("s3:")


def _access_of(own: Mapping[str, str], key_id: str | None, secret: str | None, access: S3Access) -> S3Access:
    return S3Access(
        own.get("endpoint", access.endpoint),
        own.get("region", access.region),
        unquote(key_id) if key_id else access.key_id,
        unquote(secret) if secret else access.secret,
        path_style=access.path_style,
    )
