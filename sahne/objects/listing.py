"""Listing what lies under a prefix: one level with folders, or flat, a page at a time.

Folders exist only in names. By name, a page costs what it shows (steps along the index), and a search what begins so
(`spellings.py`); other orders cost what lies below the prefix. What policies hide costs that each of it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.objects.names import LAST_CHARACTER
from sahne.objects.rows import QUERIES, acting, get_bucket
from sahne.objects.spellings import spellings_of

ENTRIES_AT_ONCE_MAX = 1001  # a page, and one to know whether another follows
STEPS_MAX = 20_000

Column = Literal["name", "created_at", "updated_at", "last_accessed_at"]


@dataclass(frozen=True, slots=True)
class After:
    """Where the last page ended: the last entry, its moment if by that, and whether it was past the folders."""

    entry: str
    moment: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What to list. `one_level` folds what lies deeper into folders; `search` is how an entry begins, in any case."""

    prefix: str = ""
    limit: int = 100
    offset: int = 0
    search: str = ""
    column: Column = "name"
    descending: bool = False
    one_level: bool = True
    after: After | None = None

    @property
    def by_steps(self) -> bool:
        """Whether it can go along the index, from entry to entry."""
        return self.one_level and self._is_by_name and not self.search

    @property
    def searches_by_steps(self) -> bool:
        """Whether it can go so over the ranges of what is searched for."""
        return self.one_level and self._is_by_name and bool(self.search) and self.after is None

    @property
    def by_names(self) -> bool:
        """Whether it can go along the index, from name to name."""
        return not (self.one_level or self.offset or self.search) and self._is_by_name

    @property
    def _is_by_name(self) -> bool:
        return self.column == "name" and not self.descending


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A folder (no id, no dates, no metadata) or an object; `name` is relative to the prefix, `moment` the order's."""

    name: str
    is_folder: bool
    moment: datetime | None
    id: UUID | None
    updated_at: datetime | None
    created_at: datetime | None
    last_accessed_at: datetime | None
    metadata: dict[str, Any] | None


async def list_objects(
    database: Database, actor: Actor, bucket: str, listing: Listing, *, operation: str = "storage.object.list"
) -> list[Entry]:
    """The entries the actor may see. Raises NoSuchBucket."""
    await get_bucket(database, actor, bucket)
    async with acting(database, actor, operation) as conn:
        if listing.by_steps:
            rows = await every(conn, QUERIES["list_folder"], _steps(bucket, listing))
        elif listing.by_names:
            rows = await every(conn, QUERIES["list_names"], _steps(bucket, listing))
        elif listing.searches_by_steps:
            rows = await every(conn, QUERIES["search_folder"], _steps(bucket, listing) | _ranges(listing))
        else:
            rows = await every(conn, QUERIES["list_sorted"], _sorted(bucket, listing))
    return [_entry(row) for row in rows]


def _steps(bucket: str, listing: Listing) -> dict[str, Any]:
    start = listing.prefix
    if listing.after:
        # what follows a folder begins after all of it, what follows an object right after its name
        start += listing.after.entry + ("\x01" if listing.after.late or listing.by_names else "0")
    return {
        "bucket": bucket,
        "prefix": listing.prefix,
        "prefix_length": len(listing.prefix),
        "start": start,
        "end": listing.prefix + LAST_CHARACTER,
        "steps": min(listing.offset + min(listing.limit, ENTRIES_AT_ONCE_MAX), STEPS_MAX),
        "offset": listing.offset,
    }


def _ranges(listing: Listing) -> dict[str, Any]:
    """Where in the order of names lies what begins with the prefix and then, in any case, with what is searched for."""
    lows = [listing.prefix + spelling for spelling in spellings_of(listing.search)]
    return {"search": listing.search, "lows": lows, "highs": [low + LAST_CHARACTER for low in lows]}


def _sorted(bucket: str, listing: Listing) -> dict[str, Any]:
    after = listing.after or After("", None, False)
    return {
        "bucket": bucket,
        "prefix_length": len(listing.prefix),
        "one_level": listing.one_level,
        "column": listing.column,
        "descending": listing.descending,
        "after_entry": after.entry,
        "after_moment": after.moment,
        "after_late": after.late,
        "limit": min(listing.limit, ENTRIES_AT_ONCE_MAX),
        "offset": listing.offset,
    } | _ranges(listing)


def after_entry(entry: Entry, listing: Listing) -> After:
    """Where the page that follows `entry` begins."""
    past_folders = not entry.is_folder and (listing.by_steps or listing.column != "name")
    return After(entry.name, entry.moment, past_folders)


def _entry(row: dict[str, Any]) -> Entry:
    folder = bool(row["is_folder"])
    return Entry(
        name=row["entry"],
        is_folder=folder,
        moment=row["moment"],
        id=None if folder else row["id"],
        updated_at=None if folder else row["updated_at"],
        created_at=None if folder else row["created_at"],
        last_accessed_at=None if folder else row["last_accessed_at"],
        metadata=None if folder else row["metadata"],
    )
