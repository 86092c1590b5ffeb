"""Names of a bucket in the order of their bytes, a page at a time, as S3's clients go through them.

Either every object, or the objects of one level and what the names below begin with. Both go along the index: a page
costs what it shows, however large the bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sahne.database.actor import Actor
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.objects.names import LAST_CHARACTER
from sahne.objects.rows import QUERIES, acting, get_bucket

KEYS_AT_ONCE_MAX = 1000
AFTER_NAME = "\x01"  # the first character there is: no name lies between
AFTER_FOLDER = "0"  # the character after the slash


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A name, or with `is_prefix` what several begin with; of that nothing else is known."""

    name: str
    is_prefix: bool
    updated_at: datetime
    etag: str
    size: int

    @property
    def next_start(self) -> str:
        """Where the page after it begins."""
        return self.name[:-1] + AFTER_FOLDER if self.is_prefix else self.name + AFTER_NAME


@dataclass(frozen=True, slots=True)
class KeyPage:
    """What to show: names from `start` on that begin with `prefix`; `folds` what lies below a slash behind it."""

    prefix: str = ""
    start: str = ""
    folds: bool = False
    limit: int = KEYS_AT_ONCE_MAX


async def list_keys(database: Database, actor: Actor, bucket: str, page: KeyPage, operation: str) -> list[Key]:
    """At most `limit` of the names the actor may see. Raises NoSuchBucket."""
    await get_bucket(database, actor, bucket)
    values = {
        "bucket": bucket,
        "prefix": page.prefix,
        "prefix_length": len(page.prefix),
        "start": max(page.prefix, page.start, key=str.encode),
        "end": page.prefix + LAST_CHARACTER,
        "steps": page.limit,
        "offset": 0,
    }
    async with acting(database, actor, operation) as conn:
        rows = await every(conn, QUERIES["list_folder" if page.folds else "list_names"], values)
    return [_key(page.prefix, row) for row in rows]


def _key(prefix: str, row: dict[str, Any]) -> Key:
    metadata = row["metadata"] or {}
    return Key(
        name=prefix + row["entry"] + ("/" if row["is_folder"] else ""),
        is_prefix=row["is_folder"],
        updated_at=row["updated_at"],
        etag=str(metadata.get("eTag") or ""),
        size=int(metadata.get("size") or 0),
    )
