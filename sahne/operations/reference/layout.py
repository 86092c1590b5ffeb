"""Where the boxes of the diagram stand: tables in columns, what is referred to left of what refers to it.

A table's column is one right of the rightmost it refers to; within a column, tables are ordered by where their
neighbours stand, swept to and fro until it settles. The same catalog gives the same picture.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A table to be placed: its height in pixels and the tables it refers to."""

    name: str
    height: int
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """The upper left corner of a box, in pixels."""

    x: int
    y: int


def place_boxes(boxes: list[Box], *, width: int, gap_x: int, gap_y: int, margin: int) -> dict[str, Place]:
    """Every box's corner; the picture begins at (0, 0)."""
    columns = _ordered(_columns(boxes), boxes)
    heights = {box.name: box.height for box in boxes}
    tall = max(sum(heights[name] + gap_y for name in column) - gap_y for column in columns)
    places: dict[str, Place] = {}
    for number, column in enumerate(columns):
        own = sum(heights[name] + gap_y for name in column) - gap_y
        y = margin + (tall - own) // 2
        for name in column:
            places[name] = Place(margin + number * (width + gap_x), y)
            y += heights[name] + gap_y
    return places


def _columns(boxes: list[Box]) -> list[list[str]]:
    targets = {box.name: box.targets - {box.name} for box in boxes}
    depths: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...] = ()) -> int:
        if name not in depths:
            outside = [each for each in targets[name] if each in targets and each not in above]
            depths[name] = max((depth(each, (*above, name)) + 1 for each in outside), default=0)
        return depths[name]

    columns: dict[int, list[str]] = defaultdict(list)
    for name in sorted(targets):
        columns[depth(name)].append(name)
    return [columns[number] for number in sorted(columns)]


def _ordered(columns: list[list[str]], boxes: list[Box]) -> list[list[str]]:
    near: dict[str, set[str]] = defaultdict(set)
    for box in boxes:
        for target in box.targets - {box.name}:
            near[box.name].add(target)
            near[target].add(box.name)
    columns = [list(column) for column in columns]
    for sweep in range(SWEEPS):
        place = {name: (n + 0.5) / len(column) for column in columns for n, name in enumerate(column)}
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(key=lambda name: (fmean([place[each] for each in near[name]] or [place[name]]), name))
            place.update({name: (n + 0.5) / len(column) for n, name in enumerate(column)})
    return columns
