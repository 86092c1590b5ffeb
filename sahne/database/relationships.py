"""How tables and views refer to each other: foreign keys both ways, through junctions, and through plain views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Cardinality = Literal["many-to-one", "one-to-many", "one-to-one", "many-to-many"]


class Name(NamedTuple):
    """A relation, wherever it lies."""

    schema: str
    name: str


# view → its column → the relation and the column it passes on
PassedOn = Mapping[Name, Mapping[str, tuple[Name, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """`source.columns` refer to `target.target_columns`; `is_unique`: at most one row refers to each.

    `in_key`: the columns are part of the source's own key, as a junction's are.
    """

    name: str
    source: Name
    target: Name
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    is_unique: bool = False
    in_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """The table between two: its own columns that match the source's and the target's."""

    relation: Name
    source_key: str
    target_key: str
    source_columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """From one row of `source` to rows of `target`: `columns` = `target_columns`, through `junction` if any."""

    name: str
    source: Name
    target: Name
    cardinality: Cardinality
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    junction: Junction | None = None

    @property
    def is_to_one(self) -> bool:
        """Whether at most one row is found."""
        return self.cardinality in ("many-to-one", "one-to-one")


def relationships_of(keys: Sequence[ForeignKey], passed_on: PassedOn) -> dict[Name, tuple[Relationship, ...]]:
    """Every relationship by its source."""
    found: dict[Name, list[Relationship]] = {}
    seen = _with_views(keys, passed_on)
    for relationship in [*_direct(seen), *_through_junctions(seen)]:
        found.setdefault(relationship.source, []).append(relationship)
    return {source: tuple(each) for source, each in found.items()}


def _direct(keys: Sequence[ForeignKey]) -> list[Relationship]:
    found = []
    for key in keys:
        forth: Cardinality = "one-to-one" if key.is_unique else "many-to-one"
        back: Cardinality = "one-to-one" if key.is_unique else "one-to-many"
        found.append(
            Relationship(
                name=key.name,
                source=key.source,
                target=key.target,
                cardinality=forth,
                columns=key.columns,
                target_columns=key.target_columns,
            )
        )
        found.append(
            Relationship(
                name=key.name,
                source=key.target,
                target=key.source,
                cardinality=back,
                columns=key.target_columns,
                target_columns=key.columns,
            )
        )
    return found


def _through_junctions(keys: Sequence[ForeignKey]) -> list[Relationship]:
    """A junction is a table whose primary key holds the columns of two of its foreign keys."""
    of_table: dict[Name, list[ForeignKey]] = {}
    for key in keys:
        if key.in_key:
            of_table.setdefault(key.source, []).append(key)
    return [
        Relationship(
            name=f"{table.name}_{one.name}_{other.name}",
            source=one.target,
            target=other.target,
            cardinality="many-to-many",
            columns=one.target_columns,
            target_columns=other.target_columns,
            junction=Junction(
                relation=table,
                source_key=one.name,
                target_key=other.name,
                source_columns=one.columns,
                target_columns=other.columns,
            ),
        )
        for table, among in of_table.items()
        for one in among
        for other in among
        if one.name != other.name
    ]


def _with_views(keys: Sequence[ForeignKey], passed_on: PassedOn) -> list[ForeignKey]:
    """The keys, and copies of them for views that pass all columns of one side on."""
    all_keys = list(keys)
    for view in passed_on:
        origins: dict[tuple[Name, str], str] = {}
        for column in passed_on[view]:
            origins.setdefault(_origin(view, column, passed_on), column)
        for key in keys:
            seen_source = tuple(origins.get((key.source, column), "") for column in key.columns)
            seen_target = tuple(origins.get((key.target, column), "") for column in key.target_columns)
            if all(seen_source):
                all_keys.append(replace(key, source=view, columns=seen_source, in_key=False))
            if all(seen_target):
                all_keys.append(replace(key, target=view, target_columns=seen_target))
    return all_keys


def _origin(relation: Name, column: str, passed_on: PassedOn) -> tuple[Name, str]:
    seen = set()
    while (relation, column) not in seen and column in passed_on.get(relation, {}):
        seen.add((relation, column))
        relation, column = passed_on[relation][column]
    return relation, column
