"""What was compiled for the shape of a request, kept for the next one of that shape.

The least recently used is forgotten first, and everything when the catalog changes.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from sahne.remembered import Remembered

QUERY_CHARACTERS_MAX = 4 * 1024  # a longer query string is nobody's habit

T = TypeVar("T")


class Plans(Generic[T]):
    """At most `plans_max` plans by the shape they serve."""

    def __init__(self, plans_max: int) -> None:
        self._plans: Remembered[Hashable, T] = Remembered(plans_max)
        self._version = 0

    def find(self, key: Hashable, version: int) -> T | None:
        """The plan of `key` made with this version of the catalog."""
        if version != self._version:
            self._plans.clear()
            self._version = version
        return self._plans.find(key)

    def keep(self, key: Hashable, plan: T, query: str) -> None:
        """Keep it for the version asked for last, unless its query string is too long to come again."""
        if len(query) <= QUERY_CHARACTERS_MAX:
            self._plans.keep(key, plan)
