"""How many different viewers of one address changes are judged for: each costs every change of what they listen to."""

from __future__ import annotations

from collections import Counter

from sahne.changes.subscriptions import Viewer
from sahne.database.actor import SERVICE_ROLE

RENEWALS_WORTH = 2  # a viewer whose token changes counts twice while its channels change over


class Viewers:
    """The channels of each viewer, by the place they come from. What comes from no place is not counted."""

    def __init__(self, of_an_address_max: int) -> None:
        self._of_an_address_max = of_an_address_max
        self._at: dict[str, Counter[Viewer]] = {}

    def enter(self, place: str | None, viewer: Viewer, *, renews: bool = False) -> bool:
        """One more channel of the viewer, unless they would be one too many there."""
        if place is None or viewer.role == SERVICE_ROLE:
            return True
        there = self._at.setdefault(place, Counter())
        if viewer not in there and len(there) >= self._of_an_address_max * (RENEWALS_WORTH if renews else 1):
            return False
        there[viewer] += 1
        return True

    def leave(self, place: str | None, viewer: Viewer) -> None:
        """One channel less of a viewer that was let in."""
        there = self._at.get(place) if place is not None else None
        if there is None or viewer not in there:
            return
        there[viewer] -= 1
        if not there[viewer]:
            del there[viewer]
            if not there:
                del self._at[place]  # type: ignore[arg-type]
