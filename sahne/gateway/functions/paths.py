"""From a path to the operations there: down a tree of names, one step each; judged to its last byte."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sahne.gateway.functions.operation import PARAMETER, Operation


class Found(NamedTuple):
    """What is at a path: an operation a method, and what the path says for its parameters, in their order."""

    operations: dict[str, Operation]
    values: list[str]

    @property
    def allow(self) -> str:
        """The header of a refused method."""
        return ", ".join(sorted(self.operations))


class Paths:
    """The operations by their paths, which are given without the first slash."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Place()
        for each in operations:
            self._root.under(each.path).operations[each.method] = each

    def find(self, path: str) -> Found | None:
        """The operations of a path, None where there are none."""
        place, values = self._root, []
        for name in path.split("/"):
            below = place.named.get(name)
            if below is None:
                below = place.anything
                if below is None or not name or "\n" in name:
                    return None
                values.append(name)
            place = below
        return Found(place.operations, values) if place.operations else None


class _Place:
    """One name of a path; behind it stand names that are known, and a parameter for whatever is none of them."""

    __slots__ = ("anything", "named", "operations")

    def __init__(self) -> None:
        self.operations: dict[str, Operation] = {}
        self.named: dict[str, _Place] = {}
        self.anything: _Place | None = None

    def under(self, path: str) -> _Place:
        """The place of a path, made where it is new."""
        place = self
        for name in path.split("/"):
            if PARAMETER.fullmatch(name):
                place.anything = place.anything or _Place()
                below = place.anything
            else:
                below = place.named.setdefault(name, _Place())
            place = below
        return place
