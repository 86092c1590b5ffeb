"""What to read, with every name resolved: the tree a SELECT is written from. Pure; refusals are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sahne.database.catalog import Column, Representation, Schema
from sahne.database.relationships import Relationship
from sahne.gateway.rest.casts import check_cast
from sahne.gateway.rest.errors import (
    AggregatesOff,
    BadEmbedFilter,
    BadRelatedOrder,
    EmbeddedTwice,
    EmbedNotSelected,
    SpreadAggregate,
)
from sahne.gateway.rest.resolve import find_relationship
from sahne.gateway.rest.syntax import (
    Embedded,
    Embedding,
    Field,
    Filter,
    Fixed,
    Order,
    Placeholder,
    Query,
    Selected,
    Tree,
)


class Scope(NamedTuple):
    """Who reads where, how many rows at most, and whether sums and counts of them may be asked for."""

    schema: Schema
    role: str
    rows_max: int
    aggregates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Rows of one relation, seen in SQL under `alias`. `relation` is None for a function's own columns.

    `rows_max` bounds how many, whatever `limit` says.
    """

    schema: str
    relation: str | None
    alias: str
    types: Mapping[str, str]
    representations: Mapping[str, Representation] = field(default_factory=dict)
    selected: tuple[Selected, ...] = ()
    embeds: tuple[Embed, ...] = ()
    filters: tuple[Filter | Tree, ...] = ()
    order: tuple[Order, ...] = ()
    limit: Placeholder | None = None
    offset: Placeholder | None = None
    rows_max: int | None = None

    def embed(self, key: str) -> Embed | None:
        """The embedded resource called `key`."""
        return next((each for each in self.embeds if each.key == key), None)

    @property
    def joins(self) -> int:
        """How many resources are joined at the level that has most."""
        return max([len(self.embeds), *(each.read.joins for each in self.embeds)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """A resource inside another: joined laterally under `joined`, given out as `key`."""

    key: str
    joined: str
    relationship: Relationship
    read: Read
    inner: bool
    spread: bool


@dataclass(slots=True)
class _Planning:
    scope: Scope
    query: Query
    used: set[Embedding] = field(default_factory=set)
    count: int = 0


def plan_read(scope: Scope, query: Query, relation: str | None, alias: str, columns: Sequence[Column] = ()) -> Read:
    """The tree of a whole query, root first.

    Raises:
        AggregatesOff, SpreadAggregate, NoRelationship, AmbiguousEmbed, EmbedNotSelected, BadEmbedFilter,
        BadRelatedOrder
    """
    planning = _Planning(scope, query)
    tree = _read(planning, query.select, relation, alias, (), columns)
    for path in [*query.filters, *query.orders, *query.limits, *query.offsets]:
        if path not in planning.used:
            raise EmbedNotSelected(
                f"'{path[-1]}' is not an embedded resource in this request",
                hint=f"Verify that '{path[-1]}' is included in the 'select' query parameter.",
            )
    return tree


def _read(
    planning: _Planning, items: Sequence[Selected | Embedded], relation: str | None, alias: str, path: Embedding,
    columns: Sequence[Column] = (),
) -> Read:  # fmt: skip
    planning.used.add(path)
    schema = planning.scope.schema
    columns_by_name = schema.relations[relation].columns if relation else {each.name: each for each in columns}
    if _has_aggregate(items):  # what is not aggregated is grouped by, and has to be named for that
        items = _named(items, _names(planning.scope, relation) if relation else tuple(columns_by_name))
    selected: list[Selected] = []
    embeds: list[Embed] = []
    for item in items:
        if isinstance(item, Embedded):
            embeds.append(_embed(planning, item, relation, path))
        else:
            _check_column(planning.scope, item)
            selected.extend(_columns_of(planning, item, relation))
    _refuse_same_keys(embeds)
    query = planning.query
    read = Read(
        schema=schema.name,
        relation=relation,
        alias=alias,
        types={name: each.base for name, each in columns_by_name.items()},
        representations={
            name: each.representation for name, each in columns_by_name.items() if any(each.representation)
        },
        selected=tuple(selected),
        embeds=tuple(embeds),
        filters=tuple(query.filters.get(path, ())),
        order=query.orders.get(path, ()),
        limit=query.limits.get(path),
        offset=query.offsets.get(path),
        rows_max=planning.scope.rows_max,
    )
    _check_filters(read, read.filters)
    _check_order(read)
    return read


def _refuse_same_keys(embeds: Sequence[Embed]) -> None:
    """An object of JSON shows but one of two members of one name, and a filter by it would be of both."""
    keys = [each.key for each in embeds if not each.spread]
    for key in keys:
        if keys.count(key) > 1:
            raise EmbeddedTwice(f"'{key}' is embedded more than once", hint="Give each an alias of its own.")


def _check_column(scope: Scope, item: Selected) -> None:
    if item.aggregate and not scope.aggregates:
        raise AggregatesOff(hint="They may be used where SAHNE_REST_AGGREGATES or pgrst.db_aggregates_enabled is true.")
    for cast in (item.cast, item.aggregate_cast):
        if cast:
            check_cast(cast, scope.schema.types)


def _columns_of(planning: _Planning, item: Selected, relation: str | None) -> list[Selected]:
    if item.field.column != "*" or item.aggregate or relation is None:
        return [item]
    found = planning.scope.schema.relations[relation]
    if found.is_represented or found.readable(planning.scope.role):
        return [Selected(Field(name)) for name in _names(planning.scope, relation)]
    return [item]


def _embed(planning: _Planning, item: Embedded, relation: str | None, path: Embedding) -> Embed:
    relationship = find_relationship(planning.scope.schema, relation or "", item.name, item.hint)
    target = relationship.target.name
    planning.count += 1
    number = planning.count
    children = item.children
    if item.spread:  # its columns become the parent's, so each needs a name
        children = tuple(_named(children, _names(planning.scope, target)))
    read = _read(planning, children, target, f"{target}_{number}", (*path, item.key))
    if item.spread and not relationship.is_to_one and any(each.aggregate for each in spread_columns(read)):
        raise SpreadAggregate(details="Aggregates are not implemented for one-to-many or many-to-many spreads.")
    return Embed(
        key=item.key,
        joined=f"e{number}",
        relationship=relationship,
        read=read,
        inner=item.inner,
        spread=item.spread,
    )


def _has_aggregate(items: Sequence[Selected | Embedded]) -> bool:
    return any(
        bool(item.aggregate) if isinstance(item, Selected) else item.spread and _has_aggregate(item.children)
        for item in items
    )


def _names(scope: Scope, relation: str) -> tuple[str, ...]:
    target = scope.schema.relations[relation]
    return tuple(target.readable(scope.role) or target.columns)


def _named(items: Sequence[Selected | Embedded], names: Sequence[str]) -> list[Selected | Embedded]:
    """The items with every column by its name in the place of `*`."""
    named: list[Selected | Embedded] = []
    for item in items:
        if isinstance(item, Selected) and item.field.column == "*" and not item.aggregate:
            named += [Selected(Field(name)) for name in names]
        else:
            named.append(item)
    return named


def _check_filters(read: Read, members: Sequence[Filter | Tree]) -> None:
    """An embedded resource can only be asked whether it is there."""
    for member in members:
        if isinstance(member, Tree):
            _check_filters(read, member.members)
        elif read.embed(member.field.column) is not None and member.field.column not in read.types:
            asks_whether = isinstance(member.value, Fixed) and member.value.text in ("null", "not_null")
            if member.operator != "is" or not asks_whether:
                raise BadEmbedFilter(
                    details=f"Only is null or not is null filters are allowed on embedded resources"
                    f" ('{member.field.column}')"
                )


def _check_order(read: Read) -> None:
    for term in read.order:
        if term.relation is None:
            continue
        embed = read.embed(term.relation)
        if embed is None:
            raise EmbedNotSelected(
                f"'{term.relation}' is not an embedded resource in this request",
                hint=f"Verify that '{term.relation}' is included in the 'select' query parameter.",
            )
        if not embed.relationship.is_to_one:
            raise BadRelatedOrder(
                f"A related order on '{term.relation}' is not possible",
                details=f"'{read.relation}' and '{term.relation}' do not form a many-to-one or one-to-one relationship",
            )


def spread_columns(read: Read) -> list[Selected]:
    """The columns that a spread resource gives its parent, those spread into it too."""
    inner = (column for each in read.embeds if each.spread for column in spread_columns(each.read))
    return [*read.selected, *inner]


def output_name(item: Selected) -> str:
    """The key a selected column has in the answer."""
    if item.alias or item.aggregate:
        return item.alias or str(item.aggregate)
    for _, key in reversed(item.field.way):
        if not key.lstrip("-").isdigit():
            return key
    return item.field.column
