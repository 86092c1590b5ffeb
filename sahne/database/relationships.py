"""How tables and views refer to each other: by keys both ways, through junctions and views, or by a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
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

    `source_key` is the source's own key, empty for a view that does not show all of its table's.
    """

    name: str
    source: Name
    target: Name
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    is_unique: bool = False
    source_key: tuple[str, ...] = ()
    source_is_view: bool = False
    target_is_view: bool = False

    @property
    def in_key(self) -> bool:
        """Whether the columns are part of the source's own key, as a junction's are."""
        return set(self.columns) <= set(self.source_key)


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
    """From one row of `source` to rows of `target`: `columns` = `target_columns`, through `junction` if any.

    `holds_key`: the columns are the key's own, so that they lead to the row that is referred to. `to_view`: the target
    is a view that shows what the key refers to, or refers. With a `function` there are no columns: it is called with
    the source's row.
    """

    name: str
    source: Name
    target: Name
    cardinality: Cardinality
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    junction: Junction | None = None
    function: Name | None = None
    holds_key: bool = False
    to_view: bool = False

    @property
    def is_to_one(self) -> bool:
        """Whether at most one row is found."""
        return self.cardinality in ("many-to-one", "one-to-one")


def relationships_of(keys: Sequence[ForeignKey], passed_on: PassedOn) -> dict[Name, tuple[Relationship, ...]]:
    """Every relationship by its source."""
    by_source: dict[Name, list[Relationship]] = {}
    all_keys = _with_views(keys, passed_on)
    for relationship in [*_direct(all_keys), *_through_junctions(all_keys)]:
        by_source.setdefault(relationship.source, []).append(relationship)
    return {source: tuple(each) for source, each in by_source.items()}


def with_computed(
    relationships: Mapping[Name, tuple[Relationship, ...]], computed: Sequence[Relationship]
) -> dict[Name, tuple[Relationship, ...]]:
    """The relationships and those by functions, which stand before what else leads to a relation of their name."""
    merged = dict(relationships)
    for each in computed:
        others = [other for other in merged.get(each.source, ()) if other.function or other.target != each.function]
        merged[each.source] = (*others, each)
    return merged


def _direct(keys: Sequence[ForeignKey]) -> list[Relationship]:
    relationships = []
    for key in keys:
        forth: Cardinality = "one-to-one" if key.is_unique else "many-to-one"
        back: Cardinality = "one-to-one" if key.is_unique else "one-to-many"
        relationships.append(
            Relationship(
                name=key.name,
                source=key.source,
                target=key.target,
                cardinality=forth,
                columns=key.columns,
                target_columns=key.target_columns,
                holds_key=True,
                to_view=key.target_is_view,
            )
        )
        relationships.append(
            Relationship(
                name=key.name,
                source=key.target,
                target=key.source,
                cardinality=back,
                columns=key.target_columns,
                target_columns=key.columns,
                to_view=key.source_is_view,
            )
        )
    return relationships


def _through_junctions(keys: Sequence[ForeignKey]) -> list[Relationship]:
    """A junction is a table, or a view of it, whose primary key holds the columns of two of its foreign keys."""
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
    """The keys, and copies of them between the views that pass all columns of a side on."""
    shown_in: dict[Name, dict[tuple[Name, str], list[str]]] = {}
    for view in passed_on:
        for column in passed_on[view]:
            shown_in.setdefault(view, {}).setdefault(origin_of(view, column, passed_on), []).append(column)
    all_keys = list(keys)
    for key in keys:
        sources = [(key.source, key.columns), *_views_of(key.source, key.columns, shown_in)]
        targets = [(key.target, key.target_columns), *_views_of(key.target, key.target_columns, shown_in)]
        for (source, columns), (target, target_columns) in product(sources, targets):
            if (source, target) != (key.source, key.target):
                all_keys.append(
                    replace(
                        key,
                        source=source,
                        columns=columns,
                        target=target,
                        target_columns=target_columns,
                        source_key=_key_in(source, key, shown_in),
                        source_is_view=source != key.source,
                        target_is_view=target != key.target,
                    )
                )
    return all_keys


ShownIn = Mapping[Name, Mapping[tuple[Name, str], Sequence[str]]]


def _views_of(relation: Name, columns: Sequence[str], shown_in: ShownIn) -> list[tuple[Name, tuple[str, ...]]]:
    """The views that show all of a relation's `columns`, and what they call them: a column may be shown twice."""
    return [
        (view, names)
        for view, shown in shown_in.items()
        for names in product(*(shown.get((relation, column), ()) for column in columns))
    ]


def _key_in(source: Name, key: ForeignKey, shown_in: ShownIn) -> tuple[str, ...]:
    """The key of a foreign key's table in a view of it, by the first names it is shown under."""
    if source == key.source:
        return key.source_key
    shown = shown_in[source]
    names = [shown.get((key.source, column)) for column in key.source_key]
    return tuple(each[0] for each in names if each) if all(names) else ()


def origin_of(relation: Name, column: str, passed_on: PassedOn) -> tuple[Name, str]:
    """The table's column that a view's column shows in the end."""
    visited = set()
    while (relation, column) not in visited and column in passed_on.get(relation, {}):
        visited.add((relation, column))
        relation, column = passed_on[relation][column]
    return relation, column
