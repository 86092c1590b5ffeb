"""Where an object is: a bucket and a name in it. What may be a name, and what a name never does.

A name is never a path on a disk (blobs lie under keys of our own), so these rules keep names usable in URLs and
lists; they are not what keeps us safe.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sahne.objects.errors import InvalidBucketName, InvalidKey

NAME_BYTES_MAX = 1024
BUCKET_CHARACTERS_MAX = 100
LAST_CHARACTER = "\U0010ffff"
_BUCKET_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_!-.*'() &$@=;:+,?")
_UNUSABLE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Place:
    """One object's place: `name` in `bucket`."""

    bucket: str
    name: str

    def __str__(self) -> str:
        return f"{self.bucket}/{self.name}"


def object_place(bucket: str, name: str) -> Place:
    """The place, when the name can be one.

    Raises:
        InvalidKey: empty, longer than `NAME_BYTES_MAX`, with control characters, or with an empty, `.` or `..` part.
    """
    if not name:
        raise InvalidKey(name)
    if any(unicodedata.category(character) in _UNUSABLE for character in name):
        raise InvalidKey(name.encode(errors="replace").decode(), hint="Control characters cannot be part of a name.")
    if len(name.encode()) > NAME_BYTES_MAX:
        raise InvalidKey(name[:100] + "…", hint=f"A name is at most {NAME_BYTES_MAX} bytes.")
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise InvalidKey(name, hint="No part between slashes may be empty, `.` or `..`.")
    return Place(bucket, name)


def bucket_name(name: str) -> str:
    """The name, when a bucket can be called so.

    Raises:
        InvalidBucketName: empty, too long, or with characters URLs dislike (a slash among them).
    """
    usable = 0 < len(name) <= BUCKET_CHARACTERS_MAX and name.strip() == name and set(name) <= _BUCKET_CHARACTERS
    if not usable or name in (".", ".."):
        raise InvalidBucketName(details=name[:BUCKET_CHARACTERS_MAX])
    return name
