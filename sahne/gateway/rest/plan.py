"""What to read, with every name resolved: the tree a SELECT is written from. Pure; refusals are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sahne.database.catalog import Catalog, Column
from sahne.database.relationships import Relationship
from sahne.gateway.rest.errors import AggregatesOff, BadEmbedFilter, BadRelatedOrder, EmbedNotSelected
from sahne.gateway.rest.resolve import find_relationship
from sahne.gateway.rest.syntax import (
    Embedded,
    Embedding,
    Field,
    Filter,
    Given,
    Order,
    Query,
    Selected,
    Tree,
)


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of one relation, seen in SQL under `alias`. `relation` is None for a function's own columns."""

    relation: str | None
    alias: str
    types: Mapping[str, str]
    selected: tuple[Selected, ...]
    embeds: tuple[Embed, ...] = ()
    filters: tuple[Filter | Tree, ...] = ()
    order: tuple[Order, ...] = ()
    limit: Given | None = None
    offset: Given | None = None

    def embed(self, key: str) -> Embed | None:
        """The embedded resource called `key`."""
        return next((each for each in self.embeds if each.key == key), None)


@dataclass(frozen=True, slots=True)
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
    catalog: Catalog
    role: str
    query: Query
    used: set[Embedding] = field(default_factory=set)
    count: int = 0


def plan_read(
    catalog: Catalog, role: str, query: Query, relation: str | None, alias: str,
    columns: Sequence[Column] = (),
) -> Read:  # fmt: skip
    """The tree of a whole query, root first.

    Raises:
        AggregatesOff, NoRelationship, AmbiguousEmbed, EmbedNotSelected, BadEmbedFilter, BadRelatedOrder
    """
    planning = _Planning(catalog, role, query)
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
    known = planning.catalog.relations[relation].columns if relation else {each.name: each for each in columns}
    selected: list[Selected] = []
    embeds: list[Embed] = []
    for item in items:
        if isinstance(item, Embedded):
            embeds.append(_embed(planning, item, relation, path))
        elif item.aggregate:
            raise AggregatesOff()
        else:
            selected.extend(_columns_of(planning, item, relation))
    query = planning.query
    read = Read(
        relation, alias, {name: each.base for name, each in known.items()}, tuple(selected), tuple(embeds),
        tuple(query.filters.get(path, ())), query.orders.get(path, ()),
        query.limits.get(path), query.offsets.get(path),
    )  # fmt: skip
    _check_filters(read, read.filters)
    _check_order(read)
    return read


def _columns_of(planning: _Planning, item: Selected, relation: str | None) -> list[Selected]:
    if item.field.column != "*" or relation is None:
        return [item]
    readable = planning.catalog.relations[relation].readable(planning.role)
    return [item] if readable is None else [Selected(Field(name)) for name in readable]


def _embed(planning: _Planning, item: Embedded, relation: str | None, path: Embedding) -> Embed:
    relationship = find_relationship(planning.catalog, relation or "", item.name, item.hint)
    planning.count += 1
    number = planning.count
    children = item.children
    if item.spread:  # its columns become the parent's, so each needs a name
        children = tuple(_named_children(planning.catalog, planning.role, relationship.target, children))
    read = _read(planning, children, relationship.target, f"{relationship.target}_{number}", (*path, item.key))
    return Embed(item.key, f"e{number}", relationship, read, item.inner, item.spread)


def _named_children(
    catalog: Catalog, role: str, relation: str, items: Sequence[Selected | Embedded]
) -> list[Selected | Embedded]:
    named: list[Selected | Embedded] = []
    for item in items:
        if isinstance(item, Selected) and item.field.column == "*":
            known = catalog.relations[relation]
            named += [Selected(Field(name)) for name in known.readable(role) or tuple(known.columns)]
        else:
            named.append(item)
    return named


def _check_filters(read: Read, members: Sequence[Filter | Tree]) -> None:
    """An embedded resource can only be asked whether it is there."""
    for member in members:
        if isinstance(member, Tree):
            _check_filters(read, member.members)
        elif read.embed(member.field.column) is not None and member.field.column not in read.types:
            is_null = member.operator == "is" and getattr(member.value, "text", "") in ("null", "not_null")
            if not is_null:
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


def output_name(item: Selected) -> str:
    """The key a selected column has in the answer."""
    if item.alias:
        return item.alias
    for _, key in reversed(item.field.way):
        if not key.lstrip("-").isdigit():
            return key
    return item.field.column
