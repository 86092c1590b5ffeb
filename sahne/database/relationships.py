"""How tables and views refer to each other: foreign keys both ways, through junctions, and through plain views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Cardinality = Literal["many-to-one", "one-to-many", "one-to-one", "many-to-many"]
PassedOn = Mapping[str, Mapping[str, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`source.columns` refer to `target.target_columns`; `is_unique`: at most one row refers to each."""

    name: str
    source: str
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    is_unique: bool


@dataclass(frozen=True, slots=True)
class Junction:
    """The table between two: its own columns that match the source's and the target's."""

    relation: str
    source_key: str
    target_key: str
    source_columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relationship:
    """From one row of `source` to rows of `target`: `columns` = `target_columns`, through `junction` if any."""

    name: str
    source: str
    target: str
    cardinality: Cardinality
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    junction: Junction | None = None

    @property
    def is_to_one(self) -> bool:
        """Whether at most one row is found."""
        return self.cardinality in ("many-to-one", "one-to-one")


def relationships_of(
    keys: Sequence[ForeignKey], primary_keys: Mapping[str, Sequence[str]], passed_on: PassedOn
) -> dict[str, tuple[Relationship, ...]]:
    """Every relationship by its source."""
    found: dict[str, list[Relationship]] = {}
    seen = _with_views(keys, passed_on)
    for relationship in [*_direct(seen), *_through_junctions(seen, primary_keys)]:
        found.setdefault(relationship.source, []).append(relationship)
    return {source: tuple(each) for source, each in found.items()}


def _direct(keys: Sequence[ForeignKey]) -> list[Relationship]:
    found = []
    for key in keys:
        forth: Cardinality = "one-to-one" if key.is_unique else "many-to-one"
        back: Cardinality = "one-to-one" if key.is_unique else "one-to-many"
        found.append(Relationship(key.name, key.source, key.target, forth, key.columns, key.target_columns))
        found.append(Relationship(key.name, key.target, key.source, back, key.target_columns, key.columns))
    return found


def _through_junctions(keys: Sequence[ForeignKey], primary_keys: Mapping[str, Sequence[str]]) -> list[Relationship]:
    """A junction is a table whose primary key holds the columns of two of its foreign keys."""
    of_table: dict[str, list[ForeignKey]] = {}
    for key in keys:
        if set(key.columns) <= set(primary_keys.get(key.source, ())):
            of_table.setdefault(key.source, []).append(key)
    return [
        Relationship(
            f"{table}_{one.name}_{other.name}", one.target, other.target, "many-to-many", one.target_columns,
            other.target_columns, Junction(table, one.name, other.name, one.columns, other.columns),
        )
        for table, among in of_table.items()
        for one in among
        for other in among
        if one.name != other.name
    ]  # fmt: skip


def _with_views(keys: Sequence[ForeignKey], passed_on: PassedOn) -> list[ForeignKey]:
    """The keys, and copies of them for views that pass all columns of one side on."""
    all_keys = list(keys)
    for view in passed_on:
        origins: dict[tuple[str, str], str] = {}
        for column in passed_on[view]:
            origins.setdefault(_origin(view, column, passed_on), column)
        for key in keys:
            seen_source = tuple(origins.get((key.source, column), "") for column in key.columns)
            seen_target = tuple(origins.get((key.target, column), "") for column in key.target_columns)
            if all(seen_source):
                all_keys.append(replace(key, source=view, columns=seen_source))
            if all(seen_target):
                all_keys.append(replace(key, target=view, target_columns=seen_target))
    return all_keys


def _origin(relation: str, column: str, passed_on: PassedOn) -> tuple[str, str]:
    seen = set()
    while (relation, column) not in seen and column in passed_on.get(relation, {}):
        seen.add((relation, column))
        relation, column = passed_on[relation][column]
    return relation, column
