"""What was compiled for the shape of a request, kept for the next one of that shape.

The least recently used is forgotten first, and everything when the catalog changes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

QUERY_CHARACTERS_MAX = 4 * 1024  # a longer query string is nobody's habit

T = TypeVar("T")


class Remembered(Generic[T]):
    """At most `entries_max` compiled things by their key."""

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._entries: OrderedDict[tuple[object, ...], T] = OrderedDict()
        self._version = 0

    def find(self, key: tuple[object, ...], version: int) -> T | None:
        """What was compiled for `key` with this version of the catalog."""
        if version != self._version:
            self._entries.clear()
            self._version = version
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def keep(self, key: tuple[object, ...], compiled: T, query: str) -> None:
        """Keep it for the version asked for last, unless its query string is too long to come again."""
        if len(query) > QUERY_CHARACTERS_MAX:
            return
        self._entries[key] = compiled
        if len(self._entries) > self._entries_max:
            self._entries.popitem(last=False)
