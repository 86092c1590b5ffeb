"""How many exchanges with the project are under way: in all, and of one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sahne.errors import SahneError


class Lines:
    """`in_all_max` at once, `of_a_place_max` of one address; `full` and `crowded` make what is raised beyond."""

    def __init__(
        self, in_all_max: int, of_a_place_max: int, *, full: Callable[[], SahneError], crowded: Callable[[], SahneError]
    ) -> None:
        self._in_all_max = in_all_max
        self._of_a_place_max = of_a_place_max
        self._full = full
        self._crowded = crowded
        self._of_places: Counter[str] = Counter()
        self.taken = 0

    @contextmanager
    def line(self, place: str | None) -> Iterator[None]:
        """One of them, as long as it is needed; a place of None tells nobody apart.

        Raises:
            SahneError: there is none left, or none for this place.
        """
        if self.taken >= self._in_all_max:
            raise self._full()
        if place is not None and self._of_places[place] >= self._of_a_place_max:
            raise self._crowded()
        self.taken += 1
        if place is not None:
            self._of_places[place] += 1
        try:
            yield
        finally:
            self.taken -= 1
            if place is not None:
                self._of_places[place] -= 1
                if not self._of_places[place]:
                    del self._of_places[place]
